package heed.transformer.checkpoint;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a transformer that was exported to ONNX.
 *
 * <p>An export keeps the names of embeddings, biases and norms, but the weight of a linear layer
 * loses its own: the exporter folds a transposition into it and calls it something like {@code
 * onnx::MatMul_787}. It is found through the graph instead: the bias {@code x.bias} is an input of
 * an {@code Add}, whose other input comes from a {@code MatMul}, whose second input is the weight.
 * It is given the name {@code x.weight} and has shape {@code [in, out]}.
 *
 * <p>ONNX Runtime's dynamic quantisation keeps weights in 8 bits and multiplies them with what it
 * quantises as it comes: {@code MatMulInteger → Cast → Mul} by the scales {@code → Add}. Such
 * weights are read as the floats that they stand for, under the same names; an embedding {@code
 * x_quantized}, which a {@code DequantizeLinear} follows on, is called {@code x}.
 */
public final class OnnxFile {
    private static final String QUANTIZED = "_quantized";

    private final String source;
    private final GraphProto graph;
    private final OnnxTensors tensors;
    private final Map<String, TensorProto> initializers = new HashMap<>();
    private final Map<String, NodeProto> producers = new HashMap<>();
    private final Map<String, List<NodeProto>> consumers = new HashMap<>();

    private OnnxFile(String source, ModelProto model) throws CheckpointException {
        this.source = source;
        this.graph = model.getGraph();
        this.tensors = new OnnxTensors(source);
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
        // Of bytes that are not told to stay as they are, the library copies what it is to share.
        CodedInputStream input = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
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

    /**
     * Whether it was quantised to 8 bits. Its weights as floats do not give what ONNX Runtime makes
     * of it, which rounds what they are multiplied with, too.
     */
    public boolean isQuantized() {
        return graph.getNodeList().stream()
                .anyMatch(node -> is(node, "MatMulInteger") || is(node, "DequantizeLinear"));
    }

    /** Its weights: those with a name under it, those of linear layers under that of their bias. */
    public Weights weights() {
        Map<String, Weights.TensorReader> readers = new HashMap<>();
        for (TensorProto tensor : initializers.values()) {
            readers.put(tensor.getName(), () -> tensors.floats(tensor));
        }
        for (String name : initializers.keySet()) {
            if (name.endsWith(QUANTIZED)) {
                String whole = name.substring(0, name.length() - QUANTIZED.length());
                embedding(name, whole).ifPresent(found -> readers.putIfAbsent(whole, found));
            } else if (name.endsWith(".bias")) {
                String weight = name.substring(0, name.length() - "bias".length()) + "weight";
                linearWeight(name, weight).ifPresent(found -> readers.putIfAbsent(weight, found));
            }
        }
        return new Weights(source, readers).with(Weights.Layout.IN_OUT);
    }

    /**
     * The number of heads that the graph splits a linear layer's output into: that of the constants
     * {@code [·, ·, heads, d]} in the {@code Reshape} that follows on it, or, where they are {@code
     * [·, ·, -1, d]}, the length of the bias by d. Empty if there is no such number.
     *
     * @param bias the name of the layer's bias
     */
    public OptionalInt headsBehind(String bias) {
        long[] dimensions =
                using(bias, "Add")
                        .flatMap(add -> using(output(add), "Reshape"))
                        .map(reshape -> input(reshape, 1))
                        .map(this::headsAndWidth)
                        .orElse(new long[0]);
        long heads = dimensions.length > 0 ? dimensions[0] : 0;
        TensorProto stored = initializers.get(bias);
        if (heads == -1 && dimensions.length == 2 && stored != null && dimensions[1] > 0) {
            long width = stored.getDimsCount() == 1 ? stored.getDims(0) : 0;
            heads = width % dimensions[1] == 0 ? width / dimensions[1] : 0;
        }
        return heads > 0 && heads <= Integer.MAX_VALUE
                ? OptionalInt.of((int) heads)
                : OptionalInt.empty();
    }

    /** The third and the fourth dimension, of one constant or put together from four. */
    private long[] headsAndWidth(String shape) {
        NodeProto producer = producers.get(shape);
        return producer != null && is(producer, "Concat")
                ? Stream.of(2, 3)
                        .flatMapToLong(i -> Arrays.stream(integers(input(producer, i))))
                        .toArray()
                : Arrays.stream(integers(shape)).skip(2).limit(2).toArray();
    }

    private Optional<Weights.TensorReader> linearWeight(String bias, String weight) {
        return using(bias, "Add").stream()
                .flatMap(this::inputs)
                .flatMap(
                        node ->
                                switch (node.getOpType()) {
                                    case "MatMul" -> factor(input(node, 1), weight).stream();
                                    case "Mul" -> integerFactor(node, weight).stream();
                                    default -> Stream.empty();
                                })
                .findFirst();
    }

    /** What a float product multiplies with. */
    private Optional<Weights.TensorReader> factor(String value, String weight) {
        TensorProto stored = initializers.get(value);
        if (stored != null) {
            return Optional.of(() -> tensors.floats(stored));
        }
        NodeProto producer = producers.get(value);
        return producer != null && is(producer, "DequantizeLinear")
                ? dequantized(input(producer, 0), producer, weight, axis(producer))
                : Optional.empty();
    }

    /**
     * What an integer product multiplies with: {@code Mul(Cast(MatMulInteger(x, q, zero, zero)),
     * Mul(scale, scales))}.
     */
    private Optional<Weights.TensorReader> integerFactor(NodeProto scaled, String weight) {
        Optional<NodeProto> product =
                inputs(scaled)
                        .filter(node -> is(node, "Cast"))
                        .flatMap(this::inputs)
                        .filter(node -> is(node, "MatMulInteger"))
                        .findFirst();
        Optional<TensorProto> scales =
                inputs(scaled)
                        .filter(node -> is(node, "Mul"))
                        .flatMap(node -> node.getInputList().stream())
                        .filter(initializers::containsKey)
                        .map(initializers::get)
                        .findFirst();
        if (product.isEmpty() || scales.isEmpty()) {
            return Optional.empty();
        }
        return dequantized(
                input(product.get(), 1), scales.get(), input(product.get(), 3), weight, -1);
    }

    /** A tensor of which rows are gathered, then dequantised, or the other way round. */
    private Optional<Weights.TensorReader> embedding(String name, String whole) {
        Optional<NodeProto> gathered =
                using(name, "Gather").flatMap(gather -> using(output(gather), "DequantizeLinear"));
        return gathered.isPresent()
                ? dequantized(name, gathered.get(), whole, -1)
                : using(name, "DequantizeLinear")
                        .flatMap(node -> dequantized(name, node, whole, axis(node)));
    }

    private Optional<Weights.TensorReader> dequantized(
            String values, NodeProto dequantizing, String name, long axis) {
        TensorProto scales = initializers.get(input(dequantizing, 1));
        return scales == null
                ? Optional.empty()
                : dequantized(values, scales, input(dequantizing, 2), name, axis);
    }

    /**
     * @param zeroPoints the empty name if there are none
     */
    private Optional<Weights.TensorReader> dequantized(
            String values, TensorProto scales, String zeroPoints, String name, long axis) {
        TensorProto stored = initializers.get(values);
        TensorProto zeros = initializers.get(zeroPoints);
        if (stored == null || (zeros == null && !zeroPoints.isEmpty())) {
            return Optional.empty();
        }
        OnnxTensors.Quantized quantized = new OnnxTensors.Quantized(stored, scales, zeros, axis);
        return Optional.of(() -> tensors.floats(name, quantized));
    }

    /** The dimension that has a scale for each index. */
    private static long axis(NodeProto dequantizing) {
        return dequantizing.getAttributeList().stream()
                .filter(attribute -> attribute.getName().equals("axis"))
                .mapToLong(AttributeProto::getI)
                .findFirst()
                .orElse(1);
    }

    /** The nodes that a node's inputs come from. */
    private Stream<NodeProto> inputs(NodeProto node) {
        return node.getInputList().stream().filter(producers::containsKey).map(producers::get);
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
}
