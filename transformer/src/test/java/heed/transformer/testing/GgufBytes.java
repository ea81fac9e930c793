package heed.transformer.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Puts a GGUF file together, a right one or a wrong one. */
public final class GgufBytes {
    private static final int INT32 = 5;
    private static final int FLOAT32 = 6;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** A file that claims so many tensors and values. */
    public GgufBytes(int version, long tensors, long values) {
        bytes.writeBytes("GGUF".getBytes(UTF_8));
        u32(version).u64(tensors).u64(values);
    }

    public GgufBytes u8(int value) {
        bytes.write(value);
        return this;
    }

    public GgufBytes u32(int value) {
        ByteBuffer buffer = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.writeBytes(buffer.putInt(value).array());
        return this;
    }

    public GgufBytes u64(long value) {
        ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.writeBytes(buffer.putLong(value).array());
        return this;
    }

    public GgufBytes string(String value) {
        byte[] utf8 = value.getBytes(UTF_8);
        u64(utf8.length);
        bytes.writeBytes(utf8);
        return this;
    }

    /** A key and a string. */
    public GgufBytes value(String key, String value) {
        return string(key).u32(STRING).string(value);
    }

    /** A key and an integer. */
    public GgufBytes value(String key, int value) {
        return string(key).u32(INT32).u32(value);
    }

    /** A key and an array of strings. */
    public GgufBytes values(String key, String... values) {
        string(key).u32(ARRAY).u32(STRING).u64(values.length);
        for (String value : values) {
            string(value);
        }
        return this;
    }

    /** A key and an array of integers. */
    public GgufBytes values(String key, int... values) {
        string(key).u32(ARRAY).u32(INT32).u64(values.length);
        for (int value : values) {
            u32(value);
        }
        return this;
    }

    /** A key and an array of floats. */
    public GgufBytes values(String key, float... values) {
        string(key).u32(ARRAY).u32(FLOAT32).u64(values.length);
        for (float value : values) {
            u32(Float.floatToIntBits(value));
        }
        return this;
    }

    /** What the file says of a tensor. */
    public GgufBytes tensor(String name, int type, long offset, int dimensions, long... shape) {
        string(name).u32(dimensions);
        for (long dimension : shape) {
            u64(dimension);
        }
        return u32(type).u64(offset);
    }

    /** Zeros up to the next multiple. */
    public GgufBytes aligned(int multiple) {
        return padded((multiple - bytes.size() % multiple) % multiple);
    }

    /** So many zeros. */
    public GgufBytes padded(int count) {
        bytes.writeBytes(new byte[count]);
        return this;
    }

    public byte[] bytes() {
        return bytes.toByteArray();
    }
}
