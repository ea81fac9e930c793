package heed.app;

import java.util.List;

/**
 * A heat map in the terminal: rows look, columns are looked at. With colour, a character cell is
 * two rows, drawn by its upper half block; without, it is one row and a character from light to
 * dark.
 */
final class HeatMap {
    private static final int LABEL_WIDTH = 14;
    private static final int COLUMN_LABEL_HEIGHT = 10;
    private static final String SHADES = " .:-=+*#%@";

    /** From black over red and yellow to white: anchors of the colour scale. */
    private static final int[][] ANCHORS = {
        {13, 8, 35}, {101, 21, 110}, {203, 65, 73}, {251, 155, 6}, {252, 255, 164}
    };

    static String render(LookResult result, boolean colour) {
        double max = 0;
        for (double[] row : result.matrix()) {
            for (double weight : row) {
                max = Math.max(max, weight);
            }
        }
        StringBuilder map = new StringBuilder(LookText.heading(result));
        map.append("Rows look, columns are looked at; the brightest cell is ")
                .append("%.3f".formatted(max))
                .append(".\n\n");
        appendColumnLabels(map, result.tokens());
        if (colour) {
            appendColoured(map, result, max);
        } else {
            appendPlain(map, result, max);
        }
        return map.toString();
    }

    /** Written downwards, one letter a line, so that a column is one or two characters wide. */
    private static void appendColumnLabels(StringBuilder map, List<String> tokens) {
        List<int[]> labels =
                tokens.stream()
                        .map(t -> Terminal.shortened(t, COLUMN_LABEL_HEIGHT).codePoints().toArray())
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

    private static void appendPlain(StringBuilder map, LookResult result, double max) {
        for (int i = 0; i < result.matrix().length; i++) {
            map.append(label(result.token(i), LABEL_WIDTH)).append(' ');
            for (double weight : result.matrix()[i]) {
                int shade = (int) Math.round(share(weight, max) * (SHADES.length() - 1));
                map.append(SHADES.charAt(shade)).append(SHADES.charAt(shade));
            }
            map.append('\n');
        }
    }

    private static void appendColoured(StringBuilder map, LookResult result, double max) {
        double[][] matrix = result.matrix();
        for (int i = 0; i < matrix.length; i += 2) {
            boolean pair = i + 1 < matrix.length;
            int half = (LABEL_WIDTH - 1) / 2;
            map.append(
                            pair
                                    ? label(result.token(i), half)
                                            + "/"
                                            + label(result.token(i + 1), LABEL_WIDTH - 1 - half)
                                    : label(result.token(i), LABEL_WIDTH))
                    .append(' ');
            for (int j = 0; j < matrix.length; j++) {
                map.append("\u001b[38;2;").append(rgb(share(matrix[i][j], max))).append('m');
                if (pair) {
                    map.append("\u001b[48;2;")
                            .append(rgb(share(matrix[i + 1][j], max)))
                            .append('m');
                }
                map.append("▀▀").append("\u001b[0m");
            }
            map.append('\n');
        }
    }

    private static String label(String token, int width) {
        return Terminal.padded(Terminal.shortened(token, width), width);
    }

    private static double share(double weight, double max) {
        return max > 0 ? weight / max : 0;
    }

    private static String rgb(double share) {
        double at = share * (ANCHORS.length - 1);
        int low = Math.min((int) at, ANCHORS.length - 2);
        double between = at - low;
        StringBuilder rgb = new StringBuilder();
        for (int channel = 0; channel < 3; channel++) {
            double value =
                    ANCHORS[low][channel] * (1 - between) + ANCHORS[low + 1][channel] * between;
            rgb.append(channel == 0 ? "" : ";").append(Math.round(value));
        }
        return rgb.toString();
    }

    private HeatMap() {}
}
