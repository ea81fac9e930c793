package heed.page.figure;

import java.awt.Color;
import java.util.Arrays;
import java.util.List;

/**
 * The colours of a picture. A weight is shown by a scale from the background on, which people who
 * see fewer colours tell apart by its lightness.
 */
public enum Theme {
    /** Dark on white: ColorBrewer's blues. */
    LIGHT(
            0xFFFFFF, 0x1B1B1B, 0x5C5C5C, 0xD9D9D9, 0xF7FBFF, 0xDEEBF7, 0xC6DBEF, 0x9ECAE1,
            0x6BAED6, 0x4292C6, 0x2171B5, 0x08519C, 0x08306B),
    /** Light on black: viridis, begun at the background. */
    DARK(
            0x16181C, 0xECECEC, 0xA9A9A9, 0x4A4D52, 0x20222A, 0x3B3A6B, 0x3B528B, 0x2C728E,
            0x21918C, 0x28AE80, 0x5EC962, 0xADDC30, 0xFDE725);

    private final Color background;
    private final Color text;
    private final Color muted;
    private final Color hidden;

    @SuppressWarnings("ImmutableEnumChecker") // the list is one that cannot be changed
    private final List<Color> scale;

    Theme(int background, int text, int muted, int hidden, Integer... scale) {
        this.background = new Color(background);
        this.text = new Color(text);
        this.muted = new Color(muted);
        this.hidden = new Color(hidden);
        this.scale = Arrays.stream(scale).map(Color::new).toList();
    }

    Color background() {
        return background;
    }

    Color text() {
        return text;
    }

    /** Of what is said beside. */
    Color muted() {
        return muted;
    }

    /** Of a weight that the mask hides, or that is out of sight. */
    Color hidden() {
        return hidden;
    }

    /** Of lines. */
    Color line() {
        return scale.get(scale.size() - 3);
    }

    /**
     * The colour of a weight between 0 and 1, or of none: by its square root, so that a tenth can
     * be told from nothing. The scale never depends on what is shown.
     */
    Color of(double weight) {
        if (Double.isNaN(weight)) {
            return hidden;
        }
        double at = Math.sqrt(Math.clamp(weight, 0, 1)) * (scale.size() - 1);
        int low = Math.min((int) at, scale.size() - 2);
        double between = at - low;
        Color a = scale.get(low);
        Color b = scale.get(low + 1);
        return new Color(
                mix(a.getRed(), b.getRed(), between),
                mix(a.getGreen(), b.getGreen(), between),
                mix(a.getBlue(), b.getBlue(), between));
    }

    private static int mix(int a, int b, double between) {
        return (int) Math.round(a + (b - a) * between);
    }

    /** Text that can be read on a weight's colour: black or white, whichever stands out more. */
    Color on(double weight) {
        double luminance = luminance(of(weight));
        return luminance + 0.05 > Math.sqrt(1.05 * 0.05) ? Color.BLACK : Color.WHITE;
    }

    /** Relative luminance (WCAG 2.2): the contrast of two colours is the ratio of it, plus 0.05. */
    private static double luminance(Color colour) {
        return 0.2126 * linear(colour.getRed())
                + 0.7152 * linear(colour.getGreen())
                + 0.0722 * linear(colour.getBlue());
    }

    private static double linear(int channel) {
        double x = channel / 255.0;
        return x <= 0.04045 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4);
    }
}
