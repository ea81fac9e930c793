package heed.ring;

import heed.attention.Heads;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.statistics.IntStatistics;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.filter2.compat.FilterCompat;
import org.apache.parquet.filter2.predicate.FilterApi;
import org.apache.parquet.filter2.predicate.Operators.IntColumn;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ColumnPath;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.spark.util.SerializableConfiguration;

/**
 * A matrix in Parquet files, as Spark writes them: a record for each head and position, {@code head
 * int, position int, values array<float>}, in any order; without {@code head} one head. Records are
 * found by the statistics of {@code position}: files that are sorted by it are read fastest.
 */
public final class ParquetRows implements RowSource {
    private static final long serialVersionUID = 1L;

    static final String EXTENSION = ".parquet";
    private static final String HEAD = "head";
    private static final String POSITION = "position";
    private static final String VALUES = "values";
    private static final IntColumn POSITIONS = FilterApi.intColumn(POSITION);

    private final String name;
    private final Part[] parts;
    private final SerializableConfiguration configuration;
    private final int heads;
    private final int rows;
    private final int columns;

    /** A file, with how many records it has and the largest head and positions among them. */
    private record Part(
            URI location, long records, int lastHead, int firstPosition, int lastPosition)
            implements Serializable {}

    private ParquetRows(String name, List<Part> parts, Configuration configuration, int columns) {
        this.name = name;
        this.parts = parts.toArray(Part[]::new);
        this.configuration = new SerializableConfiguration(configuration);
        this.heads = parts.stream().mapToInt(Part::lastHead).max().orElse(-1) + 1;
        this.rows = parts.stream().mapToInt(Part::lastPosition).max().orElse(-1) + 1;
        this.columns = columns;
    }

    /** Whether a path is a Parquet file or a folder of such. */
    static boolean isAt(Path path, FileSystem files) throws IOException {
        return !filesAt(path, files).isEmpty();
    }

    private static List<FileStatus> filesAt(Path path, FileSystem files) throws IOException {
        return Arrays.stream(files.listStatus(path))
                .filter(status -> status.getPath().getName().endsWith(EXTENSION))
                .filter(status -> status.getLen() > 0)
                .sorted(Comparator.comparing(FileStatus::getPath))
                .toList();
    }

    /**
     * Reads what the files say of themselves, and one record.
     *
     * @param name path of a Parquet file or of a folder of such
     * @throws IOException if a file cannot be read or has other columns, or if there are not as
     *     many records as heads and positions ask for
     */
    public static ParquetRows open(String name, Configuration configuration) throws IOException {
        Path path = new Path(name);
        List<FileStatus> found = filesAt(path, path.getFileSystem(configuration));
        List<Part> parts = new ArrayList<>();
        for (FileStatus status : found) {
            Part part = part(status, configuration);
            if (part.records > 0) {
                parts.add(part);
            }
        }
        if (parts.isEmpty()) {
            throw new IOException("%s holds no records".formatted(name));
        }
        int columns = columns(parts.getFirst(), configuration);
        ParquetRows matrix = new ParquetRows(name, parts, configuration, columns);
        long records = parts.stream().mapToLong(Part::records).sum();
        if (records != (long) matrix.heads * matrix.rows) {
            throw new IOException(
                    "%s has %d records where %d heads of %d positions ask for %d"
                            .formatted(
                                    name,
                                    records,
                                    matrix.heads,
                                    matrix.rows,
                                    (long) matrix.heads * matrix.rows));
        }
        return matrix;
    }

    private static Part part(FileStatus status, Configuration configuration) throws IOException {
        try (ParquetFileReader reader =
                ParquetFileReader.open(HadoopInputFile.fromStatus(status, configuration))) {
            MessageType schema = reader.getFileMetaData().getSchema();
            checkSchema(schema, status.getPath());
            long records = 0;
            int lastHead = 0;
            int first = Integer.MAX_VALUE;
            int last = -1;
            for (BlockMetaData block : reader.getRowGroups()) {
                records += block.getRowCount();
                IntStatistics positions = statistics(block, POSITION, status.getPath());
                first = Math.min(first, positions.getMin());
                last = Math.max(last, positions.getMax());
                if (schema.containsField(HEAD)) {
                    IntStatistics ofHeads = statistics(block, HEAD, status.getPath());
                    checkRange(HEAD, ofHeads, status.getPath());
                    lastHead = Math.max(lastHead, ofHeads.getMax());
                }
                checkRange(POSITION, positions, status.getPath());
            }
            return new Part(status.getPath().toUri(), records, lastHead, first, last);
        } catch (RuntimeException e) {
            throw unreadable(status.getPath(), e);
        }
    }

