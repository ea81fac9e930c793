package heed.bench;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.List;

/** ONNX graphs of one operator each. */
final class OnnxModels {
    private static final int IR_VERSION = 10;
    private static final int OPSET_OF_ATTENTION = 23;
    private static final String CONTRIBUTED = "com.microsoft";
    private static final List<String> INPUTS = List.of("q", "k", "v");

    /** MultiHeadAttention, with q, k and v {@code [1, n, H · d]}. */
    static ModelProto multiHeadAttention(Shape shape, boolean causal) {
        NodeProto.Builder node =
                NodeProto.newBuilder()
                        .setOpType("MultiHeadAttention")
                        .setDomain(CONTRIBUTED)
                        .addAttribute(attribute("num_heads", shape.heads()))
                        .addAttribute(attribute("unidirectional", causal ? 1 : 0));
        return attention(
                node,
                new long[] {1, shape.queries(), (long) shape.heads() * shape.columns()},
                new long[] {1, shape.keys(), (long) shape.heads() * shape.columns()});
    }

    /** Attention, with q, k and v {@code [1, H, n, d]}. */
    static ModelProto attention(Shape shape, boolean causal) {
        NodeProto.Builder node =
                NodeProto.newBuilder()
                        .setOpType("Attention")
                        .addAttribute(attribute("is_causal", causal ? 1 : 0));
        return attention(
                node,
                new long[] {1, shape.heads(), shape.queries(), shape.columns()},
                new long[] {1, shape.heads(), shape.keys(), shape.columns()});
    }

    /** Gemm: {@code y = x · weight + bias}. */
    static ModelProto linear(LinearWorks.Operands operands) {
        return model(
                GraphProto.newBuilder()
                        .setName("linear")
                        .addInput(floats("x", operands.rows(), operands.in()))
                        .addOutput(floats("y", operands.rows(), operands.out()))
                        .addInitializer(
                                constant(
                                        "weight", operands.weight(), operands.in(), operands.out()))
                        .addInitializer(constant("bias", operands.bias(), operands.out()))
                        .addNode(
                                NodeProto.newBuilder()
                                        .setOpType("Gemm")
                                        .addAllInput(List.of("x", "weight", "bias"))
                                        .addOutput("y")));
    }

    private static ModelProto attention(NodeProto.Builder node, long[] queries, long[] keys) {
        return model(
                GraphProto.newBuilder()
                        .setName("attention")
                        .addInput(floats("q", queries))
                        .addInput(floats("k", keys))
                        .addInput(floats("v", keys))
                        .addOutput(floats("out", queries))
                        .addNode(node.addAllInput(INPUTS).addOutput("out")));
    }

    private static ModelProto model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder()
                                .setDomain("")
                                .setVersion(OPSET_OF_ATTENTION))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain(CONTRIBUTED).setVersion(1))
                .setGraph(graph)
                .build();
    }

    private static TensorProto constant(String name, float[] values, long... shape) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder()
                        .setName(name)
                        .setDataType(TensorProto.DataType.FLOAT.getNumber());
        for (long size : shape) {
            tensor.addDims(size);
        }
        for (float value : values) {
            tensor.addFloatData(value);
        }
        return tensor.build();
    }

    private static AttributeProto attribute(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    private static ValueInfoProto floats(String name, long... shape) {
        TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
        for (long size : shape) {
            dimensions.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(size));
        }
        TypeProto.Tensor tensor =
                TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT.getNumber())
                        .setShape(dimensions)
                        .build();
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }

    private OnnxModels() {}
}
