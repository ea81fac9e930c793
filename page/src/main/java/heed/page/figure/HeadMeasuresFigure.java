package heed.page.figure;

import java.awt.Font;
import java.awt.Graphics2D;
import java.util.Arrays;
import java.util.List;

/**
 * What the heads of a model do, by several measures: a small map for each, a row for each layer and
 * a column for each head.
 *
 * @param title above all
 * @param notes lines below the title
 * @param measures the maps, from left to right and down
 */
public record HeadMeasuresFigure(
        String title, List<String> notes, List<Measure> measures, Theme theme) implements Figure {

    /**
     * A measure.
     *
     * @param name above its map
     * @param values {@code [layers][heads]} between 0 and 1; NaN for none
     */
    public record Measure(String name, double[][] values) {}

    private static final int CELL = 18;
    private static final int LABEL = 30;
    private static final int HEADING = 44;
    private static final int GAP = 26;
    private static final int COLUMNS = 3;
    private static final int LEGEND = 90;
    private static final int LEGEND_HEIGHT = 150;
    private static final int LEAST_PANEL = 150;
    private static final Font NAME = Pen.font(13);
    private static final Font LABELS = Pen.font(10);

    /**
     * @throws IllegalArgumentException if there are no measures, or they are not of the same heads
     */
    public HeadMeasuresFigure {
        notes = List.copyOf(notes);
        measures = List.copyOf(measures);
        if (measures.isEmpty()) {
            throw new IllegalArgumentException("no measures to draw");
        }
        for (Measure measure : measures) {
            int heads = measures.getFirst().values[0].length;
            if (measure.values.length != measures.getFirst().values.length
                    || Arrays.stream(measure.values).anyMatch(layer -> layer.length != heads)) {
                throw new IllegalArgumentException(
                        "%s is not of the same heads as %s"
                                .formatted(measure.name, measures.getFirst().name));
            }
        }
    }

    private int layers() {
        return measures.getFirst().values.length;
    }

    private int heads() {
        return measures.getFirst().values[0].length;
    }

    private int columns() {
        return Math.min(COLUMNS, measures.size());
    }

    private int panelWidth() {
        return LABEL + Math.max(LEAST_PANEL, heads() * CELL) + GAP;
    }

    private int panelHeight() {
        return HEADING + layers() * CELL + GAP;
    }

    private int top() {
        return Pen.headHeight(lines().size()) + 8;
    }

    private int right() {
        return Pen.MARGIN + columns() * panelWidth();
    }

    private List<String> lines() {
        return Pen.wrapped(notes, width());
    }

    @Override
    public int width() {
        return Pen.pictureWidth(title, right() + LEGEND + Pen.MARGIN);
    }

    @Override
    public int height() {
        int rows = (measures.size() + columns() - 1) / columns();
        return top() + Math.max(rows * panelHeight(), HEADING + LEGEND_HEIGHT + 8) + Pen.MARGIN;
    }

    @Override
    public void paint(Graphics2D graphics) {
        Pen pen = new Pen(graphics, theme);
        pen.background(width(), height());
        pen.head(title, lines());
        for (int i = 0; i < measures.size(); i++) {
            panel(
                    graphics,
                    pen,
                    measures.get(i),
                    Pen.MARGIN + i % columns() * panelWidth(),
                    top() + i / columns() * panelHeight());
        }
        pen.legend(right(), top() + HEADING, LEGEND_HEIGHT, "");
    }

    private void panel(Graphics2D graphics, Pen pen, Measure measure, int x, int y) {
        String name = Pen.shown(measure.name, NAME, panelWidth() - LABEL);
        pen.text(name, NAME, theme.text(), x + LABEL, y + 18);
        for (int head = 0; head < heads(); head++) {
            pen.centred(
                    String.valueOf(head),
                    LABELS,
                    theme.muted(),
                    x + LABEL + (head + 0.5) * CELL,
                    y + HEADING - 5);
        }
        for (int layer = 0; layer < layers(); layer++) {
            int line = y + HEADING + layer * CELL;
            pen.endingAt(
                    "L" + layer,
                    LABELS,
                    theme.muted(),
                    x + LABEL - 5,
                    Pen.baseline(line + CELL / 2.0, LABELS));
            for (int head = 0; head < heads(); head++) {
                graphics.setColor(theme.of(measure.values[layer][head]));
                graphics.fillRect(x + LABEL + head * CELL, line, CELL, CELL);
            }
        }
        graphics.setColor(theme.hidden());
        graphics.drawRect(x + LABEL, y + HEADING, heads() * CELL, layers() * CELL);
    }
}
