package heed.transformer.layer;

import static heed.transformer.testing.Differences.largest;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import heed.transformer.layer.RotaryEmbedding.Pairs;
import heed.transformer.testing.RotaryCase;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Against what {@code transformers} makes of each kind of scaling: see make_rotary.py. */
final class RotaryEmbeddingTest {
    /** The expected numbers are of float32. */
    private static final double TOLERANCE = 2e-6;

    static List<RotaryCase> cases() {
        return RotaryCase.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void hasTheFrequencies(RotaryCase golden) {
        RotaryEmbedding rotary = rotary(golden, Pairs.HALVES);

        golden.assertAgrees(rotary);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void turnsPairsOfHalves(RotaryCase golden) {
        float[] x = golden.floats("x");
        rotary(golden, Pairs.HALVES)
                .apply(x, golden.heads(), golden.columns(), golden.firstPosition());

        assertThat(largest(x, golden.floats("halves"))).isLessThan(TOLERANCE);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void turnsPairsOfNeighbours(RotaryCase golden) {
        float[] x = golden.floats("x");
        rotary(golden, Pairs.NEIGHBOURS)
                .apply(x, golden.heads(), golden.columns(), golden.firstPosition());

        assertThat(largest(x, golden.floats("neighbours"))).isLessThan(TOLERANCE);
    }

    @Test
    void dividesEachFrequencyByANumberOfItsOwn() {
        RotaryEmbedding rotary =
                RotaryEmbedding.of(4, 100, Pairs.NEIGHBOURS).dividedBy(new double[] {2, 4});

        assertThat(rotary.frequencies()).containsExactly(new double[] {0.5, 0.025}, within(1e-15));
        assertThat(rotary.pairs()).isEqualTo(Pairs.NEIGHBOURS);
    }

    @Test
    void leavesTheFirstPositionAsItIs() {
        float[] x = {1, 2, 3, 4};
        RotaryEmbedding.of(4, 100, Pairs.HALVES).apply(x, 1, 4, 0);

        assertThat(x).containsExactly(1, 2, 3, 4);
    }

    @ParameterizedTest
    @CsvSource({"0, 100", "7, 100", "-2, 100", "8, 0", "8, NaN"})
    void refusesWhatMakesNoPairs(int columns, double base) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RotaryEmbedding.of(columns, base, Pairs.HALVES))
                .withMessageContaining("not %d and %s".formatted(columns, base));
    }

    private static RotaryEmbedding rotary(RotaryCase golden, Pairs pairs) {
        JsonNode rope = golden.json().required("rope");
        double base = rope.required("rope_theta").doubleValue();
        double by = rope.path("factor").asDouble(1);
        double context = rope.path("original_max_position_embeddings").asDouble(0);
        RotaryEmbedding plain = RotaryEmbedding.of(golden.columns(), base, pairs);
        return switch (rope.required("rope_type").stringValue()) {
            case "default" -> plain;
            case "linear" -> plain.linear(by);
            case "llama3" ->
                    plain.llama3(
                            by,
                            rope.required("low_freq_factor").doubleValue(),
                            rope.required("high_freq_factor").doubleValue(),
                            context);
            case "yarn" ->
                    plain.yarn(
                            by,
                            base,
                            rope.path("beta_fast").asDouble(32),
                            rope.path("beta_slow").asDouble(1),
                            context,
                            golden.factor());
            default -> throw new AssertionError(rope.toString());
        };
    }
}
