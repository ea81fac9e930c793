package heed.transformer.testing;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.OnnxFile;
import heed.transformer.checkpoint.Weights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Weights of normally distributed random numbers, for layers to be made of. */
public final class Tensors {
    private final Random random;
    private final GraphProto.Builder graph = GraphProto.newBuilder();

    public Tensors(long seed) {
        random = new Random(seed);
    }

    /** So many random numbers. */
    public float[] random(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Adds a tensor and gives its elements. */
    public float[] add(String name, int... shape) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder()
                        .setName(name)
                        .setDataType(TensorProto.DataType.FLOAT.getNumber());
        int length = 1;
        for (int dimension : shape) {
            tensor.addDims(dimension);
            length *= dimension;
        }
        float[] values = random(length);
        ByteBuffer raw = ByteBuffer.allocate(length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        graph.addInitializer(tensor.setRawData(ByteString.copyFrom(raw)));
        return values;
    }

    /** All that was added. */
    public Weights weights() throws CheckpointException {
        byte[] bytes = ModelProto.newBuilder().setGraph(graph).build().toByteArray();
        return OnnxFile.of(ByteBuffer.wrap(bytes), "random").weights();
    }
}
