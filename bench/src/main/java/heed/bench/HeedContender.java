package heed.bench;

import java.util.function.Supplier;

/**
 * Heed.
 *
 * @param <T> what the work makes
 */
final class HeedContender<T> implements Contender {
    static final String NAME = "Heed";

    private final String name;
    private final Supplier<T> body;
    private final Values<T> values;

    /** Reads the elements off a result. */
    @FunctionalInterface
    interface Values<T> {
        float[] of(T result);
    }

    HeedContender(String name, Supplier<T> body, Values<T> values) {
        this.name = name;
        this.body = body;
        this.values = values;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void run() {
        var _ = body.get();
    }

    @Override
    public float[] result() {
        return values.of(body.get());
    }
}