    /** What the library throws of files that are broken, and of records that lack a value. */
    private static IOException unreadable(Object file, RuntimeException e) {
        return new IOException(
                "%s cannot be read as Parquet: %s".formatted(file, e.getMessage()), e);
    }

    private static void checkSchema(MessageType schema, Path file) throws IOException {
        if (!isInt(schema, POSITION)
                || (schema.containsField(HEAD) && !isInt(schema, HEAD))
                || !isArrayOfFloats(schema)) {
            throw new IOException(
                    "%s has other columns than head int, position int, values array<float>"
                            .formatted(file));
        }
    }

    private static boolean isInt(MessageType schema, String column) {
        return schema.containsField(column) && is(schema.getType(column), PrimitiveTypeName.INT32);
    }

    /** {@code values { repeated list { float element } }}. */
    private static boolean isArrayOfFloats(MessageType schema) {
        return schema.containsField(VALUES)
                && schema.getType(VALUES) instanceof GroupType values
                && values.getFieldCount() == 1
                && values.getType(0) instanceof GroupType list
                && list.getFieldCount() == 1
                && is(list.getType(0), PrimitiveTypeName.FLOAT);
    }

    private static boolean is(Type type, PrimitiveTypeName name) {
        return type.isPrimitive() && type.asPrimitiveType().getPrimitiveTypeName() == name;
    }

    private static IntStatistics statistics(BlockMetaData block, String column, Path file)
            throws IOException {
        for (ColumnChunkMetaData chunk : block.getColumns()) {
            if (chunk.getPath().equals(ColumnPath.get(column))
                    && chunk.getStatistics() instanceof IntStatistics statistics
                    && statistics.hasNonNullValue()) {
                return statistics;
            }
        }
        throw new IOException("%s has no statistics of %s".formatted(file, column));
    }

    private static void checkRange(String column, IntStatistics statistics, Path file)
            throws IOException {
        if (statistics.getMin() < 0 || statistics.getMax() == Integer.MAX_VALUE) {
            throw new IOException(
                    "%s has a %s from %d to %d: they must be from 0 to %d"
                            .formatted(
                                    file,
                                    column,
                                    statistics.getMin(),
                                    statistics.getMax(),
                                    Integer.MAX_VALUE - 1));
        }
    }

    private static int columns(Part part, Configuration configuration) throws IOException {
        try (ParquetReader<Group> reader = reader(part, FilterCompat.NOOP, configuration).build()) {
            return reader.read().getGroup(VALUES, 0).getFieldRepetitionCount(0);
        } catch (RuntimeException e) {
            throw unreadable(part.location, e);
        }
    }

    private static ParquetReader.Builder<Group> reader(
            Part part, FilterCompat.Filter filter, Configuration configuration) {
        return ParquetReader.builder(new GroupReadSupport(), new Path(part.location))
                .withConf(configuration)
                .withFilter(filter);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int heads() {
        return heads;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public Heads read(int from, int to) throws IOException {
        Heads values = Heads.zeros(heads, to - from, columns);
        BitSet filled = new BitSet();
        FilterCompat.Filter inRange =
                FilterCompat.get(
                        FilterApi.and(
                                FilterApi.gtEq(POSITIONS, from), FilterApi.lt(POSITIONS, to)));
        for (Part part : parts) {
            if (part.firstPosition >= to || part.lastPosition < from) {
                continue;
            }
            try (ParquetReader<Group> reader =
                    reader(part, inRange, configuration.value()).build()) {
                for (Group row = reader.read(); row != null; row = reader.read()) {
                    take(row, from, values, filled);
                }
            } catch (RuntimeException e) {
                throw unreadable(part.location, e);
            }
        }
        int missing = filled.nextClearBit(0);
        if (missing < heads * (to - from)) {
            throw new IOException(
                    "%s has no record of head %d, position %d"
                            .formatted(name, missing / (to - from), from + missing % (to - from)));
        }
        return values;
    }

    private void take(Group row, int from, Heads values, BitSet filled) throws IOException {
        int head = row.getType().containsField(HEAD) ? row.getInteger(HEAD, 0) : 0;
        int position = row.getInteger(POSITION, 0);
        Group list = row.getGroup(VALUES, 0);
        int length = list.getFieldRepetitionCount(0);
        if (length != columns) {
            throw new IOException(
                    "%s has %d values at head %d, position %d, and %d at others"
                            .formatted(name, length, head, position, columns));
        }
        filled.set(head * values.rows() + position - from);
        int at = values.index(head, position - from);
        for (int c = 0; c < columns; c++) {
            values.data()[at + c] = list.getGroup(0, c).getFloat(0, 0);
        }
    }
}
