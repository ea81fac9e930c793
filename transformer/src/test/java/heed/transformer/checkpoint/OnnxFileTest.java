package heed.transformer.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import heed.transformer.testing.TinyBert;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OnnxFileTest {
    private static final int FLOAT = TensorProto.DataType.FLOAT.getNumber();
    private static final int INT8 = TensorProto.DataType.INT8.getNumber();
    private static final int UINT8 = TensorProto.DataType.UINT8.getNumber();

    @Test
    void namesALinearWeightAfterTheBiasThatIsAddedToItsProduct() throws CheckpointException {
        ModelProto model = TinyBert.model(20).build();
        Weights weights = open(model).weights();

        Tensor dense = weights.at("encoder.layer.1").at("output").at("dense").get("weight");

        assertThat(dense.shape()).containsExactly(TinyBert.INTERMEDIATE, TinyBert.HIDDEN);
        assertThat(dense.data()).containsExactly(weights.get("onnx::MatMul_711").data());
    }

    @Test
    void findsTheWeightWhereTheBiasIsTheSecondInput() throws CheckpointException {
        GraphProto.Builder graph = GraphProto.newBuilder();
        graph.addInitializer(tensor("w", 1f, 1, 1));
        graph.addInitializer(tensor("x.bias", 2f, 1));
        graph.addNode(node("MatMul", "product", "input", "w"));
        graph.addNode(node("Add", "sum", "product", "x.bias"));

        assertThat(open(graph).weights().at("x").get("weight", 1, 1)).containsExactly(1);
        assertThat(open(graph).weights().at("x").get("bias", 1)).containsExactly(2);
    }

    @Test
    void keepsAWeightThatHasAName() throws CheckpointException {
        GraphProto.Builder graph = GraphProto.newBuilder();
        graph.addInitializer(tensor("w", 1f, 1, 1));
        graph.addInitializer(tensor("x.weight", 2f, 1, 1));
        graph.addInitializer(tensor("x.bias", 2f, 1));
        graph.addNode(node("MatMul", "product", "input", "w"));
        graph.addNode(node("Add", "sum", "product", "x.bias"));

        assertThat(open(graph).weights().at("x").get("weight", 1, 1)).containsExactly(2);
    }

    @Test
    void readsTheNumberOfHeadsOffTheGraph() throws CheckpointException {
        OnnxFile file = open(TinyBert.model(20).build());

        assertThat(file.headsBehind("encoder.layer.0.attention.self.query.bias"))
                .hasValue(TinyBert.HEADS);
        assertThat(file.headsBehind("embeddings.LayerNorm.bias")).isEmpty();
        assertThat(file.headsBehind("nothing")).isEmpty();
    }

    @Test
    void readsTheNumberOfHeadsOffAConstantShape() throws CheckpointException {
        GraphProto.Builder graph = GraphProto.newBuilder();
        graph.addInitializer(tensor("x.bias", 2f, 1));
        ByteBuffer shape = ByteBuffer.allocate(4 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        shape.putLong(0).putLong(-1).putLong(12).putLong(32).flip();
        graph.addInitializer(
                TensorProto.newBuilder()
                        .setName("shape")
                        .setDataType(TensorProto.DataType.INT64.getNumber())
                        .addDims(4)
                        .setRawData(ByteString.copyFrom(shape)));
        graph.addNode(node("Add", "sum", "product", "x.bias"));
        graph.addNode(node("Reshape", "split", "sum", "shape"));

        assertThat(open(graph).headsBehind("x.bias")).hasValue(12);
    }

    @Test
    void dividesTheBiasByTheWidthOfAHeadWhereTheShapeLeavesTheHeadsOpen()
            throws CheckpointException {
        GraphProto.Builder graph = GraphProto.newBuilder();
        graph.addInitializer(tensor("x.bias", 2f, 384));
        ByteBuffer shape = ByteBuffer.allocate(4 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        shape.putLong(1).putLong(7).putLong(-1).putLong(32).flip();
        graph.addInitializer(
                TensorProto.newBuilder()
                        .setName("shape")
                        .setDataType(TensorProto.DataType.INT64.getNumber())
                        .addDims(4)
                        .setRawData(ByteString.copyFrom(shape)));
        graph.addNode(node("Add", "sum", "product", "x.bias"));
        graph.addNode(node("Reshape", "split", "sum", "shape"));

        assertThat(open(graph).headsBehind("x.bias")).hasValue(12);
    }

    @Test
    void readsEightBitsAsTheFloatsThatTheyStandFor() throws CheckpointException {
        GraphProto.Builder graph =
                integerProduct(
                        bytes(INT8, "w_quantized", 1, -2, 3, -128, 5, 6).addDims(2).addDims(3),
                        floats("w_scale", 0.5f, 2, 1),
                        bytes(INT8, "w_zero_point", 0, 1, -3));

        OnnxFile file = open(graph);

        assertThat(file.isQuantized()).isTrue();
        assertThat(file.weights().at("x").get("weight", 2, 3))
                .containsExactly(0.5f, -6, 6, -64, 8, 9);
    }

    @Test
    void readsEightBitsWithoutASignOfOneScale() throws CheckpointException {
        GraphProto.Builder graph =
                integerProduct(
                        bytes(UINT8, "w_quantized", 1, 128, 255, 0).addDims(2).addDims(2),
                        floats("w_scale", 0.5f),
                        bytes(UINT8, "w_zero_point", 128));

        assertThat(open(graph).weights().at("x").get("weight", 2, 2))
                .containsExactly(-63.5f, 0, 63.5f, -64);
    }

    @Test
    void readsTheScalesOfADequantisationAlongItsAxis() throws CheckpointException {
        GraphProto.Builder graph = GraphProto.newBuilder();
        graph.addInitializer(bytes(INT8, "e_quantized", 1, 2, 3, 4, 5, 6).addDims(2).addDims(3));
        graph.addInitializer(floats("e_scale", 1, 10));
        graph.addNode(
                node("DequantizeLinear", "e", "e_quantized", "e_scale")
                        .addAttribute(AttributeProto.newBuilder().setName("axis").setI(-2)));

        assertThat(open(graph).weights().get("e", 2, 3)).containsExactly(1, 2, 3, 40, 50, 60);
    }

    @Test
    void isNotQuantisedWhereAllIsFloats() throws CheckpointException {
        assertThat(open(TinyBert.model(20).build()).isQuantized()).isFalse();
    }

    @Test
    void refusesPartsOfAQuantisedTensorThatDoNotFit() {
        TensorProto.Builder values = bytes(INT8, "w_quantized", 1, 2, 3, 4).addDims(2).addDims(2);
        TensorProto.Builder zero = bytes(INT8, "w_zero_point", 0);
        assertRefused(
                weightOf(values, floats("w_scale", 1, 2, 3), zero),
                "tiny.onnx: tensor w_scale should have 1 number or 2, not 3");
        assertRefused(
                weightOf(values, floats("w_scale", 1), bytes(INT8, "w_zero_point", 0, 0, 0)),
                "tiny.onnx: tensor w_zero_point should have 1 number or 2, not 3");
        assertRefused(
                weightOf(values, floats("w_scale", 1), bytes(UINT8, "w_zero_point", 0)),
                "tiny.onnx: tensor w_zero_point is of ONNX type UINT8");
        assertRefused(
                weightOf(values, bytes(INT8, "w_scale", 1), zero),
                "tiny.onnx: tensor w_scale is not of float32, but of ONNX type INT8");
        assertRefused(
                weightOf(
                        bytes(INT8, "w_quantized", 1, 2, 3).addDims(2).addDims(2),
                        floats("w_scale", 1),
                        zero),
                "tiny.onnx: tensor w_quantized of shape [2, 2] has 3 numbers");
        assertRefused(
                weightOf(values.clone().setDataType(21), floats("w_scale", 1), zero),
                "tiny.onnx: tensor w_zero_point is of ONNX type INT8");
    }

    private static ThrowingCallable weightOf(
            TensorProto.Builder values, TensorProto.Builder scales, TensorProto.Builder zeros) {
        return () -> open(integerProduct(values, scales, zeros)).weights().get("x.weight");
    }

    /** The graph of a linear layer x as ONNX Runtime's dynamic quantisation writes it. */
    private static GraphProto.Builder integerProduct(
            TensorProto.Builder values, TensorProto.Builder scales, TensorProto.Builder zeros) {
        return GraphProto.newBuilder()
                .addInitializer(tensor("x.bias", 2f, 1))
                .addInitializer(values)
                .addInitializer(scales)
                .addInitializer(zeros)
                .addNode(
                        node("MatMulInteger", "product", "in", "w_quantized")
                                .addInput("zero")
                                .addInput("w_zero_point"))
                .addNode(node("Cast", "cast", "product"))
                .addNode(node("Mul", "scales", "scale", "w_scale"))
                .addNode(node("Mul", "scaled", "cast", "scales"))
                .addNode(node("Add", "sum", "x.bias", "scaled"));
    }

    private static TensorProto.Builder bytes(int type, String name, int... numbers) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type);
        for (int number : numbers) {
            tensor.addInt32Data(number);
        }
        return tensor;
    }

    private static TensorProto.Builder floats(String name, float... numbers) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(FLOAT);
        for (float number : numbers) {
            tensor.addFloatData(number);
        }
        return tensor;
    }

    @Test
    void survivesNodesWithoutInputsOrOutputs() throws CheckpointException {
        GraphProto.Builder graph = GraphProto.newBuilder();
        graph.addInitializer(tensor("x.bias", 2f, 1));
        graph.addNode(NodeProto.newBuilder().setOpType("Add").addInput("x.bias").addInput("p"));
        graph.addNode(NodeProto.newBuilder().setOpType("MatMul").addOutput("p"));
        graph.addNode(NodeProto.newBuilder().setOpType("Reshape").addInput(""));
        OnnxFile file = open(graph);

        assertThat(file.headsBehind("x.bias")).isEmpty();
        assertRefused(() -> file.weights().get("x.weight"), "has no tensor x.weight");
    }

    @Test
    void opensAFileAsItDoesBytes(@TempDir Path folder) throws IOException {
        ModelProto model = TinyBert.model(20).build();
        Path file = Files.write(folder.resolve("tiny.onnx"), model.toByteArray());

        String name = "embeddings.word_embeddings.weight";
        assertThat(OnnxFile.open(file).weights().get(name, 20, TinyBert.HIDDEN))
                .containsExactly(open(model).weights().get(name).data());
    }

    @Test
    void namesTheFileThatIsNotThere(@TempDir Path folder) {
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> OnnxFile.open(folder.resolve("none.onnx")))
                .withMessageContaining("none.onnx");
    }

    @Test
    void refusesAnEmptyFile(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("empty.onnx"));

        assertRefused(() -> OnnxFile.open(file), "empty.onnx is not an ONNX model");
    }

    @Test
    void refusesText() {
        String text = "This is no model, whatever its name says.\n".repeat(50);

        assertRefused(
                () -> OnnxFile.of(ByteBuffer.wrap(text.getBytes(UTF_8)), "model.onnx"),
                "model.onnx is not");
    }

    @Test
    void namesAMissingTensor() {
        assertRefused(
                () -> open(TinyBert.model(20).build()).weights().at("pooler.dense").get("weight"),
                "tiny.onnx has no tensor pooler.dense.weight");
    }

    @Test
    void namesBothShapesWhereTheyDiffer() {
        assertRefused(
                () ->
                        open(TinyBert.model(20).build())
                                .weights()
                                .get("embeddings.LayerNorm.bias", 9),
                "tiny.onnx: tensor embeddings.LayerNorm.bias has shape [8], not [9]");
    }

    @Test
    void namesATypeThatIsNotFloat32() {
        assertRefused(
                tensorOf(
                        TensorProto.newBuilder()
                                .setDataType(TensorProto.DataType.FLOAT16.getNumber())),
                "tiny.onnx: tensor t is not of float32, but of ONNX type FLOAT16");
        assertRefused(
                tensorOf(TensorProto.newBuilder().setDataType(1234)),
                "tiny.onnx: tensor t is not of float32, but of ONNX type 1234");
    }

    @Test
    void refusesDataThatContradictTheDimensions() {
        assertRefused(
                tensorOf(
                        TensorProto.newBuilder()
                                .setDataType(FLOAT)
                                .addDims(3)
                                .setRawData(ByteString.copyFrom(new byte[11]))),
                "tiny.onnx: tensor t of shape [3] should have 12 bytes, not 11");
    }

    @Test
    void refusesDimensionsThatNoArrayHas() {
        long[][] impossible = {
            {-1}, {1L << 40}, {1 << 30, 1 << 30}, {65536, 65536}, {Long.MIN_VALUE, 2}
        };
        for (long[] dimensions : impossible) {
            TensorProto.Builder tensor = TensorProto.newBuilder().setDataType(FLOAT);
            for (long dimension : dimensions) {
                tensor.addDims(dimension);
            }
            assertRefused(tensorOf(tensor), "tiny.onnx: tensor t has impossible dimensions");
        }
    }

    @Test
    void allocatesNothingForATensorWhoseDataIsMissing() {
        assertRefused(
                tensorOf(TensorProto.newBuilder().setDataType(FLOAT).addDims(2_000_000_000)),
                "should have 8000000000 bytes, not 0");
    }

    @Test
    void refusesDataInAnotherFile() {
        assertRefused(
                tensorOf(
                        TensorProto.newBuilder()
                                .setDataType(FLOAT)
                                .addDims(3)
                                .setDataLocation(TensorProto.DataLocation.EXTERNAL)),
                "tiny.onnx: tensor t lies in another file");
    }

    private static ThrowingCallable tensorOf(TensorProto.Builder tensor) {
        GraphProto.Builder graph = GraphProto.newBuilder().addInitializer(tensor.setName("t"));
        return () -> open(graph).weights().get("t");
    }

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(call)
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
    }

    /** A tensor of one element. */
    private static TensorProto.Builder tensor(String name, float element, long... dimensions) {
        ByteBuffer raw = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        TensorProto.Builder tensor =
                TensorProto.newBuilder()
                        .setName(name)
                        .setDataType(FLOAT)
                        .setRawData(ByteString.copyFrom(raw.putFloat(element).flip()));
        for (long dimension : dimensions) {
            tensor.addDims(dimension);
        }
        return tensor;
    }

    private static NodeProto.Builder node(String type, String output, String... inputs) {
        NodeProto.Builder node = NodeProto.newBuilder().setOpType(type).addOutput(output);
        for (String input : inputs) {
            node.addInput(input);
        }
        return node;
    }

    private static OnnxFile open(GraphProto.Builder graph) throws CheckpointException {
        return open(ModelProto.newBuilder().setGraph(graph).build());
    }

    private static OnnxFile open(ModelProto model) throws CheckpointException {
        return OnnxFile.of(ByteBuffer.wrap(model.toByteArray()), "tiny.onnx");
    }
}
