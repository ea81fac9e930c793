package heed.microscope.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import heed.microscope.QuestionException;
import java.math.BigInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected numbers were worked out by hand. */
class AttentionCostTest {

    private static ModelShape preset(String name) {
        return ModelShape.preset(name).orElseThrow();
    }

    private static ModelShape custom(int layers, int heads, int kvHeads, int d, boolean causal) {
        return new ModelShape("custom", layers, heads, kvHeads, d, causal, false);
    }

    private static BigInteger big(String digits) {
        return new BigInteger(digits.replace("_", ""));
    }

    @Test
    void scoresOf128000Tokens() {
        AttentionCost cost = new AttentionCost(preset("gpt-2"), 128_000);
        assertThat(cost.scoresPerHead()).isEqualTo(big("16_384_000_000"));
        assertThat(cost.perLayer(cost.scoresPerHead())).isEqualTo(big("196_608_000_000"));
        assertThat(cost.perModel(cost.scoresPerHead())).isEqualTo(big("2_359_296_000_000"));
        assertThat(cost.computedPerHead()).isEqualTo(big("8_192_064_000"));
        assertThat(cost.perModel(cost.computedPerHead())).isEqualTo(big("1_179_657_216_000"));
    }

    @Test
    void operationsAreFourPerColumnAndComputedScore() {
        AttentionCost causal = new AttentionCost(preset("gpt-2"), 128_000);
        assertThat(causal.flopsPerHead()).isEqualTo(big("2_097_168_384_000"));
        AttentionCost full = new AttentionCost(preset("bert-base"), 512);
        assertThat(full.computedPerHead()).isEqualTo(full.scoresPerHead());
        assertThat(full.perModel(full.flopsPerHead())).isEqualTo(big("9_663_676_416"));
    }

    @Test
    void memoryOf128000Tokens() {
        AttentionCost cost = new AttentionCost(preset("gpt-2"), 128_000);
        assertThat(cost.bytesNaive()).isEqualTo(big("786_432_000_000"));
        // q, k, v, o: 4 · 12 · 64 · 128,000 floats; LSE: 12 · 128,000; 2 threads · 192 · 64.
        assertThat(cost.bytesTiled(2)).isEqualTo(big("1_579_106_304"));
        // 2 · 12 layers · 12 heads · 64 columns · 128,000 tokens · 4 bytes.
        assertThat(cost.kvCacheBytes()).isEqualTo(big("9_437_184_000"));
        assertThat(cost.kvCacheBytesPerLayer()).isEqualTo(big("786_432_000"));
    }

    @Test
    void fewerKeyValueHeadsSaveKeysAndValuesAlone() {
        AttentionCost cost = new AttentionCost(custom(32, 32, 8, 128, true), 1000);
        assertThat(cost.kvCacheBytes()).isEqualTo(big("262_144_000"));
        // (64 + 16) · 128 · 1,000 + 32 · 1,000 + 320 · 64 floats.
        assertThat(cost.bytesTiled(1)).isEqualTo(big("41_169_920"));
        assertThat(cost.perLayer(cost.scoresPerHead())).isEqualTo(big("32_000_000"));
    }

    @Test
    void nothingOverflows() {
        AttentionCost cost = new AttentionCost(preset("gpt-4"), 16_000_000);
        // 120 · 96 · 2.56e14 scores · 512 operations.
        assertThat(cost.perModel(cost.scoresPerHead())).isEqualTo(big("2949120000000000000"));
        assertThat(cost.perModel(cost.flopsPerHead())).isEqualTo(big("754974767185920000000"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 13, 63, 64, 65, 97, 257, 1025})
    void tilesAreCountedAsTheKernelTakesThem(int n) {
        long causal = 0;
        long full = 0;
        for (int query = 0; query < n; query += 64) {
            for (int key = 0; key < n; key += 64) {
                long scores = 64L * Math.min(64, n - key);
                full += scores;
                causal += key <= query ? scores : 0;
            }
        }
        assertThat(new AttentionCost(custom(1, 1, 1, 2, true), n).tileFlopsPerHead())
                .isEqualTo(BigInteger.valueOf(8 * causal));
        assertThat(new AttentionCost(custom(1, 1, 1, 2, false), n).tileFlopsPerHead())
                .isEqualTo(BigInteger.valueOf(8 * full));
    }

    @Test
    void predictionFollowsTheSpeed() {
        AttentionCost cost = new AttentionCost(custom(3, 2, 2, 16, false), 128);
        EngineSpeed speed = new EngineSpeed(1, 128, 1_048_576);
        // 2 heads · 128² · 64 operations, twice 1,048,576.
        assertThat(speed.layerSeconds(cost)).isEqualTo(2);
        assertThat(speed.modelSeconds(cost)).isEqualTo(6);
        assertThat(speed.gflopsPerSecond(cost)).isEqualTo(0.001048576);
    }

    @Test
    void theLongestContextFitsAnArray() {
        assertThat(AttentionCost.of(preset("gpt-2"), 33_554_431).context()).isEqualTo(33_554_431);
        assertThatThrownBy(() -> AttentionCost.of(preset("gpt-2"), 33_554_432))
                .isInstanceOf(QuestionException.class)
                .hasMessageContaining("33554432", "33554431");
        assertThatThrownBy(() -> AttentionCost.of(preset("gpt-2"), 1L << 40))
                .isInstanceOf(QuestionException.class);
        assertThatThrownBy(() -> new AttentionCost(preset("gpt-2"), 0))
                .isInstanceOf(QuestionException.class);
    }
}
