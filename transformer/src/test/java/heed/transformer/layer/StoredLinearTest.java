package heed.transformer.layer;

import static org.assertj.core.api.Assertions.assertThat;

import heed.simd.ThreadTeam;
import heed.transformer.checkpoint.ElementType;
import heed.transformer.checkpoint.StoredTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Products with weights as they are stored, against double precision over the decoded weights. */
final class StoredLinearTest {

    @ParameterizedTest
    @EnumSource
    void multipliesWeightsOfEveryType(ElementType type) {
        int in = 2 * type.elementsPerBlock() * Math.max(1, 64 / type.elementsPerBlock());
        for (int n : new int[] {1, 2, 4, 5, 16, 17, 64, 70}) {
            check(type, n, in, 67);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 32, 1", "2, 96, 70", "3, 576, 192", "130, 96, 130", "9, 1536, 64"})
    void multipliesAwkwardShapes(int n, int in, int out) {
        check(ElementType.F32, n, in, out);
        check(ElementType.Q4_0, n, in, out);
        check(ElementType.Q4_1, n, in, out);
        check(ElementType.Q8_0, n, in, out);
    }

    /** The same bits alone and among others, on one thread and on all. */
    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q4_1", "Q8_0"})
    void givesATokenTheSameBitsBesideOthers(ElementType type) {
        int in = 576;
        int out = 1101;
        Linear layer = Linear.tied(random(type, out, in));
        float[] x = gaussian(3 * in);
        float[] together = layer.forward(x);
        for (int token = 0; token < 3; token++) {
            float[] one = Arrays.copyOfRange(x, token * in, (token + 1) * in);
            float[] expected = Arrays.copyOfRange(together, token * out, (token + 1) * out);
            assertThat(layer.forward(one)).containsExactly(expected);
            assertThat(ThreadTeam.withAtMost(1, () -> layer.forward(one)))
                    .containsExactly(expected);
        }
    }

    /** d is finite, −8 d is not a finite binary16: such a weight is multiplied as it is stored. */
    @Test
    void multipliesLargeScales() {
        StoredTensor weight = random(ElementType.Q4_0, 40, 64);
        weight.data().set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, Float.floatToFloat16(60_000));
        check(weight, 2);
    }

    /** As the decoded weights have it. */
    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q4_1", "Q8_0"})
    void infinityStaysInItsRow(ElementType type) {
        int in = 64;
        StoredTensor weight = random(type, 40, in);
        int row = 7 * 2 * type.bytesPerBlock();
        weight.data()
                .set(
                        ValueLayout.JAVA_SHORT_UNALIGNED,
                        row,
                        Float.floatToFloat16(Float.POSITIVE_INFINITY));
        float[] y = Linear.tied(weight).forward(gaussian(in));
        for (int o = 0; o < y.length; o++) {
            assertThat(Float.isFinite(y[o])).as("row %d", o).isEqualTo(o != 7);
        }
    }

    /** What each gives alone, whether it is done together with the others or not. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 20})
    void givesTheSameTogether(int n) {
        Linear first = Linear.tied(random(ElementType.Q4_1, 70, 96));
        Linear second = Linear.tied(random(ElementType.Q8_0, 70, 96));
        Linear third = Linear.tied(random(ElementType.F32, 5, 96));
        float[] x = gaussian(n * 96);
        List<float[]> all = Linear.forward(x, List.of(first, second, third));
        assertThat(all.get(0)).containsExactly(first.forward(x));
        assertThat(all.get(1)).containsExactly(second.forward(x));
        assertThat(all.get(2)).containsExactly(third.forward(x));

        float[] gated = first.forward(x, Activation.SILU);
        for (int i = 0; i < gated.length; i++) {
            gated[i] *= all.get(1)[i];
        }
        assertThat(Linear.gated(x, first, Activation.SILU, second)).containsExactly(gated);
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

    /** Zeros, subnormal numbers, infinities and NaN among them. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void decodesAllNumbersOf16Bits(ElementType type) {
        int count = 1 << 16;
        byte[] bytes = new byte[2 * count];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int bits = 0; bits < count; bits++) {
            buffer.putShort(2 * bits, (short) bits);
        }
        StoredTensor all =
                new StoredTensor("w", List.of(1, count), type, MemorySegment.ofArray(bytes));
        float[] floats = new float[count - 5];
        BlockDecoder.decode(all, 2, floats, floats.length);
        float[] expected = new float[floats.length];
        for (int i = 0; i < expected.length; i++) {
            short bits = (short) (i + 2);
            expected[i] =
                    type == ElementType.F16
                            ? Float.float16ToFloat(bits)
                            : Float.intBitsToFloat(bits << 16);
        }
        assertThat(floats).containsExactly(expected);
    }

    private static void check(ElementType type, int n, int in, int out) {
        check(random(type, out, in), n);
    }

    private static float[] gaussian(int count) {
        float[] x = new float[count];
        Random random = new Random(count);
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    private static void check(StoredTensor weight, int n) {
        int out = weight.shape().get(0);
        int in = weight.shape().get(1);
        float[] w = weight.toFloats();
        float[] x = gaussian(n * in);
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
                        .as("%s, %d × %d × %d", weight.type(), n, in, out)
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
