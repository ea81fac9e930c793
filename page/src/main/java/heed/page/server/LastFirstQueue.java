package heed.page.server;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Makes tiles: the last that was asked for first, since who moves over a map leaves the earlier
 * ones behind, and each once for all that ask for it at a time.
 */
final class LastFirstQueue implements AutoCloseable {
    private static final int WORKERS = 2;
    private static final int MOST = 256;

    private static final class LastFirst extends LinkedBlockingDeque<Runnable> {
        private static final long serialVersionUID = 1;

        LastFirst() {
            super(MOST);
        }

        @Override
        public boolean offer(Runnable task) {
            return offerFirst(task);
        }
    }

    private final ThreadPoolExecutor workers =
            new ThreadPoolExecutor(
                    WORKERS,
                    WORKERS,
                    0,
                    TimeUnit.SECONDS,
                    new LastFirst(),
                    task -> {
                        Thread thread = new Thread(task, "heed-tile");
                        thread.setDaemon(true);
                        return thread;
                    });

    private final ConcurrentMap<String, FutureTask<Optional<byte[]>>> asked =
            new ConcurrentHashMap<>();

    /**
     * A tile.
     *
     * @param name equal for equal tiles
     * @throws Refusal if too many are asked for at once
     */
    Optional<byte[]> get(String name, Callable<Optional<byte[]>> tile) {
        FutureTask<Optional<byte[]>> mine = new FutureTask<>(tile);
        FutureTask<Optional<byte[]>> others = asked.putIfAbsent(name, mine);
        try {
            if (others != null) {
                return others.get();
            }
            workers.execute(mine);
            return mine.get();
        } catch (RejectedExecutionException e) {
            mine.cancel(false);
            throw new Refusal(503, "too many tiles are asked for at once: ask again");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal(503, "the server ends");
        } finally {
            asked.remove(name, mine);
        }
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }
}
