package heed.transformer.checkpoint;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Decodes the blocks of every {@link ElementType}.
 *
 * <p>In the layouts, {@code d} is a scale and {@code m} a minimum, both binary16; {@code q[32]} is
 * 32 bytes. "Nibbles" of n bytes are 2n numbers of 4 bits: the lower halves of all bytes, then the
 * upper halves of all. Every expression is computed in float, from left to right.
 */
final class QuantizedBlocks {
    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** The elements of a block of the types with one scale. */
    private static final int BLOCK = 32;

    /** The elements of a block of the K types, and of its parts that share a scale. */
    private static final int K_BLOCK = 256;

    private static final int K_PART = 32;
    private static final int Q6_PART = 16;

    /**
     * Decodes blocks.
     *
     * @param bytes the blocks, from index 0 on
     * @param blocks how many there are
     * @param to gets the elements, from index {@code at} on
     */
    static void decode(ElementType type, byte[] bytes, int blocks, float[] to, int at) {
        for (int block = 0; block < blocks; block++) {
            int from = block * type.bytesPerBlock();
            int first = at + block * type.elementsPerBlock();
            switch (type) {
                case F32 -> to[first] = Float.intBitsToFloat((int) INT.get(bytes, from));
                case F16 -> to[first] = half(bytes, from);
                case BF16 -> to[first] = Float.intBitsToFloat((short) SHORT.get(bytes, from) << 16);
                case Q8_0 -> q8(bytes, from, to, first);
                case Q4_0 -> q4(bytes, from, to, first);
                case Q4_1 -> q4WithMinimum(bytes, from, to, first);
                case Q5_0 -> q5(bytes, from, to, first);
                case Q5_1 -> q5WithMinimum(bytes, from, to, first);
                case Q4_K -> q4k(bytes, from, to, first);
                case Q5_K -> q5k(bytes, from, to, first);
                case Q6_K -> q6k(bytes, from, to, first);
            }
        }
    }

    /** {@code d, q[32]}, q signed: {@code x = d q}. */
    private static void q8(byte[] bytes, int from, float[] to, int at) {
        float d = half(bytes, from);
        for (int i = 0; i < BLOCK; i++) {
            to[at + i] = d * bytes[from + 2 + i];
        }
    }

    /** {@code d, nibbles[16]}: {@code x = d (q − 8)}. */
    private static void q4(byte[] bytes, int from, float[] to, int at) {
        float d = half(bytes, from);
        for (int i = 0; i < BLOCK; i++) {
            to[at + i] = d * (nibble(bytes, from + 2, BLOCK / 2, i) - 8);
        }
    }

    /** {@code d, m, nibbles[16]}: {@code x = d q + m}. */
    private static void q4WithMinimum(byte[] bytes, int from, float[] to, int at) {
        float d = half(bytes, from);
        float m = half(bytes, from + 2);
        for (int i = 0; i < BLOCK; i++) {
            to[at + i] = d * nibble(bytes, from + 4, BLOCK / 2, i) + m;
        }
    }

    /** {@code d, h[4], nibbles[16]}, bit i of h the fifth bit of q[i]: {@code x = d (q − 16)}. */
    private static void q5(byte[] bytes, int from, float[] to, int at) {
        float d = half(bytes, from);
        int high = (int) INT.get(bytes, from + 2);
        for (int i = 0; i < BLOCK; i++) {
            int q = nibble(bytes, from + 6, BLOCK / 2, i) | (high >>> i & 1) << 4;
            to[at + i] = d * (q - 16);
        }
    }

    /** {@code d, m, h[4], nibbles[16]}, bit i of h the fifth bit of q[i]: {@code x = d q + m}. */
    private static void q5WithMinimum(byte[] bytes, int from, float[] to, int at) {
        float d = half(bytes, from);
        float m = half(bytes, from + 2);
        int high = (int) INT.get(bytes, from + 4);
        for (int i = 0; i < BLOCK; i++) {
            int q = nibble(bytes, from + 8, BLOCK / 2, i) | (high >>> i & 1) << 4;
            to[at + i] = d * q + m;
        }
    }

