package heed.transformer.checkpoint;

import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The tensors of a checkpoint under its own names, looked up by a path that nests: {@code
 * weights.at("encoder").at("layer.0").get("weight", 384)}.
 *
 * <p>They have the order of dimensions that their file gives them. The weight of a linear layer is
 * {@code [out, in]} in safetensors and GGUF files, as PyTorch keeps it (but {@code [in, out]} for
 * the {@code Conv1D} layers of GPT-2 in safetensors), and {@code [in, out]} in ONNX files.
 */
public final class Weights {
    private final String source;
    private final Map<String, TensorReader> tensors;
    private final String path;

    /** Reads one tensor when it is asked for. */
    @FunctionalInterface
    interface TensorReader {
        StoredTensor read() throws CheckpointException;
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

    /** The names of all tensors below here, in alphabetical order. */
    public SortedSet<String> names() {
        return tensors.keySet().stream()
                .filter(name -> name.startsWith(path))
                .map(name -> name.substring(path.length()))
                .collect(Collectors.toCollection(TreeSet::new));
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
     * The tensor of this name, as floats.
     *
     * @throws CheckpointException if it is missing or cannot be read
     */
    public Tensor get(String name) throws CheckpointException {
        return floats(stored(name));
    }

    /**
     * The elements of a tensor of a given shape, as floats.
     *
     * @throws CheckpointException if it is missing, cannot be read, or has another shape
     */
    public float[] get(String name, Integer... shape) throws CheckpointException {
        return floats(stored(name, shape)).data();
    }

    /**
     * The tensor of this name as it lies in the file, quantised or not.
     *
     * @throws CheckpointException if it is missing or cannot be read
     */
    public StoredTensor stored(String name) throws CheckpointException {
        TensorReader reader = tensors.get(path + name);
        if (reader == null) {
            throw new CheckpointException("%s has no tensor %s".formatted(source, path + name));
        }
        return reader.read();
    }

    /**
     * A tensor of a given shape as it lies in the file, quantised or not.
     *
     * @throws CheckpointException if it is missing, cannot be read, or has another shape
     */
    public StoredTensor stored(String name, Integer... shape) throws CheckpointException {
        StoredTensor tensor = stored(name);
        if (!tensor.shape().equals(List.of(shape))) {
            throw new CheckpointException(
                    "%s: tensor %s has shape %s, not %s"
                            .formatted(source, path + name, tensor.shape(), List.of(shape)));
        }
        return tensor;
    }

    private Tensor floats(StoredTensor tensor) throws CheckpointException {
        if (tensor.elements() > Shapes.MAX_ARRAY) {
            throw new CheckpointException(
                    "%s: tensor %s of shape %s is too large to be read as floats"
                            .formatted(source, tensor.name(), tensor.shape()));
        }
        return new Tensor(tensor.shape(), tensor.toFloats());
    }

    private boolean hasBelow(String prefix) {
        return tensors.keySet().stream().anyMatch(name -> name.startsWith(prefix));
    }
}
