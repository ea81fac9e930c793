package heed.transformer.hub;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.ModelFolder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of one model in the cache of the hub, in the hub's own layout, so that other programs
 * share them:
 *
 * <pre>
 * models--OWNER--NAME/blobs/ETAG              what a file holds
 * models--OWNER--NAME/snapshots/COMMIT/FILE   a link to its blob
 * models--OWNER--NAME/refs/REVISION           the commit of a branch or tag
 * </pre>
 */
record HubCache(Path cache, Path model) {
    private static final String FOLDER = "models--";
    private static final String SNAPSHOTS = "snapshots";
    private static final String REFS = "refs";

    static HubCache of(Path cache, String repository) {
        return new HubCache(cache, cache.resolve(FOLDER + repository.replace("/", "--")));
    }

    /** Every model that is there. */
    static List<HubCache> all(Path cache) throws IOException {
        if (!Files.isDirectory(cache)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(cache)) {
            return folders.filter(f -> String.valueOf(f.getFileName()).startsWith(FOLDER))
                    .filter(f -> Files.isDirectory(f))
                    .sorted()
                    .map(f -> new HubCache(cache, f))
                    .toList();
        }
    }

    /** {@code OWNER/NAME}. */
    String repository() {
        return String.valueOf(model.getFileName())
                .substring(FOLDER.length())
                .replaceFirst("--", "/");
    }

    Path blob(String etag) {
        return model.resolve("blobs").resolve(etag);
    }

    Path snapshot(String commit) {
        return model.resolve(SNAPSHOTS).resolve(commit);
    }

    /** The snapshot of a revision, if it is there and can be opened as a model. */
    Optional<Path> find(ModelName name) throws IOException {
        String commit = name.isCommit() ? name.revision() : readRef(name.revision());
        if (commit == null || !isModel(snapshot(commit))) {
            return Optional.empty();
        }
        return Optional.of(snapshot(commit));
    }

    private @Nullable String readRef(String revision) throws IOException {
        Path ref = model.resolve(REFS).resolve(revision);
        if (!Files.isRegularFile(ref) || Files.size(ref) > 1000) {
            return null;
        }
        String commit = Files.readString(ref).strip();
        return ModelName.isCommit(commit) ? commit : null;
    }

    private static boolean isModel(Path snapshot) throws IOException {
        if (!Files.isDirectory(snapshot)) {
            return false;
        }
        if (Files.isRegularFile(snapshot.resolve(ModelFolder.CONFIG))
                && ModelFolder.hasWeights(snapshot)) {
            return true;
        }
        try (Stream<Path> files = Files.list(snapshot)) {
            return files.anyMatch(f -> f.toString().endsWith(".gguf") && Files.isRegularFile(f));
        }
    }

    /** The revisions whose snapshots are there, and the snapshots that no revision names. */
    List<ModelHub.Cached> cached() throws IOException {
        List<ModelHub.Cached> found = new ArrayList<>();
        List<Path> named = new ArrayList<>();
        for (Path ref : files(model.resolve(REFS))) {
            String revision =
                    model.resolve(REFS)
                            .relativize(ref)
                            .toString()
                            .replace(ref.getFileSystem().getSeparator(), "/");
            String commit = readRef(revision);
            if (commit != null && Files.isDirectory(snapshot(commit))) {
                named.add(snapshot(commit));
                found.add(cached(revision, commit));
            }
        }
        Path snapshots = model.resolve(SNAPSHOTS);
        if (Files.isDirectory(snapshots)) {
            try (Stream<Path> folders = Files.list(snapshots)) {
                for (Path folder : folders.sorted().toList()) {
                    String commit = String.valueOf(folder.getFileName());
                    if (!named.contains(folder) && ModelName.isCommit(commit)) {
                        found.add(cached(commit, commit));
                    }
                }
            }
        }
        return found;
    }

    private ModelHub.Cached cached(String revision, String commit) throws IOException {
        long bytes = 0;
        for (Path file : files(snapshot(commit))) {
            bytes += Files.exists(file) ? Files.size(file) : 0;
        }
        return new ModelHub.Cached(
                repository(), revision, commit, bytes, isModel(snapshot(commit)), snapshot(commit));
    }

    /** The files in a folder and in those within it; a link counts as a file. */
    private static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(f -> !Files.isDirectory(f, LinkOption.NOFOLLOW_LINKS))
                    .sorted()
                    .toList();
        }
    }

    /** Puts a file into a snapshot: a link to its blob, or a copy where there are no links. */
    void link(String commit, String file, String etag) throws IOException {
        Path link = snapshot(commit).resolve(file);
        Path folder = link.resolveSibling(".");
        Files.createDirectories(folder.normalize());
        Path target = folder.normalize().relativize(blob(etag));
        if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(target)) {
            return;
        }
        Path temporary = link.resolveSibling("." + link.getFileName() + ".new");
        Files.deleteIfExists(temporary);
        try {
            Files.createSymbolicLink(temporary, target);
        } catch (UnsupportedOperationException | FileSystemException e) {
            Files.copy(blob(etag), temporary);
        }
        Files.move(
                temporary,
                link,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /** Says which commit a branch or tag is. */
    void writeRef(ModelName name, String commit) throws IOException {
        if (name.isCommit()) {
            return;
        }
        Path ref = model.resolve(REFS).resolve(name.revision());
        Path folder = ref.resolveSibling(".").normalize();
        Files.createDirectories(folder);
        Path temporary = Files.createTempFile(folder, ".", ".new");
        Files.writeString(temporary, commit);
        Files.move(
                temporary,
                ref,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /** Does something to a blob while no other process does. */
    void locked(String etag, IoAction action) throws IOException {
        Path folder = cache.resolve(".locks").resolve(model.getFileName());
        Files.createDirectories(folder);
        try (FileChannel lock =
                        FileChannel.open(
                                folder.resolve(etag + ".lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                var _ = lock.lock()) {
            action.run();
        } catch (OverlappingFileLockException e) {
            throw new CheckpointException(
                    "%s is being downloaded already: wait for it".formatted(repository()), e);
        }
    }

    /** Something that may fail for its files. */
    interface IoAction {
        void run() throws IOException;
    }

    /**
     * Removes the model with all its revisions. No link is followed.
     *
     * @return bytes freed
     */
    long remove() throws IOException {
        return removeTree(model) + removeTree(cache.resolve(".locks").resolve(model.getFileName()));
    }

    private static long removeTree(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return 0;
        }
        long[] bytes = {0};
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        bytes[0] += attributes.isRegularFile() ? attributes.size() : 0;
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path directory, @Nullable IOException e) throws IOException {
                        if (e != null) {
                            throw e;
                        }
                        Files.delete(directory);
                        return FileVisitResult.CONTINUE;
                    }
                });
        return bytes[0];
    }
}
