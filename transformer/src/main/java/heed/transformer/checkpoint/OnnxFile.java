package heed.transformer.checkpoint;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a transformer that was exported to ONNX.
 *
 * <p>An export keeps the names of embeddings, biases and norms, but the weight of a linear layer
 * loses its own: the exporter folds a transposition into it and calls it something like {@code
 * onnx::MatMul_787}. It is found through the graph instead: the bias {@code x.bias} is an input of
 * an {@code Add}, whose other input comes from a {@code MatMul}, whose second input is the weight.
 * It is given the name {@code x.weight} and has shape {@code [in, out]}.
 */
public final class OnnxFile {
    private final String source;
    private final GraphProto graph;
    private final Map<String, TensorProto> initializers = new HashMap<>();
    private final Map<String, NodeProto> producers = new HashMap<>();
    private final Map<String, List<NodeProto>> consumers = new HashMap<>();

    private OnnxFile(String source, ModelProto model) throws CheckpointException {
        this.source = source;
        this.graph = model.getGraph();
        if (graph.getInitializerCount() == 0) {
            throw new CheckpointException(
                    "%s is not an ONNX model with weights: it has no initializers"
                            .formatted(source));
        }
        graph.getInitializerList().forEach(tensor -> initializers.put(tensor.getName(), tensor));
        for (NodeProto node : graph.getNodeList()) {
            node.getOutputList().forEach(output -> producers.put(output, node));
            node.getInputList()
                    .forEach(
                            input ->
                                    consumers
                                            .computeIfAbsent(input, _ -> new ArrayList<>())
                                            .add(node));
        }
    }

