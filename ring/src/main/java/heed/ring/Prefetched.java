package heed.ring;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskContext$;
import org.apache.spark.TaskKilledException;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;

/**
 * The elements of an iterator, each of which is fetched while the one before is worked on. The
 * thread that fetches belongs to the task and ends with it.
 */
final class Prefetched<T> implements Iterator<T> {
    private final Iterator<T> source;
    private final ExecutorService fetcher;
    private @Nullable Future<T> next;

    Prefetched(Iterator<T> source, TaskContext context) {
        this.source = source;
        this.fetcher =
                Executors.newSingleThreadExecutor(
                        body -> {
                            // What is fetched is accounted to the task, as if it did so itself.
                            Runnable ofTask =
                                    () -> {
                                        TaskContext$.MODULE$.setTaskContext(context);
                                        body.run();
                                    };
                            return Thread.ofPlatform()
                                    .daemon()
                                    .name("heed-fetch-" + context.taskAttemptId())
                                    .unstarted(ofTask);
                        });
        TaskCompletionListener ending = _ -> fetcher.shutdownNow();
        var _ = context.addTaskCompletionListener(ending);
        fetch();
    }

    private void fetch() {
        next = source.hasNext() ? fetcher.submit(source::next) : null;
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public T next() {
        Future<T> fetched = next;
        if (fetched == null) {
            throw new NoSuchElementException();
        }
        try {
            T element = fetched.get();
            fetch();
            return element;
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TaskKilledException("interrupted while it waited for a tile");
        }
    }
}
