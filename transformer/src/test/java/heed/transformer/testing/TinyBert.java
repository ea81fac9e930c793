package heed.transformer.testing;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/**
 * An ONNX file of a BERT of two layers with random weights, named and wired as the exporter does
 * it: linear weights without names of their own, the number of heads in a constant.
 */
public final class TinyBert {
    public static final int HIDDEN = 8;
    public static final int INTERMEDIATE = 12;
    public static final int HEADS = 2;
    public static final int LAYERS = 2;
    public static final int POSITIONS = 16;

    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private final Random random = new Random(7);
    private int anonymous = 700;

    /** The model with so many pieces in its vocabulary. */
    public static ModelProto.Builder model(int vocabulary) {
        return new TinyBert().build(vocabulary);
    }

    private ModelProto.Builder build(int vocabulary) {
        add("embeddings.word_embeddings.weight", vocabulary, HIDDEN);
        add("embeddings.position_embeddings.weight", POSITIONS, HIDDEN);
        add("embeddings.token_type_embeddings.weight", 2, HIDDEN);
        norm("embeddings.LayerNorm");
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "encoder.layer." + layer + ".";
            linear(block + "attention.self.query", HIDDEN, HIDDEN);
            linear(block + "attention.self.key", HIDDEN, HIDDEN);
            linear(block + "attention.self.value", HIDDEN, HIDDEN);
            linear(block + "attention.output.dense", HIDDEN, HIDDEN);
            norm(block + "attention.output.LayerNorm");
            linear(block + "intermediate.dense", HIDDEN, INTERMEDIATE);
            linear(block + "output.dense", INTERMEDIATE, HIDDEN);
            norm(block + "output.LayerNorm");
        }
        return ModelProto.newBuilder().setGraph(graph);
    }

    /** {@code MatMul → Add → Reshape}, the bias first, as the exporter writes them. */
    private void linear(String name, int in, int out) {
        String weight = "onnx::MatMul_" + anonymous++;
        add(weight, in, out);
        add(name + ".bias", out);
        String product = name + "/MatMul";
        String sum = name + "/Add";
        graph.addNode(node("MatMul", product, name + "/x", weight));
        graph.addNode(node("Add", sum, name + ".bias", product));
        for (int constant : new int[] {1, 5, HEADS, HIDDEN / HEADS}) {
            graph.addNode(constant(name + "/" + constant, constant));
        }
        String shape = name + "/Concat";
        graph.addNode(
                node("Concat", shape, name + "/1", name + "/5", name + "/" + HEADS, name + "/4"));
        graph.addNode(node("Reshape", name + "/Reshape", sum, shape));
    }

    private void norm(String name) {
        add(name + ".weight", HIDDEN);
        add(name + ".bias", HIDDEN);
    }

    private void add(String name, int... dimensions) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder()
                        .setName(name)
                        .setDataType(TensorProto.DataType.FLOAT.getNumber());
        int elements = 1;
        for (int dimension : dimensions) {
            tensor.addDims(dimension);
            elements *= dimension;
        }
        ByteBuffer raw = ByteBuffer.allocate(elements * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < elements; i++) {
            raw.putFloat((float) random.nextGaussian());
        }
        graph.addInitializer(tensor.setRawData(ByteString.copyFrom(raw.flip())));
    }

    private static NodeProto.Builder node(String type, String output, String... inputs) {
        NodeProto.Builder node = NodeProto.newBuilder().setOpType(type).addOutput(output);
        for (String input : inputs) {
            node.addInput(input);
        }
        return node;
    }

    private static NodeProto.Builder constant(String output, long value) {
        ByteBuffer raw = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        TensorProto.Builder tensor =
                TensorProto.newBuilder()
                        .setDataType(TensorProto.DataType.INT64.getNumber())
                        .setRawData(ByteString.copyFrom(raw.putLong(value).flip()));
        return node("Constant", output)
                .addAttribute(
                        AttributeProto.newBuilder()
                                .setName("value")
                                .setType(AttributeProto.AttributeType.TENSOR)
                                .setT(tensor));
    }

    private TinyBert() {}
}
