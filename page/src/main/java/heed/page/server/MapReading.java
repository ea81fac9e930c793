package heed.page.server;

import heed.microscope.Listener;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Function;

/** A text that is read for its maps; it ends once nobody waits for it. */
final class MapReading {
    private final Progress progress = new Progress();
    private final FutureTask<MapRun> task;

    /**
     * @param read has the model read, and tells how far it is
     */
    MapReading(Function<Listener, MapRun> read) {
        task = new FutureTask<>(() -> read.apply(this::told));
    }

    /** What has been read already. */
    static MapReading of(MapRun run) {
        MapReading reading = new MapReading(told -> run);
        reading.task.run();
        return reading;
    }

    private void told(String what, long done, long of) {
        progress.done(what, done, of);
        if (progress.isUnwanted()) {
            throw new CancellationException("nobody waits for it");
        }
    }

    void run() {
        task.run();
    }

    Progress progress() {
        return progress;
    }

    boolean isDone() {
        return task.isDone();
    }

    /** What was read, once it is. */
    MapRun get() {
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CancellationException) {
                throw new Refusal(409, "the text was left before it was read: ask again");
            }
            throw e.getCause() instanceof RuntimeException cause
                    ? cause
                    : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal(503, "the server ends");
        }
    }
}
