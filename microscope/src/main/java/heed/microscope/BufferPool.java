package heed.microscope;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * Buffers that are used again, as many as there are threads at work: made anew for each block they
 * would outlive their use in the old generation of the heap.
 */
public final class BufferPool<T> {
    private final ConcurrentLinkedQueue<T> free = new ConcurrentLinkedQueue<>();
    private final Supplier<T> maker;

    public BufferPool(Supplier<T> maker) {
        this.maker = maker;
    }

    /** One that nobody uses; it holds whatever it held. */
    public T take() {
        T found = free.poll();
        return found != null ? found : maker.get();
    }

    /** Gives it back. */
    public void give(T buffer) {
        free.add(buffer);
    }
}
