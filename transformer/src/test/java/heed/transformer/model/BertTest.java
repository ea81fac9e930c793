package heed.transformer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.OnnxFile;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.testing.TinyBert;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BertTest {
    private static final AttentionProbe NONE = AttentionProbe.none();

    private final Bert bert = tiny();

    @Test
    void showsEveryLayerToTheProbeInOrder() {
        List<String> seen = new ArrayList<>();
        bert.forward(
                new int[] {1, 2, 3},
                (layer, input, output) -> seen.add(layer + " " + input.q() + " " + output.out()));

        assertThat(seen)
                .containsExactly(
                        "0 Heads[2, 3, 4] Heads[2, 3, 4]", "1 Heads[2, 3, 4] Heads[2, 3, 4]");
        assertThat(bert.attention()).hasSize(TinyBert.LAYERS);
    }

    @Test
    void givesTheSameBitsAgain() {
        int[] ids = {3, 1, 4, 1, 5, 9, 2, 6};

        assertThat(bert.forward(ids, NONE)).containsExactly(bert.forward(ids, NONE));
    }

    @Test
    void tellsEqualTokensApartByTheirPositions() {
        float[] hidden = bert.forward(new int[] {5, 5}, NONE);

        assertThat(hidden).hasSize(2 * TinyBert.HIDDEN);
        assertThat(hidden[0]).isNotEqualTo(hidden[TinyBert.HIDDEN]);
    }

    @Test
    void readsAsManyTokensAsItHasPositionsAndNoMore() {
        assertThat(bert.forward(new int[TinyBert.POSITIONS], NONE))
                .hasSize(TinyBert.POSITIONS * TinyBert.HIDDEN);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bert.forward(new int[17], NONE))
                .withMessage("the model reads 1 to 16 tokens, not 17");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bert.forward(new int[0], NONE))
                .withMessage("the model reads 1 to 16 tokens, not 0");
    }

    @Test
    void packedTextsDoNotSeeEachOther() {
        int[] first = {3, 1, 4, 1, 5};
        int[] second = {9};
        int[] third = {2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4};
        float[] packed =
                bert.forward(
                        concatenated(first, second, third),
                        new int[] {first.length, second.length, third.length},
                        NONE);

        int at = 0;
        for (int[] text : List.of(first, second, third)) {
            for (float alone : bert.forward(text, NONE)) {
                assertThat(packed[at++]).isCloseTo(alone, within(1e-6f));
            }
        }
        assertThat(packed).hasSize(at);
    }

    @Test
    void refusesAPackWhoseLengthsDoNotFit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bert.forward(new int[5], new int[] {2, 4}, NONE))
                .withMessage("2 lengths, 6 tokens in all, do not fit 5 tokens");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bert.forward(new int[0], new int[0], NONE))
                .withMessage("0 lengths, 0 tokens in all, do not fit 0 tokens");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bert.forward(new int[19], new int[] {2, 17}, NONE))
                .withMessage("the model reads 1 to 16 tokens, not 17");
    }

    @ParameterizedTest
    @CsvSource({"-1", "20", "2147483647"})
    void namesAnIdThatIsNotInItsVocabulary(int id) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bert.forward(new int[] {0, 19, id}, NONE))
                .withMessage("token 2 has id %d, the vocabulary has ids 0 to 19".formatted(id));
    }

    @ParameterizedTest
    @CsvSource({
        "0,16,8,12,2,2,1e-12",
        "20,0,8,12,2,2,1e-12",
        "20,16,0,12,2,2,1e-12",
        "20,16,8,0,2,2,1e-12",
        "20,16,8,12,0,2,1e-12",
        "20,16,8,12,2,0,1e-12",
        "20,16,8,12,2,3,1e-12",
        "20,16,8,12,2,2,0",
        "20,16,8,12,2,2,NaN"
    })
    void refusesAShapeThatNoModelHas(
            int vocabulary,
            int positions,
            int hidden,
            int intermediate,
            int layers,
            int heads,
            double epsilon) {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                new Bert.Config(
                                        vocabulary,
                                        positions,
                                        hidden,
                                        intermediate,
                                        layers,
                                        heads,
                                        epsilon));
    }

    private static int[] concatenated(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }

    private static Bert tiny() {
        byte[] bytes = TinyBert.model(20).build().toByteArray();
        try {
            return BertConfigs.of(OnnxFile.of(ByteBuffer.wrap(bytes), "tiny"), ConfigFile.ABSENT);
        } catch (CheckpointException e) {
            throw new IllegalStateException(e);
        }
    }
}
