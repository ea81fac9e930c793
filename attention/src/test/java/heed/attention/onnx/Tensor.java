package heed.attention.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * A row-major tensor of any type that the operator takes, widened to double.
 *
 * @param type the type it had, which says how precise it is
 */
record Tensor(DataType type, int[] shape, double[] values) {

    Tensor {
        if (values.length != size(shape)) {
            throw new IllegalArgumentException(
                    "shape %s is of %d elements, not %d"
                            .formatted(Arrays.toString(shape), size(shape), values.length));
        }
    }

    /** A tensor of floats, rounded to the given type. */
    static Tensor of(DataType type, int[] shape, float[] values) {
        double[] rounded = new double[values.length];
        Arrays.setAll(rounded, i -> round(type, values[i]));
        return new Tensor(type, shape, rounded);
    }

    static int size(int[] shape) {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    int rank() {
        return shape.length;
    }

    float[] floats() {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    static Tensor parse(TensorProto proto) {
        int[] shape = proto.getDimsList().stream().mapToInt(Math::toIntExact).toArray();
        DataType type = DataType.forNumber(proto.getDataType());
        if (type == null || proto.getExternalDataCount() > 0) {
            throw new IllegalArgumentException(
                    "tensor %s: type %d or external data"
                            .formatted(proto.getName(), proto.getDataType()));
        }
        ByteBuffer raw = proto.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        IntToDoubleFunction element =
                proto.hasRawData() ? rawElement(type, raw) : typedElement(type, proto);
        double[] values = new double[size(shape)];
        Arrays.setAll(values, element);
        return new Tensor(type, shape, values);
    }

    private static IntToDoubleFunction rawElement(DataType type, ByteBuffer raw) {
        return switch (type) {
            case FLOAT -> i -> raw.getFloat(Float.BYTES * i);
            case DOUBLE -> i -> raw.getDouble(Double.BYTES * i);
            case FLOAT16 -> i -> Float.float16ToFloat(raw.getShort(Short.BYTES * i));
            case BFLOAT16 -> i -> bfloat16(raw.getShort(Short.BYTES * i));
            case BOOL, INT8 -> i -> raw.get(i);
            case UINT8 -> i -> Byte.toUnsignedInt(raw.get(i));
            case INT32 -> i -> raw.getInt(Integer.BYTES * i);
            case INT64 -> i -> raw.getLong(Long.BYTES * i);
            default -> throw unknown(type);
        };
    }

    private static IntToDoubleFunction typedElement(DataType type, TensorProto proto) {
        return switch (type) {
            case FLOAT -> proto::getFloatData;
            case DOUBLE -> proto::getDoubleData;
            case FLOAT16 -> i -> Float.float16ToFloat((short) proto.getInt32Data(i));
            case BFLOAT16 -> i -> bfloat16((short) proto.getInt32Data(i));
            case BOOL, INT8, UINT8, INT32 -> proto::getInt32Data;
            case INT64 -> proto::getInt64Data;
            default -> throw unknown(type);
        };
    }

    private static IllegalArgumentException unknown(DataType type) {
        return new IllegalArgumentException("no tensors of type " + type);
    }

    private static float bfloat16(short bits) {
        return Float.intBitsToFloat(bits << Short.SIZE);
    }

    private static double round(DataType type, float value) {
        return switch (type) {
            case FLOAT16 -> Float.float16ToFloat(Float.floatToFloat16(value));
            case BFLOAT16 -> roundToBfloat16(value);
            default -> value;
        };
    }

    private static float roundToBfloat16(float value) {
        if (!Float.isFinite(value)) {
            return value;
        }
        int bits = Float.floatToRawIntBits(value);
        int halfLessTie = 0x7fff + (bits >>> Short.SIZE & 1);
        return Float.intBitsToFloat(bits + halfLessTie & 0xffff_0000);
    }
}
