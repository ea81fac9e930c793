package heed.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import heed.attention.AttentionMask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MasksTest {
    @Test
    void namesAreThoseOfTheEngine() {
        assertThat(Masks.parse("full")).isEqualTo(AttentionMask.full());
        assertThat(Masks.parse("causal")).isEqualTo(AttentionMask.causal());
        assertThat(Masks.parse("window:7")).isEqualTo(AttentionMask.slidingWindow(7));
        assertThat(Masks.parse("window:7,0")).isEqualTo(AttentionMask.slidingWindow(7, 0));
        assertThat(Masks.parse("prefix:7")).isEqualTo(AttentionMask.prefix(7));
        AttentionMask both = Masks.parse("causal+documents:3,4");
        assertThat(both.allows(0, 5, 4)).isTrue();
        assertThat(both.allows(0, 5, 2)).isFalse();
        assertThat(both.allows(0, 5, 6)).isFalse();
        assertThat(Masks.parse("padding:2").allows(0, 5, 2)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cosal | there is no mask 'cosal': take full, causal, window:SIZE, prefix:LENGTH, padding:LENGTH or documents:LENGTH,…",
                "window:x | window:x: 'x' is not whole numbers, separated by ','",
                "window | window: '' is not whole numbers, separated by ','",
                "prefix:1,2 | prefix:1,2: '1,2' is not 1 whole numbers, separated by ','",
                "window:1,2,3 | a window has one size, or two: before and after",
                "window:-1 | window:-1: '-1' is not whole numbers, separated by ','",
            })
    void whatIsNoMaskIsRefused(String text, String message) {
        assertThatThrownBy(() -> Masks.parse(text)).hasMessage(message);
    }
}
