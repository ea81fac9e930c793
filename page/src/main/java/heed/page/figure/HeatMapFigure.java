package heed.page.figure;

import java.awt.Font;
import java.awt.Graphics2D;
import java.util.List;
import java.util.Locale;

/**
 * Weights as a map: rows look, columns are looked at. The colours are those of weights from 0 to 1,
 * whatever the largest is.
 *
 * @param title above it
 * @param notes lines below the title
 * @param looks names of the rows
 * @param lookedAt names of the columns
 * @param cells {@code [rows][columns]} weights between 0 and 1; NaN for none
 * @param hidden what a cell without a weight is, in short lines; empty if there is none
 */
public record HeatMapFigure(
        String title,
        List<String> notes,
        List<String> looks,
        List<String> lookedAt,
        double[][] cells,
        String hidden,
        Theme theme)
        implements Figure {

    private static final int LONGEST_LABEL = 130;
    private static final int AXIS = 20;
    private static final int LEGEND = 90;
    private static final int SMALLEST_CELL = 12;
    private static final int LARGEST_CELL = 40;
    private static final int AIM = 560;

    /** Cells from this size on have their weight written into them. */
    private static final int CELL_WITH_NUMBER = 32;

    private static final int LEGEND_HEIGHT = 150;

    /**
     * @throws IllegalArgumentException if there is not a cell for each pair of names
     */
    public HeatMapFigure {
        notes = List.copyOf(notes);
        looks = List.copyOf(looks);
        lookedAt = List.copyOf(lookedAt);
        if (cells.length != looks.size() || cells.length == 0) {
            throw new IllegalArgumentException(
                    "%d rows of weights for %d names".formatted(cells.length, looks.size()));
        }
        for (double[] row : cells) {
            if (row.length != lookedAt.size()) {
                throw new IllegalArgumentException(
                        "%d weights of a row for %d names".formatted(row.length, lookedAt.size()));
            }
        }
    }

    private int cell() {
        return Math.clamp(
                AIM / Math.max(looks.size(), lookedAt.size()), SMALLEST_CELL, LARGEST_CELL);
    }

    private Font labelFont() {
        return Pen.font(Math.clamp(cell() * 0.8, 9.5, 13));
    }

    private int left() {
        return Pen.MARGIN + AXIS + Pen.width(looks, labelFont(), LONGEST_LABEL) + 8;
    }

    private int top() {
        return Pen.headHeight(lines().size())
                + AXIS
                + 8
                + Pen.width(lookedAt, labelFont(), LONGEST_LABEL)
                + 8;
    }

    @Override
    public int width() {
        return Pen.pictureWidth(
                title, left() + cell() * lookedAt.size() + 20 + LEGEND + Pen.MARGIN);
    }

    private List<String> lines() {
        return Pen.wrapped(notes, width());
    }

    @Override
    public int height() {
        int map = Math.max(cell() * looks.size(), LEGEND_HEIGHT + (hidden.isEmpty() ? 8 : 76));
        return top() + map + Pen.MARGIN;
    }

    @Override
    public void paint(Graphics2D graphics) {
        Pen pen = new Pen(graphics, theme);
        pen.background(width(), height());
        pen.head(title, lines());
        axes(pen);
        cells(graphics, pen);
        pen.legend(left() + cell() * lookedAt.size() + 20, top(), LEGEND_HEIGHT, hidden);
    }

    private void axes(Pen pen) {
        Font axis = Pen.font(12);
        int cell = cell();
        double middle = left() + cell * lookedAt.size() / 2.0;
        pen.centred(
                "looked at →",
                axis,
                theme.muted(),
                Math.max(middle, left() + Pen.width("looked at →", axis) / 2.0),
                Pen.headHeight(lines().size()) + AXIS - 4);
        double bottom = top() + cell * looks.size() / 2.0 + Pen.width("← looks", axis) / 2.0;
        pen.upwards("← looks", axis, theme.muted(), Pen.MARGIN + AXIS / 2.0 - 3, bottom);
        Font font = labelFont();
        for (int j = 0; j < lookedAt.size(); j++) {
            pen.upwards(
                    Pen.shown(lookedAt.get(j), font, LONGEST_LABEL),
                    font,
                    theme.text(),
                    left() + (j + 0.5) * cell,
                    top() - 6);
        }
        for (int i = 0; i < looks.size(); i++) {
            pen.endingAt(
                    Pen.shown(looks.get(i), font, LONGEST_LABEL),
                    font,
                    theme.text(),
                    left() - 8,
                    Pen.baseline(top() + (i + 0.5) * cell, font));
        }
    }

    private void cells(Graphics2D graphics, Pen pen) {
        int cell = cell();
        Font font = Pen.font(11);
        for (int i = 0; i < cells.length; i++) {
            for (int j = 0; j < cells[i].length; j++) {
                int x = left() + j * cell;
                int y = top() + i * cell;
                graphics.setColor(theme.of(cells[i][j]));
                graphics.fillRect(x, y, cell, cell);
                if (cell >= CELL_WITH_NUMBER && cells[i][j] >= 0.005) {
                    String number =
                            String.format(Locale.ROOT, "%.2f", cells[i][j]).replaceFirst("^0", "");
                    pen.centred(
                            number,
                            font,
                            theme.on(cells[i][j]),
                            x + cell / 2.0,
                            Pen.baseline(y + cell / 2.0, font));
                }
            }
        }
        graphics.setColor(theme.hidden());
        graphics.drawRect(left(), top(), cell * lookedAt.size(), cell * looks.size());
    }
}