    /**
     * Opens a file. It is mapped, not read.
     *
     * @throws CheckpointException if it is no ONNX model, is cut off or corrupt
     * @throws IOException if it cannot be read
     */
    public static OnnxFile open(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new CheckpointException(
                        "%s has %d bytes, more than the 2 GB that an ONNX file can be"
                                .formatted(file, channel.size()));
            }
            return of(
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()), file.toString());
        }
    }

    /**
     * A model whose bytes are at hand. They are shared, not copied.
     *
     * @param source what to call it in messages
     * @throws CheckpointException if it is no ONNX model, is cut off or corrupt
     */
    public static OnnxFile of(ByteBuffer bytes, String source) throws CheckpointException {
        CodedInputStream input = CodedInputStream.newInstance(bytes);
        input.enableAliasing(true);
        try {
            return new OnnxFile(source, ModelProto.parseFrom(input));
        } catch (IOException e) {
            throw new CheckpointException(
                    "%s is not a complete ONNX file: %s".formatted(source, e.getMessage()), e);
        }
    }

    /** What it is called in messages. */
    public String source() {
        return source;
    }

    /** Its weights: those with a name under it, those of linear layers under that of their bias. */
    public Weights weights() {
        Map<String, Weights.TensorReader> readers = new HashMap<>();
        for (TensorProto tensor : initializers.values()) {
            String name = tensor.getName();
            readers.put(name, () -> tensor(tensor));
            if (name.endsWith(".bias")) {
                String weight = name.substring(0, name.length() - "bias".length()) + "weight";
                if (!initializers.containsKey(weight)) {
                    linearWeight(name).ifPresent(found -> readers.put(weight, () -> tensor(found)));
                }
            }
        }
        return new Weights(source, readers).with(Weights.Layout.IN_OUT);
    }

    /**
     * The number of heads that the graph splits a linear layer's output into: that of the constants
     * {@code [·, ·, heads, d]} in the {@code Reshape} that follows on it. Empty if there is no such
     * number.
     *
     * @param bias the name of the layer's bias
     */
    public OptionalInt headsBehind(String bias) {
        return using(bias, "Add")
                .flatMap(add -> using(output(add), "Reshape"))
                .map(reshape -> input(reshape, 1))
                .map(this::headsOfShape)
                .orElse(OptionalInt.empty());
    }

    /** The third of four dimensions, which are one constant or put together from four. */
    private OptionalInt headsOfShape(String shape) {
        NodeProto producer = producers.get(shape);
        long[] heads =
                producer != null && is(producer, "Concat")
                        ? integers(input(producer, 2))
                        : Arrays.stream(integers(shape)).skip(2).limit(1).toArray();
        return heads.length == 1 && heads[0] > 0 && heads[0] <= Integer.MAX_VALUE
                ? OptionalInt.of((int) heads[0])
                : OptionalInt.empty();
    }

    private Optional<TensorProto> linearWeight(String bias) {
        return using(bias, "Add")
                .flatMap(
                        add ->
                                add.getInputList().stream()
                                        .map(producers::get)
                                        .filter(node -> is(node, "MatMul"))
                                        .findFirst())
                .map(product -> initializers.get(input(product, 1)));
    }

    private Optional<NodeProto> using(String value, String operator) {
        return consumers.getOrDefault(value, List.of()).stream()
                .filter(node -> is(node, operator))
                .findFirst();
    }

    private static boolean is(@Nullable NodeProto node, String operator) {
        return node != null && node.getOpType().equals(operator);
    }

    /** The name of an input, or the empty name, which ONNX gives to one left out. */
    private static String input(NodeProto node, int index) {
        return index < node.getInputCount() ? node.getInput(index) : "";
    }

    private static String output(NodeProto node) {
        return node.getOutputCount() == 0 ? "" : node.getOutput(0);
    }

    /** The integers of an initializer or a {@code Constant} node; none if it is neither. */
    private long[] integers(String name) {
        TensorProto tensor = initializers.get(name);
        NodeProto node = producers.get(name);
        if (node != null && is(node, "Constant") && node.getAttributeCount() == 1) {
            tensor = node.getAttribute(0).getT();
        }
        if (tensor == null || tensor.getDataType() != TensorProto.DataType.INT64.getNumber()) {
            return new long[0];
        }
        LongBuffer raw =
                tensor.getRawData()
                        .asReadOnlyByteBuffer()
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asLongBuffer();
        long[] integers = new long[raw.remaining()];
        raw.get(integers);
        return integers;
    }

    private StoredTensor tensor(TensorProto tensor) throws CheckpointException {
        if (tensor.getDataType() != TensorProto.DataType.FLOAT.getNumber()) {
            TensorProto.DataType type = TensorProto.DataType.forNumber(tensor.getDataType());
            throw new CheckpointException(
                    "%s: tensor %s is not of float32, but of ONNX type %s"
                            .formatted(
                                    source,
                                    tensor.getName(),
                                    type == null ? tensor.getDataType() : type));
        }
        if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
            throw new CheckpointException(
                    "%s: tensor %s lies in another file: save the model as one file"
                            .formatted(source, tensor.getName()));
        }
        long elements = 1;
        List<Integer> shape = new ArrayList<>();
        for (long dimension : tensor.getDimsList()) {
            if (dimension < 0
                    || dimension > Integer.MAX_VALUE
                    || elements * dimension > Integer.MAX_VALUE) {
                throw new CheckpointException(
                        "%s: tensor %s has impossible dimensions %s"
                                .formatted(source, tensor.getName(), tensor.getDimsList()));
            }
            elements *= dimension;
            shape.add((int) dimension);
        }
        ByteString raw = tensor.getRawData();
        if (raw.size() != elements * Float.BYTES) {
            throw new CheckpointException(
                    "%s: tensor %s of shape %s should have %d bytes, not %d"
                            .formatted(
                                    source,
                                    tensor.getName(),
                                    shape,
                                    elements * Float.BYTES,
                                    raw.size()));
        }
        return new StoredTensor(
                tensor.getName(),
                shape,
                ElementType.F32,
                MemorySegment.ofBuffer(raw.asReadOnlyByteBuffer()));
    }
}
