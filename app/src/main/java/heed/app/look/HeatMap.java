package heed.app.look;

import heed.app.terminal.Terminal;
import heed.microscope.Units;
import heed.microscope.look.LookResult;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A heat map in the terminal: rows look, columns are looked at. With colour, a character cell is
 * two rows, drawn by its upper half block; without, it is one row and a character from light to
 * dark.
 */
final class HeatMap {
    private static final int LABEL_WIDTH = 14;
    private static final int COLUMN_LABEL_HEIGHT = 10;
    private static final String SHADES = " .:-=+*#%@";

    /** Of a cell that is out of sight. */
    private static final String GREY = "96;96;96";

    /** From black over red and yellow to white: anchors of the colour scale. */
    private static final int[][] ANCHORS = {
        {13, 8, 35}, {101, 21, 110}, {203, 65, 73}, {251, 155, 6}, {252, 255, 164}
    };

    private final LookResult result;
    private final double[][] cells;
    private final double max;

    private HeatMap(LookResult result) {
        this.result = result;
        this.cells = result.cells();
        this.max =
                Arrays.stream(cells)
                        .flatMapToDouble(Arrays::stream)
                        .filter(Double::isFinite)
                        .max()
                        .orElse(0);
    }

    static String render(LookAnswer answer, boolean colour) {
        LookResult result = answer.result();
        HeatMap heatMap = new HeatMap(result);
        StringBuilder map = new StringBuilder(LookText.heading(answer));
        map.append("Rows look, columns are looked at; the strongest cell is ")
                .append(String.format(Locale.ROOT, "%.2f", heatMap.max))
                .append(
                        colour
                                ? ", grey is hidden.\n\n"
                                : ", shades are “" + SHADES + "”, · is hidden.\n\n");
        appendColumnLabels(map, result.units());
        if (colour) {
            heatMap.appendColoured(map);
        } else {
            heatMap.appendPlain(map);
        }
        return map.toString();
    }

    /** Written downwards, one letter a line, so that a column is one or two characters wide. */
    private static void appendColumnLabels(StringBuilder map, Units units) {
        List<int[]> labels =
                units.list().stream()
                        .map(
                                unit ->
                                        Terminal.shortened(unit.text(), COLUMN_LABEL_HEIGHT)
                                                .codePoints()
                                                .toArray())
                        .toList();
        int height = labels.stream().mapToInt(label -> label.length).max().orElse(0);
        for (int line = 0; line < height; line++) {
            StringBuilder text = new StringBuilder(" ".repeat(LABEL_WIDTH + 1));
            for (int[] label : labels) {
                int at = line - (height - label.length);
                String letter = at < 0 ? " " : Character.toString(label[at]);
                text.append(Terminal.padded(letter, 2));
            }
            map.append(text.toString().stripTrailing()).append('\n');
        }
    }

    private void appendPlain(StringBuilder map) {
        for (int i = 0; i < cells.length; i++) {
            StringBuilder line = new StringBuilder(rowLabel(i, LABEL_WIDTH)).append(' ');
            for (double weight : cells[i]) {
                line.append(
                        Double.isNaN(weight)
                                ? "· "
                                : String.valueOf(SHADES.charAt(shade(weight))).repeat(2));
            }
            map.append(line.toString().stripTrailing()).append('\n');
        }
    }

    private void appendColoured(StringBuilder map) {
        for (int i = 0; i < cells.length; i += 2) {
            boolean pair = i + 1 < cells.length;
            int half = (LABEL_WIDTH - 1) / 2;
            map.append(
                            pair
                                    ? rowLabel(i, half)
                                            + "/"
                                            + rowLabel(i + 1, LABEL_WIDTH - 1 - half)
                                    : rowLabel(i, LABEL_WIDTH))
                    .append(' ');
            for (int j = 0; j < cells[i].length; j++) {
                map.append("\u001b[38;2;").append(rgb(cells[i][j])).append('m');
                if (pair) {
                    map.append("\u001b[48;2;").append(rgb(cells[i + 1][j])).append('m');
                }
                map.append("▀▀\u001b[0m");
            }
            map.append('\n');
        }
    }

    private String rowLabel(int row, int width) {
        String token = result.token(result.queries().get(row).query());
        return Terminal.padded(Terminal.shortened(token, width), width);
    }

    private int shade(double weight) {
        return (int) Math.round(share(weight) * (SHADES.length() - 1));
    }

    private double share(double weight) {
        return max > 0 ? weight / max : 0;
    }

    private String rgb(double weight) {
        if (Double.isNaN(weight)) {
            return GREY;
        }
        double at = share(weight) * (ANCHORS.length - 1);
        int low = Math.min((int) at, ANCHORS.length - 2);
        double between = at - low;
        return IntStream.range(0, 3)
                .mapToLong(
                        channel ->
                                Math.round(
                                        ANCHORS[low][channel] * (1 - between)
                                                + ANCHORS[low + 1][channel] * between))
                .mapToObj(String::valueOf)
                .collect(Collectors.joining(";"));
    }
}
