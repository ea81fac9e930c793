package heed.page.figure;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** Draws what pictures have in common. */
final class Pen {
    private static final String ELLIPSIS = "…";
    private static final Graphics2D SCRATCH =
            new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();

    static final int MARGIN = 16;
    private static final int TITLE_SIZE = 15;
    private static final int NOTE_SIZE = 12;
    private static final int NOTE_LINE = 17;
    private static final int LEAST_WIDTH = 440;

    private final Graphics2D graphics;
    private final Theme theme;

    Pen(Graphics2D graphics, Theme theme) {
        this.graphics = graphics;
        this.theme = theme;
    }

    static Font font(double size) {
        return new Font(Font.SANS_SERIF, Font.PLAIN, 1).deriveFont((float) size);
    }

    private static Font bold(double size) {
        return new Font(Font.SANS_SERIF, Font.BOLD, 1).deriveFont((float) size);
    }

    static int width(String text, Font font) {
        return SCRATCH.getFontMetrics(font).stringWidth(text);
    }

    /** The widest of some texts, none of which is wider than {@code most} when it is drawn. */
    static int width(List<String> texts, Font font, int most) {
        return texts.stream().mapToInt(text -> Math.min(most, width(text, font))).max().orElse(0);
    }

    /** White space that can be seen, and no more than fits. */
    static String shown(String text, Font font, int most) {
        String visible = text.replace("\n", "⏎").replace("\t", "⇥").replaceAll("[\\p{Cc}]", "�");
        if (visible.isBlank()) {
            visible = "␣".repeat(visible.length());
        }
        if (width(visible, font) <= most) {
            return visible;
        }
        int end = visible.length();
        while (end > 1 && width(visible.substring(0, end) + ELLIPSIS, font) > most) {
            end = visible.offsetByCodePoints(end, -1);
        }
        return visible.substring(0, end) + ELLIPSIS;
    }

    /** The height of a title with so many lines below it. */
    static int headHeight(int notes) {
        return MARGIN + TITLE_SIZE + 8 + notes * NOTE_LINE;
    }

    /** The width of a picture with this title whose own parts are so wide. */
    static int pictureWidth(String title, int parts) {
        return Math.max(parts, 2 * MARGIN + Math.max(LEAST_WIDTH, width(title, bold(TITLE_SIZE))));
    }

    /** Notes cut into lines, between words, that fit a picture of this width. */
    static List<String> wrapped(List<String> notes, int pictureWidth) {
        int most = pictureWidth - 2 * MARGIN;
        List<String> lines = new ArrayList<>();
        for (String note : notes) {
            String line = "";
            for (String word : note.split(" ", -1)) {
                String longer = line.isEmpty() ? word : line + " " + word;
                if (!line.isEmpty() && width(longer, font(NOTE_SIZE)) > most) {
                    lines.add(line);
                    longer = word;
                }
                line = longer;
            }
            lines.add(line);
        }
        return lines;
    }

    void background(int width, int height) {
        graphics.setColor(theme.background());
        graphics.fillRect(0, 0, width, height);
    }

    void head(String title, List<String> notes) {
        text(title, bold(TITLE_SIZE), theme.text(), MARGIN, MARGIN + TITLE_SIZE);
        int y = MARGIN + TITLE_SIZE + 4;
        for (String note : notes) {
            y += NOTE_LINE;
            text(note, font(NOTE_SIZE), theme.muted(), MARGIN, y);
        }
    }

    /** Text that begins at x. */
    void text(String text, Font font, Color colour, double x, double baseline) {
        graphics.setFont(font);
        graphics.setColor(colour);
        graphics.drawString(text, (float) x, (float) baseline);
    }

    /** Text that ends at x. */
    void endingAt(String text, Font font, Color colour, double x, double baseline) {
        text(text, font, colour, x - width(text, font), baseline);
    }

    /** Text with its middle at x. */
    void centred(String text, Font font, Color colour, double x, double baseline) {
        text(text, font, colour, x - width(text, font) / 2.0, baseline);
    }

    /** Text that is read from below, begins at y, and has its middle at x. */
    void upwards(String text, Font font, Color colour, double x, double y) {
        AffineTransform before = graphics.getTransform();
        FontMetrics metrics = SCRATCH.getFontMetrics(font);
        graphics.translate(x + (metrics.getAscent() - metrics.getDescent()) / 2.0, y);
        graphics.rotate(-Math.PI / 2);
        text(text, font, colour, 0, 0);
        graphics.setTransform(before);
    }

    /** The baseline of text whose middle is at y. */
    static double baseline(double y, Font font) {
        FontMetrics metrics = SCRATCH.getFontMetrics(font);
        return y + (metrics.getAscent() - metrics.getDescent()) / 2.0;
    }

    /** The scale of weights, and what a cell without one is; 60 wide. */
    void legend(int x, int y, int height, String hidden) {
        Font font = font(11);
        int bar = 14;
        for (int i = 0; i < height; i++) {
            double root = 1 - (i + 0.5) / height;
            graphics.setColor(theme.of(root * root));
            graphics.fillRect(x, y + i, bar, 1);
        }
        graphics.setColor(theme.muted());
        graphics.drawRect(x, y, bar, height);
        for (double tick : new double[] {0, 0.05, 0.25, 0.5, 1}) {
            double at = y + height * (1 - Math.sqrt(tick));
            String name = tick == Math.rint(tick) ? "%.0f".formatted(tick) : String.valueOf(tick);
            text(name, font, theme.muted(), x + bar + 6, baseline(at, font));
        }
        if (!hidden.isEmpty()) {
            graphics.setColor(theme.hidden());
            graphics.fillRect(x, y + height + 16, bar, bar);
            int line = y + height + 16;
            for (String word : hidden.split("\n", -1)) {
                text(word, font, theme.muted(), x + bar + 6, baseline(line + bar / 2.0, font));
                line += 14;
            }
        }
    }
}
