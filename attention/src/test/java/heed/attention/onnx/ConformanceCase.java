package heed.attention.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A case of the conformance suite: a folder with {@code model.onnx} and, in folders {@code
 * test_data_set_N}, the tensors {@code input_I.pb} and {@code output_I.pb} of its graph.
 */
record ConformanceCase(Path folder) {
    private static final double RELATIVE = 1e-3;
    private static final double ABSOLUTE = 1e-6;

    /** The expected bfloat16 results were rounded at every step: two units in the last place. */
    private static final double RELATIVE_BFLOAT16 = 0x1p-6;

    String name() {
        return folder.getFileName().toString();
    }

    /**
     * Runs all data sets.
     *
     * @throws AssertionError if an output differs
     * @throws IOException if a file cannot be read
     * @throws RuntimeException if the case is malformed or not supported
     */
    void run() throws IOException {
        GraphProto graph;
        try (InputStream in = Files.newInputStream(folder.resolve("model.onnx"))) {
            graph = ModelProto.parseFrom(in).getGraph();
        }
        AttentionNode.require(
                graph.getNodeCount() == 1, "a graph of %d nodes".formatted(graph.getNodeCount()));
        List<Path> dataSets;
        try (Stream<Path> files = Files.list(folder)) {
            dataSets =
                    files.filter(f -> f.getFileName().toString().startsWith("test_data_set_"))
                            .sorted()
                            .toList();
        }
        AttentionNode.require(!dataSets.isEmpty(), "no data set");
        for (Path dataSet : dataSets) {
            run(graph, dataSet);
        }
    }

    private static void run(GraphProto graph, Path dataSet) throws IOException {
        Map<String, Tensor> inputs = new HashMap<>();
        for (TensorProto initializer : graph.getInitializerList()) {
            inputs.put(initializer.getName(), Tensor.parse(initializer));
        }
        List<ValueInfoProto> given =
                graph.getInputList().stream()
                        .filter(input -> !inputs.containsKey(input.getName()))
                        .toList();
        for (int i = 0; i < given.size(); i++) {
            inputs.put(given.get(i).getName(), read(dataSet.resolve("input_" + i + ".pb")));
        }
        Map<String, Tensor> results = new AttentionNode(graph.getNode(0)).run(inputs);
        for (int i = 0; i < graph.getOutputCount(); i++) {
            String output = graph.getOutput(i).getName();
            Tensor actual = results.get(output);
            if (actual == null) {
                throw new AssertionError("no output " + output);
            }
            assertClose(output, actual, read(dataSet.resolve("output_" + i + ".pb")));
        }
    }

    private static Tensor read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Tensor.parse(TensorProto.parseFrom(in));
        }
    }

    private static void assertClose(String output, Tensor actual, Tensor expected) {
        if (!Arrays.equals(actual.shape(), expected.shape())) {
            throw new AssertionError(
                    "%s has shape %s, not %s"
                            .formatted(
                                    output,
                                    Arrays.toString(actual.shape()),
                                    Arrays.toString(expected.shape())));
        }
        double relative = expected.type() == DataType.BFLOAT16 ? RELATIVE_BFLOAT16 : RELATIVE;
        for (int i = 0; i < expected.values().length; i++) {
            double a = actual.values()[i];
            double e = expected.values()[i];
            boolean same = Double.compare(a, e) == 0;
            if (!same && !(Math.abs(a - e) <= ABSOLUTE + relative * Math.abs(e))) {
                throw new AssertionError("%s[%d] is %s, not %s".formatted(output, i, a, e));
            }
        }
    }
}
