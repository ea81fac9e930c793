package heed.attention;

import static heed.attention.Agreement.assertAgrees;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Views: both layouts, slices, and the layout of the result. */
class LayoutTest {

    @Test
    void bothLayoutsNameTheSameElements() {
        float[] data = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
        Heads together = Heads.of(2, 3, 2, data);
        Heads interleaved = Heads.interleaved(3, 2, 2, data);
        assertThat(together.row(1, 2)).containsExactly(10, 11);
        assertThat(together.row(0, 1)).containsExactly(2, 3);
        assertThat(interleaved.row(1, 2)).containsExactly(10, 11);
        assertThat(interleaved.row(0, 1)).containsExactly(4, 5);
        assertThat(interleaved.get(1, 0, 1)).isEqualTo(3);
    }

    @Test
    void slicesAreViews() {
        float[] data = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
        Heads slice = Heads.interleaved(3, 2, 2, data).heads(1, 2).rows(1, 3);
        assertThat(slice.heads()).isEqualTo(1);
        assertThat(slice.rows()).isEqualTo(2);
        assertThat(slice.row(0, 1)).containsExactly(10, 11);
        data[10] = -1;
        assertThat(slice.get(0, 1, 0)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void aSliceOfNoRowsMayStandAnywhere(int row) {
        float[] data = new float[12];
        assertThat(Heads.interleaved(3, 2, 2, data).heads(1, 2).rows(row, row).rows()).isZero();
        assertThat(Heads.of(2, 3, 2, data).heads(1, 2).rows(row, row).rows()).isZero();
    }

    @Test
    void zerosHaveTheLayoutOfTheirModel() {
        Heads interleaved = Heads.interleaved(3, 2, 4, new float[24]).zerosLike(5);
        assertThat(interleaved.rowStride()).isEqualTo(10);
        assertThat(interleaved.headStride()).isEqualTo(5);
        Heads together = Heads.of(2, 3, 4, new float[24]).zerosLike(5);
        assertThat(together.rowStride()).isEqualTo(5);
        assertThat(together.headStride()).isEqualTo(15);
        assertThat(Heads.zeros(2, 3, 4).data()).hasSize(24).containsOnly(0f);
    }

    @Test
    @Tag("numeric")
    void everyCombinationOfLayoutsAgrees() {
        AttentionInput together = new Shape(4, 2, 70, 97, 24, 17).input(1);
        for (int layouts = 0; layouts < 8; layouts++) {
            Heads q = (layouts & 1) == 0 ? together.q() : interleaved(together.q());
            Heads k = (layouts & 2) == 0 ? (Heads) together.k() : interleaved((Heads) together.k());
            Heads v = (layouts & 4) == 0 ? (Heads) together.v() : interleaved((Heads) together.v());
            AttentionOutput output =
                    assertAgrees(
                            AttentionInput.of(q, k, v)
                                    .withMask(AttentionMask.slidingWindow(60, 2)));
            assertThat(output.out().rowStride()).isEqualTo((layouts & 1) == 0 ? 17 : 4 * 17);
        }
    }

    @Test
    @Tag("numeric")
    void aSliceReadsNothingAroundIt() {
        AttentionInput input = new Shape(3, 3, 66, 97, 24, 17).input(2);
        Heads q = sliced(input.q());
        Heads k = sliced((Heads) input.k());
        Heads v = sliced((Heads) input.v());
        AttentionOutput output = assertAgrees(AttentionInput.of(q, k, v));
        assertAgrees(input, output);
        assertThat(output.out().data()).hasSize(3 * 66 * 17).doesNotContain(Float.NaN);
    }

    @Test
    void oneArrayMayHoldQueriesKeysAndValues() {
        int rows = 33;
        Heads all = Shape.normal(3, rows, 1, 3 * 2 * 16, 1);
        Heads[] parts = new Heads[3];
        for (int i = 0; i < 3; i++) {
            parts[i] = new Heads(all.data(), i * 32, 2, rows, 16, 16, 96);
        }
        AttentionInput input = AttentionInput.of(parts[0], parts[1], parts[2]);
        AttentionOutput output = assertAgrees(input.withMask(AttentionMask.causal()));
        assertThat(output.out().rowStride()).isEqualTo(32);
        assertThat(output.out().data()).hasSize(rows * 32);
    }

    static Heads interleaved(Heads heads) {
        float[] data = new float[heads.heads() * heads.rows() * heads.columns()];
        Heads copy = Heads.interleaved(heads.rows(), heads.heads(), heads.columns(), data);
        return copyInto(heads, copy);
    }

    /** The same elements in the middle of an array of NaN, with gaps everywhere. */
    private static Heads sliced(Heads heads) {
        float[] data = new float[(heads.heads() + 2) * (heads.rows() + 5) * (heads.columns() + 3)];
        Arrays.fill(data, Float.NaN);
        int rowStride = heads.columns() + 3;
        Heads whole =
                new Heads(
                        data,
                        1,
                        heads.heads() + 1,
                        heads.rows() + 4,
                        heads.columns(),
                        (heads.rows() + 5) * rowStride,
                        rowStride);
        return copyInto(heads, whole.heads(1, heads.heads() + 1).rows(3, heads.rows() + 3));
    }

    private static Heads copyInto(Heads from, Heads to) {
        for (int head = 0; head < from.heads(); head++) {
            for (int row = 0; row < from.rows(); row++) {
                System.arraycopy(
                        from.data(),
                        from.index(head, row),
                        to.data(),
                        to.index(head, row),
                        from.columns());
            }
        }
        return to;
    }
}
