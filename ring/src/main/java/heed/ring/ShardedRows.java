package heed.ring;

import heed.attention.Heads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A matrix in a folder of {@code .npy} files, each of which holds the rows of all heads from the
 * number on that its name is: {@code 000000000000.npy, 000000008192.npy, …}.
 */
public final class ShardedRows implements RowSource {
    private static final long serialVersionUID = 1L;

    private static final Pattern NAME = Pattern.compile("(\\d{1,12})\\.npy");

    private final String folder;
    private final int[] starts;
    private final FileRows[] shards;
    private final int rows;

    private ShardedRows(String folder, int[] starts, FileRows[] shards, int rows) {
        this.folder = folder;
        this.starts = starts;
        this.shards = shards;
        this.rows = rows;
    }

    /** The name of the file whose first row is at the given position. */
    static String fileName(int from) {
        return "%012d.npy".formatted(from);
    }

    /**
     * Reads the headers.
     *
     * @throws IOException if a file cannot be read, is missing in the middle, or differs in its
     *     heads or columns from the first
     */
    public static ShardedRows open(String folder, Configuration configuration) throws IOException {
        Path path = new Path(folder);
        FileSystem files = path.getFileSystem(configuration);
        List<FileStatus> found = new ArrayList<>();
        for (FileStatus status : files.listStatus(path)) {
            if (NAME.matcher(status.getPath().getName()).matches()) {
                found.add(status);
            }
        }
        if (found.isEmpty()) {
            throw new IOException("%s holds no file named like %s".formatted(folder, fileName(0)));
        }
        int[] starts = new int[found.size()];
        FileRows[] shards = new FileRows[found.size()];
        found.sort((a, b) -> Long.compare(start(a), start(b)));
        long end = 0;
        for (int i = 0; i < shards.length; i++) {
            String file = found.get(i).getPath().toString();
            shards[i] = FileRows.open(file, configuration);
            if (start(found.get(i)) != end) {
                throw new IOException(
                        "%s has rows from %d on, but the files before it end at row %d"
                                .formatted(file, start(found.get(i)), end));
            }
            starts[i] = (int) end;
            end += shards[i].rows();
            if (end > Integer.MAX_VALUE) {
                throw new IOException("%s has more than 2^31 - 1 rows".formatted(folder));
            }
            if (shards[i].heads() != shards[0].heads()
                    || shards[i].columns() != shards[0].columns()) {
                throw new IOException(
                        "%s has %d heads of %d columns, %s has %d of %d"
                                .formatted(
                                        file,
                                        shards[i].heads(),
                                        shards[i].columns(),
                                        shards[0].name(),
                                        shards[0].heads(),
                                        shards[0].columns()));
            }
        }
        return new ShardedRows(folder, starts, shards, (int) end);
    }

    private static long start(FileStatus status) {
        Matcher name = NAME.matcher(status.getPath().getName());
        return name.matches() ? Long.parseLong(name.group(1)) : -1;
    }

    @Override
    public String name() {
        return folder;
    }

    @Override
    public int heads() {
        return shards[0].heads();
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return shards[0].columns();
    }

    @Override
    public Heads read(int from, int to) throws IOException {
        Heads values = Heads.zeros(heads(), to - from, columns());
        int shard = Arrays.binarySearch(starts, from);
        shard = shard >= 0 ? shard : -shard - 2;
        for (int at = from; at < to; shard++) {
            int first = at - starts[shard];
            int count = Math.min(to - at, shards[shard].rows() - first);
            Heads piece = shards[shard].read(first, first + count);
            for (int head = 0; head < heads(); head++) {
                System.arraycopy(
                        piece.data(),
                        piece.index(head, 0),
                        values.data(),
                        values.index(head, at - from),
                        count * columns());
            }
            at += count;
        }
        return values;
    }
}
