package heed.transformer.checkpoint;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tensors of an ONNX file: floats as they are, numbers of 8 bits as the floats that they
 * stand for. The numbers of a tensor are raw bytes, little endian, or lie in a field for their
 * type.
 */
final class OnnxTensors {
    private final String source;

    /**
     * A tensor of 8 bits and what makes floats of it: {@code x = (q − zero point) scale}.
     *
     * @param values q, signed or not
     * @param scales one, or one for each index along the axis
     * @param zeroPoints one or as many, of the type of the values; null for 0
     * @param axis counted from behind where it is negative
     */
    record Quantized(
            TensorProto values, TensorProto scales, @Nullable TensorProto zeroPoints, long axis) {}

    OnnxTensors(String source) {
        this.source = source;
    }

    /**
     * A tensor of floats.
     *
     * @throws CheckpointException if it is of another type, or its data contradict its dimensions
     */
    StoredTensor floats(TensorProto tensor) throws CheckpointException {
        requireFloats(tensor);
        List<Integer> shape = shape(tensor);
        MemorySegment data =
                tensor.getFloatDataCount() == 0
                        ? MemorySegment.ofBuffer(tensor.getRawData().asReadOnlyByteBuffer())
                        : MemorySegment.ofArray(floatsOf(tensor));
        long bytes = Shapes.elements(shape) * Float.BYTES;
        if (data.byteSize() != bytes) {
            throw refused(
                    tensor,
                    "of shape %s should have %d bytes, not %d",
                    shape,
                    bytes,
                    data.byteSize());
        }
        return new StoredTensor(tensor.getName(), shape, ElementType.F32, data);
    }

    /**
     * The floats that a quantised tensor stands for, each computed in float.
     *
     * @param name what it is called then
     * @throws CheckpointException if it is not of 8 bits, or its parts do not fit each other
     */
    StoredTensor floats(String name, Quantized tensor) throws CheckpointException {
        TensorProto values = tensor.values;
        List<Integer> shape = shape(values);
        int axis = (int) (tensor.axis < 0 ? tensor.axis + shape.size() : tensor.axis);
        boolean within = axis >= 0 && axis < shape.size();
        int along = within ? shape.get(axis) : 1;
        long behind =
                within ? Shapes.elements(shape.subList(axis + 1, shape.size())) : Long.MAX_VALUE;

        requireFloats(tensor.scales);
        float[] scales = oneOr(along, tensor.scales, floatsOf(tensor.scales));
        TensorProto zeros = tensor.zeroPoints;
        float[] zeroPoints =
                zeros == null
                        ? new float[1]
                        : oneOr(along, zeros, bytesOf(zeros, values.getDataType()));
        float[] floats = bytesOf(values, values.getDataType());
        if (floats.length != Shapes.elements(shape)) {
            throw refused(values, "of shape %s has %d numbers", shape, floats.length);
        }
        for (int i = 0; i < floats.length; i++) {
            int at = (int) (i / behind % along);
            float zeroPoint = zeroPoints[zeroPoints.length == 1 ? 0 : at];
            floats[i] = (floats[i] - zeroPoint) * scales[scales.length == 1 ? 0 : at];
        }
        return new StoredTensor(name, shape, ElementType.F32, MemorySegment.ofArray(floats));
    }

    private void requireFloats(TensorProto tensor) throws CheckpointException {
        if (tensor.getDataType() != DataType.FLOAT.getNumber()) {
            throw refused(tensor, "is not of float32, but of ONNX type %s", type(tensor));
        }
        requireHere(tensor);
    }

    private void requireHere(TensorProto tensor) throws CheckpointException {
        if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
            throw refused(tensor, "lies in another file: save the model as one file");
        }
    }

    private static Object type(TensorProto tensor) {
        DataType type = DataType.forNumber(tensor.getDataType());
        return type == null ? tensor.getDataType() : type;
    }

    /** The dimensions, whose product an int can hold. */
    private List<Integer> shape(TensorProto tensor) throws CheckpointException {
        long elements = 1;
        List<Integer> shape = new ArrayList<>();
        for (long dimension : tensor.getDimsList()) {
            if (dimension < 0
                    || dimension > Integer.MAX_VALUE
                    || elements * dimension > Integer.MAX_VALUE) {
                throw refused(tensor, "has impossible dimensions %s", tensor.getDimsList());
            }
            elements *= dimension;
            shape.add((int) dimension);
        }
        return shape;
    }

    /** The floats that are there, whatever the dimensions say. */
    private static float[] floatsOf(TensorProto tensor) {
        if (tensor.getFloatDataCount() == 0) {
            ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer();
            float[] floats = new float[raw.remaining() / Float.BYTES];
            raw.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
            return floats;
        }
        float[] floats = new float[tensor.getFloatDataCount()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = tensor.getFloatData(i);
        }
        return floats;
    }

    /**
     * The numbers of 8 bits that are there, whatever the dimensions say.
     *
     * @param type that it should have: one of the two of 8 bits
     */
    private float[] bytesOf(TensorProto tensor, int type) throws CheckpointException {
        boolean signed = type == DataType.INT8.getNumber();
        if (tensor.getDataType() != type || (!signed && type != DataType.UINT8.getNumber())) {
            throw refused(
                    tensor,
                    "is of ONNX type %s: of a quantised tensor, INT8 and UINT8 can be read",
                    type(tensor));
        }
        requireHere(tensor);
        boolean raw = tensor.getInt32DataCount() == 0;
        // A part of shared bytes need not begin at index 0.
        ByteBuffer bytes = tensor.getRawData().asReadOnlyByteBuffer().slice();
        float[] numbers = new float[raw ? bytes.remaining() : tensor.getInt32DataCount()];
        for (int i = 0; i < numbers.length; i++) {
            int number = raw ? bytes.get(i) : tensor.getInt32Data(i);
            numbers[i] = signed ? (byte) number : number & 0xFF;
        }
        return numbers;
    }

    private float[] oneOr(int along, TensorProto tensor, float[] numbers)
            throws CheckpointException {
        if (numbers.length != 1 && numbers.length != along) {
            throw refused(tensor, "should have 1 number or %d, not %d", along, numbers.length);
        }
        return numbers;
    }

    private CheckpointException refused(TensorProto tensor, String why, Object... arguments) {
        return new CheckpointException(
                "%s: tensor %s %s".formatted(source, tensor.getName(), why.formatted(arguments)));
    }
}
