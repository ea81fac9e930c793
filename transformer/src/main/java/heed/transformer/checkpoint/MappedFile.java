package heed.transformer.checkpoint;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files as memory. */
final class MappedFile {

    /**
     * Maps a whole file, read-only. The mapping ends when nothing refers to it any more.
     *
     * @throws CheckpointException if it is a folder
     * @throws IOException if it is missing or cannot be read
     */
    static MemorySegment map(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new CheckpointException("%s is a folder, not a file".formatted(file));
        }
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
        }
    }

    private MappedFile() {}
}
