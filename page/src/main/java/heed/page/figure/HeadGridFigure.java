package heed.page.figure;

import java.awt.Font;
import java.awt.Graphics2D;
import java.util.List;

/**
 * All heads of a model as small maps, a row for each layer: in each, rows look and columns are
 * looked at.
 *
 * @param title above it
 * @param notes lines below the title
 * @param heads {@code [layers][heads]} of {@code [rows][columns]} weights between 0 and 1; NaN for
 *     none
 * @param hidden what a cell without a weight is; empty if there is none
 */
public record HeadGridFigure(
        String title, List<String> notes, double[][][][] heads, String hidden, Theme theme)
        implements Figure {

    private static final int LABEL = 34;
    private static final int GAP = 6;
    private static final int LEGEND = 90;
    private static final int LEGEND_HEIGHT = 150;
    private static final int SMALLEST_MAP = 40;
    private static final int LARGEST_MAP = 96;
    private static final int AIM = 860;

    /**
     * @throws IllegalArgumentException if there are no heads, or layers have not as many of them
     */
    public HeadGridFigure {
        notes = List.copyOf(notes);
        if (heads.length == 0 || heads[0].length == 0) {
            throw new IllegalArgumentException("no heads to draw");
        }
        for (double[][][] layer : heads) {
            if (layer.length != heads[0].length) {
                throw new IllegalArgumentException(
                        "layers of %d and of %d heads".formatted(heads[0].length, layer.length));
            }
        }
    }

    private int map() {
        return Math.clamp(AIM / heads[0].length - GAP, SMALLEST_MAP, LARGEST_MAP);
    }

    private int left() {
        return Pen.MARGIN + LABEL;
    }

    private int top() {
        return Pen.headHeight(lines().size()) + 30;
    }

    private int right() {
        return left() + heads[0].length * (map() + GAP) - GAP;
    }

    @Override
    public int width() {
        return Pen.pictureWidth(title, right() + 20 + LEGEND + Pen.MARGIN);
    }

    private List<String> lines() {
        return Pen.wrapped(notes, width());
    }

    @Override
    public int height() {
        int maps = heads.length * (map() + GAP) - GAP;
        return top() + Math.max(maps, LEGEND_HEIGHT + (hidden.isEmpty() ? 8 : 76)) + Pen.MARGIN;
    }

    @Override
    public void paint(Graphics2D graphics) {
        Pen pen = new Pen(graphics, theme);
        pen.background(width(), height());
        pen.head(title, lines());
        Font font = Pen.font(12);
        int step = map() + GAP;
        for (int head = 0; head < heads[0].length; head++) {
            pen.centred(
                    "H" + head, font, theme.text(), left() + head * step + map() / 2.0, top() - 8);
        }
        for (int layer = 0; layer < heads.length; layer++) {
            pen.endingAt(
                    "L" + layer,
                    font,
                    theme.text(),
                    left() - 8,
                    Pen.baseline(top() + layer * step + map() / 2.0, font));
            for (int head = 0; head < heads[layer].length; head++) {
                thumbnail(graphics, heads[layer][head], left() + head * step, top() + layer * step);
            }
        }
        pen.legend(right() + 20, top(), LEGEND_HEIGHT, hidden);
    }

    /**
     * A map of {@code map()} pixels. A run of cells of the same colour is one rectangle; where
     * there are more cells than pixels, a pixel is the largest of its cells.
     */
    private void thumbnail(Graphics2D graphics, double[][] cells, int x, int y) {
        int size = map();
        int rows = Math.min(size, cells.length);
        for (int row = 0; row < rows; row++) {
            int from = row * size / rows;
            int to = (row + 1) * size / rows;
            double[] line = line(cells, row, rows, size);
            for (int start = 0; start < line.length; ) {
                int end = start + 1;
                while (end < line.length && theme.of(line[end]).equals(theme.of(line[start]))) {
                    end++;
                }
                int left = start * size / line.length;
                int right = end * size / line.length;
                graphics.setColor(theme.of(line[start]));
                graphics.fillRect(x + left, y + from, right - left, to - from);
                start = end;
            }
        }
        graphics.setColor(theme.hidden());
        graphics.drawRect(x, y, size, size);
    }

    private static double[] line(double[][] cells, int row, int rows, int size) {
        int from = row * cells.length / rows;
        int to = Math.max(from + 1, (row + 1) * cells.length / rows);
        int columns = Math.min(size, cells[from].length);
        double[] line = new double[columns];
        for (int column = 0; column < columns; column++) {
            int first = column * cells[from].length / columns;
            int end = Math.max(first + 1, (column + 1) * cells[from].length / columns);
            double largest = Double.NaN;
            for (int i = from; i < to; i++) {
                for (int j = first; j < end; j++) {
                    largest =
                            Double.isNaN(largest)
                                    ? cells[i][j]
                                    : Math.max(largest, nonNan(cells[i][j]));
                }
            }
            line[column] = largest;
        }
        return line;
    }

    private static double nonNan(double weight) {
        return Double.isNaN(weight) ? 0 : weight;
    }
}
