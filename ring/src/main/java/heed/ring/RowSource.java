package heed.ring;

import heed.attention.Heads;
import java.io.IOException;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A matrix {@code [heads, rows, columns]} that any worker can read by rows, again and again, with
 * the same result: what a lost worker held is made again from it.
 */
public interface RowSource extends Serializable {
    /**
     * Opens what lies at a path: a {@code .npy} file, {@code FILE.safetensors:TENSOR} ({@link
     * FileRows}), a folder of {@code .npy} files ({@link ShardedRows}), or Parquet ({@link
     * ParquetRows}).
     *
     * @throws IOException if it cannot be read, or is not of the right shape
     */
    static RowSource open(String path, Configuration configuration) throws IOException {
        Path file = new Path(path);
        FileSystem files = file.getFileSystem(configuration);
        if (!files.exists(file)) {
            // The name of a tensor may follow that of its file.
            return FileRows.open(path, configuration);
        }
        if (ParquetRows.isAt(file, files)) {
            return ParquetRows.open(path, configuration);
        }
        return files.getFileStatus(file).isDirectory()
                ? ShardedRows.open(path, configuration)
                : FileRows.open(path, configuration);
    }

    /** What to call it in messages. */
    String name();

    int heads();

    int rows();

    int columns();

    /**
     * Rows {@code from … to − 1} of every head.
     *
     * @throws IOException if they cannot be read; the message names the source
     */
    Heads read(int from, int to) throws IOException;
}
