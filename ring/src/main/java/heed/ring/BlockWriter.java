package heed.ring;

import heed.attention.Heads;
import java.io.IOException;
import java.io.Serializable;
import java.util.Iterator;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/** How blocks are written: every task its own, so that nothing is collected. */
enum BlockWriter {
    /** {@code FOLDER/NAME/POSITION.npy}, which {@link ShardedRows} reads. */
    NPY {
        @Override
        void write(JavaRDD<RowBlock> blocks, Path folder) {
            SerializableConfiguration configuration =
                    new SerializableConfiguration(blocks.context().hadoopConfiguration());
            String path = folder.toString();
            blocks.foreachPartition(some -> new Shards(path, configuration).write(some));
        }
    },

    /** {@code FOLDER/name=NAME/*.parquet}: a row for each head and position, with its values. */
    PARQUET {
        @Override
        void write(JavaRDD<RowBlock> blocks, Path folder) {
            StructType schema =
                    new StructType()
                            .add("name", DataTypes.StringType, false)
                            .add("head", DataTypes.IntegerType, false)
                            .add("position", DataTypes.IntegerType, false)
                            .add(
                                    "values",
                                    DataTypes.createArrayType(DataTypes.FloatType, false),
                                    false);
            SparkSession.builder()
                    .sparkContext(blocks.context())
                    .getOrCreate()
                    .createDataFrame(blocks.flatMap(BlockWriter::rows), schema)
                    .write()
                    .partitionBy("name")
                    .parquet(folder.toString());
        }
    };

    /** Where the blocks of a name are in a folder that was written in either format. */
    static String folder(String written, String name, Configuration configuration)
            throws IOException {
        Path parquet = new Path(written, "name=" + name);
        return parquet.getFileSystem(configuration).exists(parquet)
                ? parquet.toString()
                : written + "/" + name;
    }

    /** Writes all blocks into a folder. */
    abstract void write(JavaRDD<RowBlock> blocks, Path folder);

    private static Iterator<Row> rows(RowBlock block) {
        Heads values = block.values();
        return IntStream.range(0, block.heads() * block.rows())
                .mapToObj(
                        i -> {
                            int head = i / block.rows();
                            int row = i % block.rows();
                            return RowFactory.create(
                                    block.name(), head, block.from() + row, values.row(head, row));
                        })
                .iterator();
    }

    /** The files of a task. */
    private record Shards(String folder, SerializableConfiguration configuration)
            implements Serializable {

        void write(Iterator<RowBlock> blocks) throws IOException {
            FileSystem files = new Path(folder).getFileSystem(configuration.value());
            files.setWriteChecksum(false);
            while (blocks.hasNext()) {
                write(blocks.next(), files);
            }
        }

        /** Under a name of its own first: another attempt of the task may be at the same file. */
        private void write(RowBlock block, FileSystem files) throws IOException {
            Path file =
                    new Path(new Path(folder, block.name()), ShardedRows.fileName(block.from()));
            Path attempt = file.suffix("." + TaskContext.get().taskAttemptId());
            try (FSDataOutputStream stream = files.create(attempt, true)) {
                stream.write(NpyFormat.header(block));
                stream.write(block.bytes());
            }
            files.delete(file, false);
            if (!files.rename(attempt, file)) {
                throw new IOException("%s cannot be renamed to %s".formatted(attempt, file));
            }
        }
    }
}
