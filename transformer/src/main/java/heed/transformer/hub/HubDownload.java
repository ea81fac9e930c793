package heed.transformer.hub;

import heed.transformer.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * One file of a model on its way into the cache. What has come is kept beside its blob until all of
 * it is there and its hash is right: a download that was cut goes on where it stopped.
 *
 * @param file its path in the repository
 * @param etag what the hub calls its contents: their SHA-256, or their SHA-1 as a blob of git
 * @param size bytes that it has
 */
record HubDownload(
        HubClient client, ModelName name, String commit, String file, String etag, long size) {
    private static final int BUFFER = 1 << 20;
    private static final Pattern ETAG = Pattern.compile("[0-9A-Za-z-]{1,128}");
    private static final int SHA_256 = 64;
    private static final int SHA_1 = 40;

    /** Answers without a new byte after which it gives up. */
    private static final int TRIES = 5;

    /** Is told how far a file has come. */
    interface Received {
        void bytes(long received);
    }

    /** Asks the hub what the file is. */
    static HubDownload of(HubClient client, ModelName name, String commit, String file)
            throws IOException {
        HttpResponse<InputStream> response = client.head(name, commit, file);
        response.body().close();
        HttpHeaders headers = response.headers();
        String etag =
                headers.firstValue("X-Linked-Etag")
                        .or(() -> headers.firstValue("ETag"))
                        .orElse("")
                        .replaceFirst("^W/", "")
                        .replace("\"", "");
        long size =
                headers.firstValue("X-Linked-Size")
                        .or(() -> headers.firstValue("Content-Length"))
                        .filter(text -> text.matches("[0-9]{1,18}"))
                        .map(Long::parseLong)
                        .orElse(-1L);
        if (!ETAG.matcher(etag).matches() || size < 0) {
            throw client.unusable(
                    "it gives the ETag '%s' and the size %d for %s".formatted(etag, size, file));
        }
        return new HubDownload(client, name, commit, file, etag, size);
    }

    /** Bytes still to come. */
    long missing(HubCache cache) throws IOException {
        if (Files.isRegularFile(cache.blob(etag))) {
            return 0;
        }
        Path part = part(cache);
        return size - (Files.isRegularFile(part) ? Math.min(size, Files.size(part)) : 0);
    }

    /** Fetches what is missing, and puts the file into the snapshot. */
    void into(HubCache cache, Received received) throws IOException {
        Path blob = cache.blob(etag);
        Files.createDirectories(blob.resolveSibling(".").normalize());
        cache.locked(
                etag,
                () -> {
                    if (!Files.isRegularFile(blob)) {
                        Path part = part(cache);
                        fetch(part, received);
                        checkHash(part);
                        Files.move(part, blob, StandardCopyOption.ATOMIC_MOVE);
                    }
                });
        cache.link(commit, file, etag);
    }

    private Path part(HubCache cache) {
        return cache.blob(etag + ".incomplete");
    }

    private void fetch(Path part, Received received) throws IOException {
        try (FileChannel channel =
                FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            if (channel.size() > size) {
                channel.truncate(0);
            }
            int vain = 0;
            while (channel.size() < size) {
                long before = channel.size();
                String failure = fetchOnce(channel, received);
                vain = channel.size() > before ? 0 : vain + 1;
                if (vain == TRIES) {
                    throw new CheckpointException(
                            "the connection broke at %d of %d bytes of %s (%s): give the command again, it goes on from there"
                                    .formatted(channel.size(), size, file, failure));
                }
                if (channel.size() < size) {
                    HubClient.sleep(client.pauseAfter(vain));
                }
            }
        }
    }

    /**
     * Appends what one answer brings.
     *
     * @return why it ended
     */
    private String fetchOnce(FileChannel channel, Received received) throws IOException {
        HttpResponse<InputStream> response = client.get(name, commit, file, channel.size());
        try (InputStream body = response.body();
                var watch = new StalledStream(body)) {
            if (response.statusCode() == 416) {
                channel.truncate(0);
                return "HTTP 416";
            }
            if (response.statusCode() != 206 || !goesOnFrom(channel.size(), response.headers())) {
                channel.truncate(0);
                if (response.statusCode() == 206) {
                    return "another range than was asked for";
                }
            }
            channel.position(channel.size());
            return copy(watch, channel, received);
        }
    }

    private static boolean goesOnFrom(long offset, HttpHeaders headers) {
        return headers.firstValue("Content-Range").orElse("").startsWith("bytes " + offset + "-");
    }

    private String copy(StalledStream body, FileChannel channel, Received received)
            throws IOException {
        byte[] buffer = new byte[BUFFER];
        while (true) {
            int count;
            try {
                count = body.read(buffer);
            } catch (IOException e) {
                return String.valueOf(e.getMessage());
            }
            if (count < 0) {
                return "the server closed it";
            }
            if (channel.size() + count > size) {
                channel.truncate(0);
                throw client.unusable(
                        "it sends more than the %d bytes that %s has".formatted(size, file));
            }
            try {
                channel.write(ByteBuffer.wrap(buffer, 0, count));
            } catch (IOException e) {
                throw new CheckpointException(
                        "cannot write %s: %s".formatted(file, e.getMessage()), e);
            }
            received.bytes(channel.size());
        }
    }

    private void checkHash(Path part) throws IOException {
        String found =
                switch (etag.length()) {
                    case SHA_256 -> hash(part, "SHA-256", "");
                    case SHA_1 -> hash(part, "SHA-1", "blob " + size + "\0");
                    default -> etag;
                };
        if (!found.equals(etag)) {
            Files.delete(part);
            throw new CheckpointException(
                    "%s of %s came with the hash %s, not %s, and was thrown away: give the command again"
                            .formatted(file, name, found, etag));
        }
    }

    private static String hash(Path part, String algorithm, String header) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        digest.update(header.getBytes(StandardCharsets.US_ASCII));
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(part)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
