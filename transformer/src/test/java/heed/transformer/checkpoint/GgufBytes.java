package heed.transformer.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Puts a GGUF file together, a right one or a wrong one. */
final class GgufBytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** A file that claims so many tensors and values. */
    GgufBytes(int version, long tensors, long values) {
        bytes.writeBytes("GGUF".getBytes(UTF_8));
        u32(version).u64(tensors).u64(values);
    }

    GgufBytes u8(int value) {
        bytes.write(value);
        return this;
    }

    GgufBytes u32(int value) {
        ByteBuffer buffer = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.writeBytes(buffer.putInt(value).array());
        return this;
    }

    GgufBytes u64(long value) {
        ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.writeBytes(buffer.putLong(value).array());
        return this;
    }

    GgufBytes string(String value) {
        byte[] utf8 = value.getBytes(UTF_8);
        u64(utf8.length);
        bytes.writeBytes(utf8);
        return this;
    }

    /** What the file says of a tensor. */
    GgufBytes tensor(String name, int type, long offset, int dimensions, long... shape) {
        string(name).u32(dimensions);
        for (long dimension : shape) {
            u64(dimension);
        }
        return u32(type).u64(offset);
    }

    /** Zeros up to the next multiple. */
    GgufBytes aligned(int multiple) {
        return padded((multiple - bytes.size() % multiple) % multiple);
    }

    /** So many zeros. */
    GgufBytes padded(int count) {
        bytes.writeBytes(new byte[count]);
        return this;
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }
}
