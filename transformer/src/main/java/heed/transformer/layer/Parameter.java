package heed.transformer.layer;

import java.util.List;

/** A tensor that is learnt, with the gradient of the loss. Not for several threads. */
public final class Parameter {
    private final String name;
    private final List<Integer> shape;
    private final float[] value;
    private final float[] gradient;
    private int version;

    /**
     * Zeros.
     *
     * @param name what it is called in a checkpoint
     * @param shape its dimensions, the one whose elements are neighbours last
     * @throws ArithmeticException if an array cannot hold so many elements
     */
    public Parameter(String name, List<Integer> shape) {
        this.name = name;
        this.shape = List.copyOf(shape);
        int elements = shape.stream().reduce(1, Math::multiplyExact);
        this.value = new float[elements];
        this.gradient = new float[elements];
    }

    public String name() {
        return name;
    }

    public List<Integer> shape() {
        return shape;
    }

    /** Its elements, row-major; whoever writes them calls {@link #changed} then. */
    public float[] value() {
        return value;
    }

    /** As many elements: backward passes add to them. */
    public float[] gradient() {
        return gradient;
    }

    /** Tells layers that keep the value in an order of their own that it is another now. */
    public void changed() {
        version++;
    }

    /** How often the value has changed. */
    int version() {
        return version;
    }
}
