package heed.attention;

import static heed.attention.Agreement.assertAgrees;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The cache of keys and values, and attention to it. */
class KvCacheTest {
    private static final int TOKENS = 97;
    private static final Shape SHAPE = new Shape(6, 2, TOKENS, TOKENS, 32, 20);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 50, TOKENS, 200})
    @Tag("numeric")
    void tokenByTokenEqualsAllAtOnce(int capacity) {
        AttentionInput all = SHAPE.input(1).withMask(AttentionMask.causal());
        KvCache cache = new KvCache(2, 32, 20, capacity);
        Heads out = Heads.zeros(6, TOKENS, 20);
        float[] lse = new float[6 * TOKENS];
        for (int token = 0; token < TOKENS; token++) {
            cache.append(all.k().rows(token, token + 1), all.v().rows(token, token + 1));
            AttentionOutput step = Attention.forward(cache.attend(all.q().rows(token, token + 1)));
            for (int head = 0; head < 6; head++) {
                System.arraycopy(
                        step.out().row(head, 0), 0, out.data(), out.index(head, token), 20);
                lse[head * TOKENS + token] = step.lse(head, 0);
            }
        }
        assertAgrees(all, new AttentionOutput(out, lse));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 13, 64, 96})
    @Tag("numeric")
    void aPromptInChunksIsTheLowerRightOfTheWhole(int first) {
        AttentionInput all = SHAPE.input(2).withMask(AttentionMask.causal());
        KvCache cache = new KvCache(2, 32, 20, 0);
        cache.append(all.k().rows(0, first), all.v().rows(0, first));
        cache.append(all.k().rows(first, TOKENS), all.v().rows(first, TOKENS));
        AttentionInput chunk = cache.attend(all.q().rows(first, TOKENS));
        assertThat(chunk.firstQuery()).isEqualTo(first);
        AttentionOutput actual = assertAgrees(chunk);
        AttentionInput lowerRight =
                AttentionInput.of(all.q().rows(first, TOKENS), all.k(), all.v())
                        .withPositions(first, 0)
                        .withMask(AttentionMask.causal());
        assertAgrees(lowerRight, actual);
    }

    @Test
    void holdsWhatWasAppendedWhileItGrows() {
        AttentionInput all = SHAPE.input(3);
        KvCache cache = new KvCache(2, 32, 20, 3);
        int length = 0;
        for (int step = 1; length < TOKENS; step++) {
            int next = Math.min(TOKENS, length + step);
            cache.append(all.k().rows(length, next), all.v().rows(length, next));
            length = next;
            assertHolds(cache, all, length);
        }
    }

    @Test
    void appendsFromAnyLayout() {
        AttentionInput all = SHAPE.input(4);
        KvCache cache = new KvCache(2, 32, 20, 0);
        cache.append(
                LayoutTest.interleaved((Heads) all.k()), LayoutTest.interleaved((Heads) all.v()));
        assertHolds(cache, all, TOKENS);
    }

    @Test
    void anEmptyCacheIsNoError() {
        KvCache cache = new KvCache(2, 32, 20, 0);
        assertThat(cache.length()).isZero();
        assertThat(cache.keys().rows()).isZero();
        assertThat(cache.attend(Heads.zeros(6, 0, 32)).k().rows()).isZero();
        cache.append(Heads.zeros(2, 0, 32), Heads.zeros(2, 0, 20));
        assertThat(cache.length()).isZero();
    }

    @Test
    void truncatingForgetsTheEnd() {
        AttentionInput all = SHAPE.input(5).withMask(AttentionMask.causal());
        AttentionInput other = SHAPE.input(50);
        KvCache cache = new KvCache(2, 32, 20, TOKENS);
        cache.append(other.k(), other.v());
        cache.truncate(0);
        assertThat(cache.length()).isZero();
        cache.append(all.k().rows(0, 60), all.v().rows(0, 60));
        cache.append(other.k().rows(0, 20), other.v().rows(0, 20));
        cache.truncate(80);
        cache.truncate(60);
        assertHolds(cache, all, 60);
        cache.append(all.k().rows(60, TOKENS), all.v().rows(60, TOKENS));
        assertHolds(cache, all, TOKENS);
        assertAgrees(all, Attention.forward(cache.attend(all.q())));
    }

    @ParameterizedTest
    @ValueSource(ints = {30, 2 * TOKENS})
    void earlierViewsStayAsTheyWere(int capacity) {
        AttentionInput all = SHAPE.input(6);
        AttentionInput other = SHAPE.input(60);
        KvCache cache = new KvCache(2, 32, 20, capacity);
        cache.append(all.k().rows(0, 30), all.v().rows(0, 30));
        Heads keys = (Heads) cache.keys();
        Heads values = (Heads) cache.values();
        cache.append(all.k().rows(30, 50), all.v().rows(30, 50));
        cache.truncate(10);
        cache.append(other.k(), other.v());
        assertThat(keys.rows()).isEqualTo(30);
        for (int row = 0; row < 30; row++) {
            assertThat(keys.row(1, row)).isEqualTo(all.k().row(1, row));
            assertThat(values.row(1, row)).isEqualTo(all.v().row(1, row));
        }
    }

    @Test
    void badInputIsRefusedAndLeavesTheCacheAsItWas() {
        AttentionInput all = SHAPE.input(7);
        KvCache cache = new KvCache(2, 32, 20, 10);
        cache.append(all.k().rows(0, 9), all.v().rows(0, 9));
        refuses(cache, Heads.zeros(3, 1, 32), Heads.zeros(2, 1, 20), "3 key heads and 2 value");
        refuses(
                cache,
                Heads.zeros(2, 1, 32),
                Heads.zeros(1, 1, 20),
                "1 value heads for a cache of 2");
        refuses(cache, Heads.zeros(2, 4, 32), Heads.zeros(2, 5, 20), "4 keys and 5 values differ");
        refuses(
                cache,
                Heads.zeros(2, 1, 31),
                Heads.zeros(2, 1, 20),
                "keys have 31 columns, the cache has 32");
        refuses(
                cache,
                Heads.zeros(2, 1, 32),
                Heads.zeros(2, 1, 32),
                "values have 32 columns, the cache has 20");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cache.truncate(10))
                .withMessage("cannot truncate a cache of 9 tokens to 10");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cache.truncate(-1))
                .withMessage("cannot truncate a cache of 9 tokens to -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cache.attend(Heads.zeros(6, 10, 32)))
                .withMessage("10 queries, but the cache holds 9 tokens");
        assertHolds(cache, all, 9);
        cache.append(all.k().rows(9, TOKENS), all.v().rows(9, TOKENS));
        assertHolds(cache, all, TOKENS);
    }

    @Test
    void anAppendThatDoesNotFitOneArrayLeavesTheCacheAsItWas() {
        int heads = 1 << 16;
        int valueColumns = 1 << 10;
        KvCache cache = new KvCache(heads, 1, valueColumns, 0);
        cache.append(repeated(heads, 1, 1), repeated(heads, 1, valueColumns));
        refuses(
                cache,
                repeated(heads, 40, 1),
                repeated(heads, 40, valueColumns),
                "%d heads × 41 tokens × %d columns do not fit one array"
                        .formatted(heads, valueColumns));
        assertThat(cache.length()).isEqualTo(1);
        assertThat(cache.keys().get(heads - 1, 0, 0)).isEqualTo(1);
        assertThat(cache.values().get(heads - 1, 0, valueColumns - 1)).isEqualTo(1);
    }

    @Test
    void aCacheHasDimensions() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KvCache(0, 32, 20, 5))
                .withMessageContaining("0 heads, 32 and 20 columns, capacity 5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KvCache(2, 0, 20, 5))
                .withMessageContaining("2 heads, 0 and 20 columns, capacity 5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KvCache(2, 32, -1, 5))
                .withMessageContaining("2 heads, 32 and -1 columns, capacity 5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KvCache(2, 32, 20, -5))
                .withMessageContaining("2 heads, 32 and 20 columns, capacity -5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KvCache(1 << 12, 1 << 10, 20, 1 << 10))
                .withMessage("4096 heads × 1024 tokens × 1024 columns do not fit one array");
    }

    /** Ones, where every head is a view of the same rows. */
    private static Heads repeated(int heads, int rows, int columns) {
        float[] data = new float[rows * columns];
        Arrays.fill(data, 1);
        return new Heads(data, 0, heads, rows, columns, 0, columns);
    }

    private static void refuses(KvCache cache, Heads k, Heads v, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cache.append(k, v))
                .withMessageContaining(message);
    }

    private static void assertHolds(KvCache cache, AttentionInput all, int length) {
        assertThat(cache.length()).isEqualTo(length);
        assertThat(cache.keys().rows()).isEqualTo(length);
        assertThat(cache.values().rows()).isEqualTo(length);
        for (int head = 0; head < 2; head++) {
            for (int row = 0; row < length; row++) {
                assertThat(cache.keys().row(head, row)).isEqualTo(all.k().row(head, row));
                assertThat(cache.values().row(head, row)).isEqualTo(all.v().row(head, row));
            }
        }
    }
}
