package heed.transformer.layer;

import static org.assertj.core.api.Assertions.assertThat;

import heed.transformer.checkpoint.ElementType;
import heed.transformer.checkpoint.StoredTensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Products with weights as they are stored, against double precision over the decoded weights. */
final class StoredLinearTest {

    @ParameterizedTest
    @EnumSource
    void multipliesWeightsOfEveryType(ElementType type) {
        int in = 2 * type.elementsPerBlock() * Math.max(1, 64 / type.elementsPerBlock());
        for (int n : new int[] {1, 2, 4, 5, 64, 70}) {
            check(type, n, in, 67);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 32, 1", "3, 576, 192", "130, 96, 130", "9, 1536, 64"})
    void multipliesAwkwardShapes(int n, int in, int out) {
        check(ElementType.F32, n, in, out);
        check(ElementType.Q4_0, n, in, out);
        check(ElementType.Q4_1, n, in, out);
        check(ElementType.Q8_0, n, in, out);
    }

    /** To the bits that the reference decoder gives. */
    @ParameterizedTest
    @EnumSource
    void decodesToTheSameBits(ElementType type) {
        StoredTensor weight = random(type, 3, 768);
        float[] floats = new float[2 * 768];
        BlockDecoder.decode(weight, 768, floats, floats.length);
        float[] expected = new float[floats.length];
        weight.dequantize(768, expected, 0, expected.length);
        assertThat(floats).containsExactly(expected);
    }

    private static void check(ElementType type, int n, int in, int out) {
        StoredTensor weight = random(type, out, in);
        float[] w = weight.toFloats();
        float[] x = new float[n * in];
        Random random = new Random(n);
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        float[] y = Linear.tied(weight).forward(x);

        assertThat(y).hasSize(n * out);
        for (int token = 0; token < n; token++) {
            for (int o = 0; o < out; o++) {
                double exact = 0;
                double sizes = 0;
                for (int i = 0; i < in; i++) {
                    double term = (double) w[o * in + i] * x[token * in + i];
                    exact += term;
                    sizes += Math.abs(term);
                }
                // Q4_0 and Q4_1 sum q x and x apart: their terms are larger than those of the
                // whole.
                double error = Math.abs(y[token * out + o] - exact);
                assertThat(error)
                        .as("%s, %d × %d × %d", type, n, in, out)
                        .isLessThanOrEqualTo(4e-6 * sizes + 1e-6);
            }
        }
    }

    /** Blocks of random bits whose scales are small numbers. */
    private static StoredTensor random(ElementType type, int out, int in) {
        Random random = new Random(type.name().hashCode());
        int blocks = out * in / type.elementsPerBlock();
        byte[] bytes = new byte[blocks * type.bytesPerBlock()];
        random.nextBytes(bytes);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int block = 0; block < blocks; block++) {
            int at = block * type.bytesPerBlock();
            short scale = Float.floatToFloat16(0.01f + random.nextFloat() / 10);
            short minimum = Float.floatToFloat16(random.nextFloat() - 0.5f);
            switch (type) {
                case F32 -> buffer.putFloat(at, (float) random.nextGaussian());
                case F16 ->
                        buffer.putShort(at, Float.floatToFloat16((float) random.nextGaussian()));
                case BF16 ->
                        buffer.putShort(
                                at,
                                (short)
                                        (Float.floatToIntBits((float) random.nextGaussian())
                                                >>> 16));
                case Q8_0, Q4_0, Q5_0 -> buffer.putShort(at, scale);
                case Q4_1, Q5_1, Q4_K, Q5_K -> buffer.putShort(at, scale).putShort(at + 2, minimum);
                case Q6_K -> buffer.putShort(at + type.bytesPerBlock() - 2, scale);
            }
        }
        return new StoredTensor("w", List.of(out, in), type, MemorySegment.ofArray(bytes));
    }
}
