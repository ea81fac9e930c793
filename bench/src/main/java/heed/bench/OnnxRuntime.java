package heed.bench;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** ONNX Runtime, in this process, on graphs made here. */
final class OnnxRuntime {
    static final String NAME = "ONNX Runtime";

    private final OrtEnvironment environment;

    /**
     * Loads the native libraries.
     *
     * @throws LinkageError if there are none for this platform
     */
    OnnxRuntime() {
        environment = OrtEnvironment.getEnvironment();
    }

    String version() {
        return environment.getVersion();
    }

    /** A session whose threads do not spin while others work. */
    OrtSession session(byte[] model, int threads) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            return environment.createSession(model, options);
        }
    }

    /** The contributed operator MultiHeadAttention, of {@code [1, n, H · d]}. */
    Contender multiHeadAttention(Shape.Operands operands, boolean causal, int threads) {
        Shape shape = operands.shape();
        long[] q = {1, shape.queries(), (long) shape.heads() * shape.columns()};
        long[] k = {1, shape.keys(), (long) shape.heads() * shape.columns()};
        return contender(
                OnnxModels.multiHeadAttention(shape, causal),
                threads,
                Map.of(
                        "q", tensor(swapped(operands.q(), shape.heads(), shape.columns()), q),
                        "k", tensor(swapped(operands.k(), shape.heads(), shape.columns()), k),
                        "v", tensor(swapped(operands.v(), shape.heads(), shape.columns()), k)),
                result -> swapped(result, shape.queries(), shape.columns()));
    }

    /** The operator Attention of opset 23, of {@code [1, H, n, d]}. */
    Contender attention(Shape.Operands operands, boolean causal, int threads) {
        Shape shape = operands.shape();
        long[] q = {1, shape.heads(), shape.queries(), shape.columns()};
        long[] k = {1, shape.heads(), shape.keys(), shape.columns()};
        return contender(
                OnnxModels.attention(shape, causal),
                threads,
                Map.of(
                        "q", tensor(operands.q(), q),
                        "k", tensor(operands.k(), k),
                        "v", tensor(operands.v(), k)),
                result -> result);
    }

    /** A Gemm whose weight is a constant, so that the session packs it beforehand. */
    Contender linear(LinearWorks.Operands operands, int threads) {
        return contender(
                OnnxModels.linear(operands),
                threads,
                Map.of("x", tensor(operands.x(), operands.rows(), operands.in())),
                result -> result);
    }

    private Contender contender(
            ModelProto model, int threads, Map<String, OnnxTensor> inputs, Order order) {
        try {
            return new Session(session(model.toByteArray(), threads), inputs, order);
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    private OnnxTensor tensor(float[] values, long... shape) {
        FloatBuffer buffer =
                ByteBuffer.allocateDirect(4 * values.length)
                        .order(ByteOrder.nativeOrder())
                        .asFloatBuffer();
        buffer.put(values).rewind();
        try {
            return OnnxTensor.createTensor(environment, buffer, shape);
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    /** {@code [a, b, columns]} → {@code [b, a, columns]}. */
    private static float[] swapped(float[] values, int a, int columns) {
        int b = values.length / a / columns;
        float[] swapped = new float[values.length];
        for (int i = 0; i < a; i++) {
            for (int j = 0; j < b; j++) {
                System.arraycopy(
                        values, (i * b + j) * columns, swapped, (j * a + i) * columns, columns);
            }
        }
        return swapped;
    }

    /** Brings a result into the order that all contenders share. */
    private interface Order {
        float[] of(float[] result);
    }

    private record Session(OrtSession session, Map<String, OnnxTensor> inputs, Order order)
            implements Contender {
        Session {
            inputs = new LinkedHashMap<>(inputs);
        }

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public void run() {
            try (OrtSession.Result _ = session.run(inputs)) {
                // The result is made and given back: that is all.
            } catch (OrtException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public float[] result() {
            try (OrtSession.Result result = session.run(inputs)) {
                FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
                float[] values = new float[buffer.remaining()];
                buffer.get(values);
                return order.of(values);
            } catch (OrtException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            inputs.values().forEach(OnnxTensor::close);
            try {
                session.close();
            } catch (OrtException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
