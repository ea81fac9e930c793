package heed.transformer.checkpoint;

import java.util.List;
import java.util.Map;

/**
 * The tensors of a checkpoint under its own names, looked up by a path that nests: {@code
 * weights.at("encoder").at("layer.0").get("weight", 384)}.
 */
public final class Weights {
    private final String source;
    private final Map<String, TensorReader> tensors;
    private final String path;

    /** Reads one tensor when it is asked for. */
    @FunctionalInterface
    interface TensorReader {
        Tensor read() throws CheckpointException;
    }

    Weights(String source, Map<String, TensorReader> tensors) {
        this(source, Map.copyOf(tensors), "");
    }

    private Weights(String source, Map<String, TensorReader> tensors, String path) {
        this.source = source;
        this.tensors = tensors;
        this.path = path;
    }

    /** The same weights, looked up below a name. */
    public Weights at(String name) {
        return new Weights(source, tensors, path + name + ".");
    }

    /** Whether there is such a tensor. */
    public boolean has(String name) {
        return tensors.containsKey(path + name);
    }

    /** How many of {@code prefix.0}, {@code prefix.1}, … hold a tensor. */
    public int count(String prefix) {
        int count = 0;
        while (hasBelow(path + prefix + "." + count + ".")) {
            count++;
        }
        return count;
    }

    /**
     * The tensor of this name.
     *
     * @throws CheckpointException if it is missing or cannot be read
     */
    public Tensor get(String name) throws CheckpointException {
        TensorReader reader = tensors.get(path + name);
        if (reader == null) {
            throw new CheckpointException("%s has no tensor %s".formatted(source, path + name));
        }
        return reader.read();
    }

    /**
     * The elements of a tensor of a given shape.
     *
     * @throws CheckpointException if it is missing or has another shape
     */
    public float[] get(String name, Integer... shape) throws CheckpointException {
        Tensor tensor = get(name);
        if (!tensor.shape().equals(List.of(shape))) {
            throw new CheckpointException(
                    "%s: tensor %s has shape %s, not %s"
                            .formatted(source, path + name, tensor.shape(), List.of(shape)));
        }
        return tensor.data();
    }

    private boolean hasBelow(String prefix) {
        return tensors.keySet().stream().anyMatch(name -> name.startsWith(prefix));
    }
}
