package heed.ring;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** A folder that is there whole or not at all: it has another name until it is. */
final class OutputFolder {
    /** The empty file that says that a folder is whole, as all of Hadoop writes it. */
    private static final String SUCCESS = "_SUCCESS";

    private final Path folder;
    private final Path partial;
    private final FileSystem files;

    /** What fills a folder, given its path. */
    @FunctionalInterface
    interface Content {
        void writeTo(Path folder) throws IOException;
    }

    /**
     * @throws IOException if the folder is there already
     */
    OutputFolder(String folder, Configuration configuration) throws IOException {
        Path path = new Path(folder);
        this.files = path.getFileSystem(configuration);
        this.folder = files.makeQualified(path);
        this.partial = this.folder.suffix(".partial");
        if (files.exists(path)) {
            throw new IOException(
                    "%s is there already: name another folder, or remove it".formatted(folder));
        }
    }

    /**
     * Fills the folder.
     *
     * @throws IOException if that fails: then there is no folder
     */
    void write(Content content) throws IOException {
        files.delete(partial, true);
        try {
            content.writeTo(partial);
            files.create(new Path(partial, SUCCESS), true).close();
            if (!files.rename(partial, folder)) {
                throw new IOException("%s cannot be renamed to %s".formatted(partial, folder));
            }
        } finally {
            files.delete(partial, true);
        }
    }
}
