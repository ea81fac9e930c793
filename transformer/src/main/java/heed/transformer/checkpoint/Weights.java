package heed.transformer.checkpoint;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The tensors of a checkpoint under its own names, looked up by a path that nests: {@code
 * weights.at("encoder").at("layer.0").get("weight", 384)}.
 *
 * <p>They have the order of dimensions that their file gives them: see {@link Layout}.
 */
public final class Weights {
    private final String source;
    private final Map<String, TensorReader> tensors;
    private final String path;
    private final Layout layout;
    private final UnaryOperator<String> stored;

    /** How the weight of a linear layer lies. */
    public enum Layout {
        /** {@code [out, in]}, as PyTorch keeps it in safetensors files, and GGUF files do. */
        OUT_IN,
        /** {@code [in, out]}, as ONNX files have it, and GPT-2's convolutions. */
        IN_OUT
    }

    /** Reads one tensor when it is asked for. */
    @FunctionalInterface
    interface TensorReader {
        StoredTensor read() throws CheckpointException;
    }

    Weights(String source, Map<String, TensorReader> tensors) {
        this(source, Map.copyOf(tensors), "", Layout.OUT_IN, UnaryOperator.identity());
    }

    /**
     * @param stored what a tensor of a name is called in the file
     */
    private Weights(
            String source,
            Map<String, TensorReader> tensors,
            String path,
            Layout layout,
            UnaryOperator<String> stored) {
        this.source = source;
        this.tensors = tensors;
        this.path = path;
        this.layout = layout;
        this.stored = stored;
    }

    /** The same weights, looked up below a name. */
    public Weights at(String name) {
        return new Weights(source, tensors, path + name + ".", layout, stored);
    }

    /** The same weights, whose linear layers lie otherwise. */
    public Weights with(Layout other) {
        return new Weights(source, tensors, path, other, stored);
    }

    /** How the weights of linear layers lie. */
    public Layout layout() {
        return layout;
    }

    /** The weights below here under the names that they have at Hugging Face. */
    public Weights under(TensorNames names) {
        Map<String, TensorReader> shown = new HashMap<>();
        for (String name : names()) {
            shown.put(names.shown(name), tensors.get(path + name));
        }
        return new Weights(
                source, shown, "", layout, name -> stored.apply(path + names.stored(name)));
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
            throw new CheckpointException(
                    "%s has no tensor %s".formatted(source, stored.apply(path + name)));
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
                            .formatted(
                                    source,
                                    stored.apply(path + name),
                                    tensor.shape(),
                                    List.of(shape)));
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