    /**
     * {@code d, m, scales[12], 4 × nibbles[32]}: {@code x = (d s) q − m t}, where s and t are the
     * scale and the minimum of the element's part of 32.
     */
    private static void q4k(byte[] bytes, int from, float[] to, int at) {
        float d = half(bytes, from);
        float m = half(bytes, from + 2);
        for (int part = 0; part < K_BLOCK / K_PART; part++) {
            float scale = d * scaleOfPart(bytes, from + 4, part);
            float minimum = m * minimumOfPart(bytes, from + 4, part);
            for (int i = 0; i < K_PART; i++) {
                int q = kNibble(bytes, from + 16, part, i);
                to[at + part * K_PART + i] = scale * q - minimum;
            }
        }
    }

    /**
     * {@code d, m, scales[12], h[32], 4 × nibbles[32]}: as {@link #q4k}, and bit p of h[i] is the
     * fifth bit of element i of part p.
     */
    private static void q5k(byte[] bytes, int from, float[] to, int at) {
        float d = half(bytes, from);
        float m = half(bytes, from + 2);
        for (int part = 0; part < K_BLOCK / K_PART; part++) {
            float scale = d * scaleOfPart(bytes, from + 4, part);
            float minimum = m * minimumOfPart(bytes, from + 4, part);
            for (int i = 0; i < K_PART; i++) {
                int high = bytes[from + 16 + i] >> part & 1;
                int q = kNibble(bytes, from + 48, part, i) | high << 4;
                to[at + part * K_PART + i] = scale * q - minimum;
            }
        }
    }

    /**
     * {@code 2 × nibbles[64], h[64], s[16], d}: {@code x = (d s) (q − 32)}, where s, signed, is the
     * scale of the element's part of 16. Bits 2r and 2r+1 of h[32 g + i] are the fifth and the
     * sixth bit of element 128 g + 32 r + i.
     */
    private static void q6k(byte[] bytes, int from, float[] to, int at) {
        float d = half(bytes, from + 208);
        for (int part = 0; part < K_BLOCK / Q6_PART; part++) {
            float scale = d * bytes[from + 192 + part];
            for (int i = part * Q6_PART; i < (part + 1) * Q6_PART; i++) {
                int half = i / 128;
                int low = nibble(bytes, from + 64 * half, 64, i % 128);
                int high = bytes[from + 128 + 32 * half + i % 32] >> (i % 128 / 32 * 2) & 3;
                to[at + i] = scale * ((low | high << 4) - 32);
            }
        }
    }

    /**
     * The scale of one of eight parts, 6 bits of 12 bytes: the lower 6 of bytes 0 … 3 for parts 0 …
     * 3; for parts 4 … 7 the lower 4 of bytes 8 … 11, and above them the upper 2 of bytes 0 … 3.
     */
    private static int scaleOfPart(byte[] bytes, int scales, int part) {
        return part < 4
                ? bytes[scales + part] & 0x3F
                : (bytes[scales + 4 + part] & 0x0F) | (bytes[scales + part - 4] >> 2 & 0x30);
    }

    /** The minimum of a part: as its scale, but of bytes 4 … 7 and the upper 4 of bytes 8 … 11. */
    private static int minimumOfPart(byte[] bytes, int scales, int part) {
        return part < 4
                ? bytes[scales + 4 + part] & 0x3F
                : (bytes[scales + 4 + part] >> 4 & 0x0F) | (bytes[scales + part] >> 2 & 0x30);
    }

    /** Element i of a part of 32, of which each two are the nibbles of 32 bytes. */
    private static int kNibble(byte[] bytes, int nibbles, int part, int i) {
        return bytes[nibbles + part / 2 * K_PART + i] >> (part % 2 * 4) & 0x0F;
    }

    private static int nibble(byte[] bytes, int nibbles, int length, int i) {
        return i < length ? bytes[nibbles + i] & 0x0F : bytes[nibbles + i - length] >> 4 & 0x0F;
    }

    private static float half(byte[] bytes, int at) {
        return Float.float16ToFloat((short) SHORT.get(bytes, at));
    }

    private QuantizedBlocks() {}
}
