package heed.page.figure;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Colours that can be told apart and read. */
class ThemeTest {

    @ParameterizedTest
    @EnumSource
    void theScaleGoesOneWayInLightness(Theme theme) {
        boolean darker = theme == Theme.LIGHT;
        double before = luminance(theme.of(0));
        for (int i = 1; i <= 200; i++) {
            double next = luminance(theme.of(i / 200.0));
            assertThat(darker ? before - next : next - before).isGreaterThan(-1e-3);
            before = next;
        }
        assertThat(contrast(theme.of(0), theme.of(1))).isGreaterThan(10);
        assertThat(theme.of(-1)).isEqualTo(theme.of(0));
        assertThat(theme.of(7)).isEqualTo(theme.of(1));
        assertThat(theme.of(Double.NaN)).isNotEqualTo(theme.of(0));
    }

    /** WCAG 2.2, 1.4.3. */
    @ParameterizedTest
    @EnumSource
    void textCanBeRead(Theme theme) {
        assertThat(contrast(theme.text(), theme.background())).isGreaterThan(7);
        assertThat(contrast(theme.muted(), theme.background())).isGreaterThan(4.5);
        for (int i = 0; i <= 200; i++) {
            assertThat(contrast(theme.on(i / 200.0), theme.of(i / 200.0))).isGreaterThan(4.5);
        }
    }

    private static double contrast(Color a, Color b) {
        double high = Math.max(luminance(a), luminance(b));
        double low = Math.min(luminance(a), luminance(b));
        return (high + 0.05) / (low + 0.05);
    }

    private static double luminance(Color colour) {
        return 0.2126 * linear(colour.getRed())
                + 0.7152 * linear(colour.getGreen())
                + 0.0722 * linear(colour.getBlue());
    }

    private static double linear(int value) {
        double x = value / 255.0;
        return x <= 0.04045 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4);
    }
}
