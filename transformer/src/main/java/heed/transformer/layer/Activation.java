package heed.transformer.layer;

/** A function of each feature by itself, between two linear layers. */
public enum Activation {
    NONE {
        @Override
        void apply(float[] x, int from, int to) {}
    },
    /** {@link Gelu}. */
    GELU {
        @Override
        void apply(float[] x, int from, int to) {
            Gelu.apply(x, from, to);
        }
    };

    /** Applies it to the elements {@code from … to − 1}, in place. */
    abstract void apply(float[] x, int from, int to);
}
