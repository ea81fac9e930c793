package heed.transformer.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** A stream that is closed, so that its reader goes on, when it brings nothing for a minute. */
final class StalledStream implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final InputStream stream;
    private final Thread watch;
    private volatile long lastRead = System.nanoTime();

    StalledStream(InputStream stream) {
        this.stream = stream;
        watch = Thread.ofVirtual().start(this::watch);
    }

    /** See {@link InputStream#read(byte[])}. */
    int read(byte[] buffer) throws IOException {
        int count = stream.read(buffer);
        lastRead = System.nanoTime();
        return count;
    }

    private void watch() {
        try {
            long left = PATIENCE.toNanos();
            while (left > 0) {
                Thread.sleep(Duration.ofNanos(left));
                left = PATIENCE.toNanos() - (System.nanoTime() - lastRead);
            }
            stream.close();
        } catch (InterruptedException | IOException e) {
            // Its reader has done with it, or sees the failure itself.
        }
    }

    @Override
    public void close() {
        watch.interrupt();
    }
}
