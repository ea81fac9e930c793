package heed.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import heed.attention.AttentionMask;
import heed.attention.AttentionOutput;
import heed.attention.Heads;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read from files and written to them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FilesTest {
    private static final Configuration LOCAL = new Configuration();

    private JavaSparkContext spark;

    @TempDir private Path folder;

    @BeforeAll
    void start() {
        spark = Sequences.spark();
    }

    @AfterAll
    void stop() {
        spark.stop();
    }

    /** The header as NumPy 2 writes it. */
    private static byte[] npy(String header, int floats) {
        byte[] text = header.getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = new byte[10 + text.length + floats * Float.BYTES];
        byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) text.length, 0};
        System.arraycopy(start, 0, bytes, 0, start.length);
        System.arraycopy(text, 0, bytes, start.length, text.length);
        for (int i = 0; i < floats; i++) {
            int bits = Float.floatToIntBits(i);
            for (int b = 0; b < Float.BYTES; b++) {
                bytes[start.length + text.length + i * Float.BYTES + b] = (byte) (bits >> (8 * b));
            }
        }
        return bytes;
    }

    private String write(String name, byte[] bytes) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
        return file.toString();
    }

    @Test
    void aFileOfNumPyIsReadByRows() throws Exception {
        String file =
                write(
                        "x.npy",
                        npy(
                                "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 5, 3), }\n",
                                30));
        FileRows x = FileRows.open(file, LOCAL);
        assertThat(List.of(x.heads(), x.rows(), x.columns())).containsExactly(2, 5, 3);
        assertThat(x.read(1, 3).data()).containsExactly(3, 4, 5, 6, 7, 8, 18, 19, 20, 21, 22, 23);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'descr': '<f8', 'fortran_order': False, 'shape': (5, 3), } | 15 | holds '<f8': only '<f4', float32, can be read",
                "{'descr': '<f4', 'fortran_order': True, 'shape': (5, 3), } | 15 | is stored column by column: save it with numpy.ascontiguousarray",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (5,), } | 5 | has 1 dimensions where [heads, rows, columns] is asked for",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 3), } | 14 | has 56 bytes of data where its shape [1, 5, 3] asks for 60",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 99999999999), } | 5 | has a dimension of 99999999999, which is too large",
            })
    void aFileThatCannotBeReadIsRefused(String header, int floats, String message)
            throws Exception {
        String file = write("bad.npy", npy(header, floats));
        assertThatThrownBy(() -> FileRows.open(file, LOCAL)).hasMessage(file + " " + message);
    }

    @Test
    void whatIsNoSuchFileIsRefused() throws Exception {
        String text = write("text.npy", "not a matrix".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> FileRows.open(text, LOCAL))
                .hasMessage(text + " is not a .npy file");
        byte[] whole = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (5, 3), }", 15);
        String cut = write("cut.npy", Arrays.copyOf(whole, 30));
        assertThatThrownBy(() -> FileRows.open(cut, LOCAL))
                .hasMessage(cut + " is cut off inside its header");
    }

    @Test
    void aTensorOfASafetensorsFileIsReadByRows() throws Exception {
        byte[] npy = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 36);
        byte[] data = Arrays.copyOfRange(npy, npy.length - 36 * Float.BYTES, npy.length);
        String header =
                "{\"a\": {\"dtype\": \"F32\", \"shape\": [6], \"data_offsets\": [0, 24]},"
                        + " \"b\": {\"dtype\": \"F32\", \"shape\": [2, 5, 3], \"data_offsets\": [24, 144]},"
                        + " \"c\": {\"dtype\": \"BF16\", \"shape\": [2, 3], \"data_offsets\": [0, 12]}}";
        byte[] bytes = new byte[8 + header.length() + data.length];
        bytes[0] = (byte) header.length();
        bytes[1] = (byte) (header.length() >> 8);
        System.arraycopy(header.getBytes(StandardCharsets.US_ASCII), 0, bytes, 8, header.length());
        System.arraycopy(data, 0, bytes, 8 + header.length(), data.length);
        String file = write("x.safetensors", bytes);
        FileRows b = FileRows.open(file + ":b", LOCAL);
        assertThat(List.of(b.heads(), b.rows(), b.columns())).containsExactly(2, 5, 3);
        assertThat(b.read(4, 5).data()).containsExactly(18, 19, 20, 33, 34, 35);
        assertThatThrownBy(() -> FileRows.open(file + ":d", LOCAL))
                .hasMessage(file + ":d: there is no such tensor");
        assertThatThrownBy(() -> FileRows.open(file + ":c", LOCAL))
                .hasMessage(file + ":c holds BF16: only F32 can be read");
        assertThatThrownBy(() -> FileRows.open(file + ":a", LOCAL))
                .hasMessage(file + ":a has 1 dimensions where [heads, rows, columns] is asked for");
        String cut = write("cut.safetensors", Arrays.copyOf(bytes, bytes.length - 4));
        assertThatThrownBy(() -> FileRows.open(cut + ":b", LOCAL))
                .hasMessageContaining(":b lies at bytes 24 to 144 of 140 bytes of data");
    }

    @Test
    void whatIsWrittenIsReadAgain() throws Exception {
        RingInput input = Sequences.random(1001).withMask(AttentionMask.causal());
        String out = folder.resolve("attended").toString();
        try (RingAttention ring = RingAttention.of(spark, input, 3, Sequences.SMALL_TILES)) {
            write(out, ring, BlockWriter.NPY);
        }
        AttentionOutput expected = Sequences.engine(input);
        Heads values = ShardedRows.open(out + "/out", LOCAL).read(0, 1001);
        assertThat(Sequences.error(values.data(), expected.out().data())).isLessThan(1e-6);
        Heads lse = ShardedRows.open(out + "/lse", LOCAL).read(0, 1001);
        assertThat(Sequences.error(lse.data(), expected.lse())).isLessThan(1e-6);
        assertThat(Path.of(out, "_SUCCESS")).exists();
        assertThatThrownBy(() -> new OutputFolder(out, LOCAL))
                .hasMessage(out + " is there already: name another folder, or remove it");
    }

    private static void write(String out, RingAttention ring, BlockWriter format)
            throws IOException {
        new OutputFolder(out, LOCAL).write(path -> format.write(ring.forward(), path));
    }

    @Test
    void parquetHoldsARowForEachHeadAndPosition() throws Exception {
        RingInput input = Sequences.random(257).withMask(AttentionMask.causal());
        String out = folder.resolve("parquet").toString();
        try (RingAttention ring = RingAttention.of(spark, input, 3, Sequences.SMALL_TILES)) {
            write(out, ring, BlockWriter.PARQUET);
        }
        AttentionOutput expected = Sequences.engine(input);
        List<Row> rows = SparkSession.builder().getOrCreate().read().parquet(out).collectAsList();
        assertThat(rows).hasSize(2 * Sequences.HEADS * 257);
        for (Row row : rows) {
            int head = row.getAs("head");
            int position = row.getAs("position");
            List<Float> values = row.getList(row.fieldIndex("values"));
            if (row.getAs("name").equals("lse")) {
                assertThat(values.getFirst())
                        .isCloseTo(expected.lse(head, position), within(1e-5f));
            } else {
                assertThat(values).hasSize(Sequences.VALUE_COLUMNS);
                assertThat(values.getLast())
                        .isCloseTo(
                                expected.out().get(head, position, Sequences.VALUE_COLUMNS - 1),
                                within(1e-5f));
            }
        }
    }

    @Test
    void parquetIsReadByRows() throws Exception {
        RingInput input = Sequences.random(257).withMask(AttentionMask.causal());
        String out = folder.resolve("by-rows").toString();
        try (RingAttention ring = RingAttention.of(spark, input, 3, Sequences.SMALL_TILES)) {
            write(out, ring, BlockWriter.PARQUET);
        }
        AttentionOutput expected = Sequences.engine(input);
        RowSource values = RowSource.open(BlockWriter.folder(out, "out", LOCAL), LOCAL);
        assertThat(List.of(values.heads(), values.rows(), values.columns()))
                .containsExactly(Sequences.HEADS, 257, Sequences.VALUE_COLUMNS);
        Heads some = values.read(60, 200);
        for (int head = 0; head < Sequences.HEADS; head++) {
            for (int row = 60; row < 200; row++) {
                assertThat(Sequences.error(some.row(head, row - 60), expected.out().row(head, row)))
                        .isLessThan(1e-6);
            }
        }
        RowSource lse = RowSource.open(BlockWriter.folder(out, "lse", LOCAL), LOCAL);
        assertThat(Sequences.error(lse.read(0, 257).data(), expected.lse())).isLessThan(1e-6);
    }

    private String parquet(String name, String query) {
        String path = folder.resolve(name).toString();
        SparkSession.builder()
                .sparkContext(spark.sc())
                .getOrCreate()
                .sql(query)
                .write()
                .parquet(path);
        return path;
    }

    @Test
    void parquetThatIsNoMatrixIsRefused() throws Exception {
        String noValues = parquet("no-values", "select 0 as position, array(1.0D) as values");
        assertThatThrownBy(() -> RowSource.open(noValues, LOCAL))
                .hasMessageContaining(
                        "has other columns than head int, position int, values array<float>");
        String missing =
                parquet(
                        "missing",
                        "select cast(id as int) as position, array(1F, 2F) as values from range(10) where id <> 4");
        assertThatThrownBy(() -> RowSource.open(missing, LOCAL))
                .hasMessage(missing + " has 9 records where 1 heads of 10 positions ask for 10");
        String twice =
                parquet(
                        "twice",
                        "select cast(if(id = 4, 5, id) as int) as position, array(1F, 2F) as values from range(10)");
        assertThatThrownBy(() -> RowSource.open(twice, LOCAL).read(2, 6))
                .hasMessage(twice + " has no record of head 0, position 4");
        String noArray =
                parquet(
                        "no-array",
                        "select cast(id as int) as position, if(id = 1, null, array(1F)) as values from range(3)");
        assertThatThrownBy(() -> RowSource.open(noArray, LOCAL).read(0, 3))
                .hasMessageContaining("cannot be read as Parquet: ");
        String negative =
                parquet(
                        "negative",
                        "select cast(id - 1 as int) as position, array(1F) as values from range(3)");
        assertThatThrownBy(() -> RowSource.open(negative, LOCAL))
                .hasMessageContaining("has a position from -1 to ");
        String text = write("text.parquet", "not a table".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> RowSource.open(text, LOCAL))
                .hasMessageContaining("text.parquet cannot be read as Parquet: ");
    }

    @Test
    void aShardThatIsMissingInTheMiddleIsNamed() throws Exception {
        byte[] ten = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 10, 2), }", 20);
        write("shards/000000000000.npy", ten);
        write("shards/000000000020.npy", ten);
        String shards = folder.resolve("shards").toString();
        assertThatThrownBy(() -> ShardedRows.open(shards, LOCAL))
                .hasMessageEndingWith(
                        "shards/000000000020.npy has rows from 20 on, but the files before it end at row 10");
    }

    /** Rows of which the later ones cannot be read. */
    private record Broken(int rows) implements RowSource {
        @Override
        public String name() {
            return "broken";
        }

        @Override
        public int heads() {
            return 1;
        }

        @Override
        public int columns() {
            return 8;
        }

        @Override
        public Heads read(int from, int to) throws IOException {
            if (from >= 128) {
                throw new IOException("broken ends at row 128");
            }
            return Heads.zeros(1, to - from, 8);
        }
    }

    @Test
    void aJobThatFailsLeavesNoFolder() {
        RandomRows k = new RandomRows("k", 1, 300, 8, 1);
        Path out = folder.resolve("failed");
        try (RingAttention ring =
                RingAttention.of(
                        spark, RingInput.of(new Broken(300), k, k), 2, Sequences.SMALL_TILES)) {
            assertThatThrownBy(() -> write(out.toString(), ring, BlockWriter.NPY))
                    .hasMessageContaining("broken ends at row 128");
        }
        assertThat(out).doesNotExist();
        assertThat(folder.resolve("failed.partial")).doesNotExist();
    }
}
