package heed.transformer.testing;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The default model run by ONNX Runtime, on a copy of its graph that also puts out what every
 * softmax makes: the attention weights, layer by layer.
 */
public final class OnnxRuntimeOracle implements AutoCloseable {
    private static final String MODEL = "/heed-minilm/all-minilm-l6-v2.onnx";

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final String hiddenName;
    private final List<String> weightNames;

    /**
     * What a text makes of the model.
     *
     * @param hidden last hidden states {@code [n, hidden]}
     * @param weights for each layer the attention weights {@code [heads, n, n]}
     */
    public record Result(float[] hidden, List<float[]> weights) {}

    public OnnxRuntimeOracle() throws IOException, OrtException {
        ModelProto model = read();
        hiddenName = model.getGraph().getOutput(0).getName();
        weightNames =
                model.getGraph().getNodeList().stream()
                        .filter(node -> node.getOpType().equals("Softmax"))
                        .map(NodeProto::getOutputList)
                        .map(List::getFirst)
                        .toList();
        GraphProto.Builder graph = model.getGraph().toBuilder();
        weightNames.forEach(name -> graph.addOutput(floats(name)));
        session =
                environment.createSession(
                        model.toBuilder().setGraph(graph).build().toByteArray(),
                        new OrtSession.SessionOptions());
    }

    public Result run(int[] ids) throws OrtException {
        long[][] ones = {new long[ids.length]};
        Arrays.fill(ones[0], 1);
        long[][] zeros = {new long[ids.length]};
        long[][] tokens = {IntStream.of(ids).asLongStream().toArray()};
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        try {
            inputs.put("input_ids", OnnxTensor.createTensor(environment, tokens));
            inputs.put("attention_mask", OnnxTensor.createTensor(environment, ones));
            inputs.put("token_type_ids", OnnxTensor.createTensor(environment, zeros));
            try (OrtSession.Result result = session.run(inputs)) {
                return new Result(
                        output(result, hiddenName),
                        weightNames.stream().map(name -> output(result, name)).toList());
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }

    private static float[] output(OrtSession.Result result, String name) {
        OnnxTensor tensor = (OnnxTensor) result.get(name).orElseThrow();
        float[] values = new float[tensor.getFloatBuffer().remaining()];
        tensor.getFloatBuffer().get(values);
        return values;
    }

    private static ValueInfoProto floats(String name) {
        TypeProto.Tensor tensor =
                TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT.getNumber())
                        .build();
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }

    private static ModelProto read() throws IOException {
        try (InputStream stream = OnnxRuntimeOracle.class.getResourceAsStream(MODEL)) {
            if (stream == null) {
                throw new IOException(MODEL + " is not on the class path");
            }
            return ModelProto.parseFrom(stream.readAllBytes());
        }
    }
}
