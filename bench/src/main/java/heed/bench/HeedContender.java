package heed.bench;

import java.util.function.Supplier;

/**
 * Heed.
 *
 * @param <T> what the work makes
 */
final class HeedContender<T> implements Contender {
    static final String NAME = "Heed";

    /** Java is compiled while it runs. */
    private static final double WARM_UP_SECONDS = 2;

    private final String name;
    private final Supplier<T> body;
    private final Values<T> values;
    private final double warmUpSeconds;

    /** Reads the elements off a result. */
    @FunctionalInterface
    interface Values<T> {
        float[] of(T result);
    }

    HeedContender(String name, Supplier<T> body, Values<T> values) {
        this(name, body, values, WARM_UP_SECONDS);
    }

    HeedContender(String name, Supplier<T> body, Values<T> values, double warmUpSeconds) {
        this.name = name;
        this.body = body;
        this.values = values;
        this.warmUpSeconds = warmUpSeconds;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public double warmUpSeconds() {
        return warmUpSeconds;
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
