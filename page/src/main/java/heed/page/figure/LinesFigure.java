package heed.page.figure;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.CubicCurve2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Weights as lines from what looks, on the left, to what is looked at: of each token the largest,
 * until they are {@link #SHARE} of what can be seen of it. The wider and darker, the larger.
 *
 * @param title above it
 * @param notes lines below the title
 * @param looks what looks, from above
 * @param lookedAt what is looked at
 * @param cells {@code [rows][columns]} weights between 0 and 1; NaN for none
 */
public record LinesFigure(
        String title,
        List<String> notes,
        List<String> looks,
        List<String> lookedAt,
        double[][] cells,
        Theme theme)
        implements Figure {

    /** The share of a token's weights that its lines have. */
    public static final double SHARE = 0.7;

    private static final int LINE = 22;
    private static final int LONGEST_LABEL = 170;
    private static final int BETWEEN = 260;
    private static final int HEADING = 26;
    private static final Font FONT = Pen.font(13);

    private record Edge(int from, int to, double weight) {}

    public LinesFigure {
        notes = List.copyOf(notes);
        looks = List.copyOf(looks);
        lookedAt = List.copyOf(lookedAt);
    }

    private int left() {
        return Pen.MARGIN + 6 + Math.max(50, Pen.width(looks, FONT, LONGEST_LABEL));
    }

    private int right() {
        return left() + BETWEEN;
    }

    private int top() {
        return Pen.headHeight(lines().size()) + HEADING + 8;
    }

    @Override
    public int width() {
        return Pen.pictureWidth(
                title,
                right() + 6 + Math.max(70, Pen.width(lookedAt, FONT, LONGEST_LABEL)) + Pen.MARGIN);
    }

    private List<String> lines() {
        return Pen.wrapped(allNotes(), width());
    }

    @Override
    public int height() {
        return top() + LINE * Math.max(looks.size(), lookedAt.size()) + Pen.MARGIN;
    }

    private List<String> allNotes() {
        long all =
                IntStream.range(0, cells.length)
                        .mapToLong(
                                i ->
                                        IntStream.range(0, cells[i].length)
                                                .filter(j -> cells[i][j] > 0)
                                                .count())
                        .sum();
        List<String> said = new ArrayList<>(notes);
        said.add(
                "Lines: of each token its largest weights, until they are 70 %% of them all; %,d of %,d are drawn."
                        .formatted(edges().size(), all));
        return said;
    }

    /** The largest of each row, until they are {@link #SHARE} of it; the smallest first. */
    private List<Edge> edges() {
        List<Edge> edges = new ArrayList<>();
        for (int i = 0; i < cells.length; i++) {
            double[] row = cells[i];
            int from = i;
            List<Edge> ofRow =
                    IntStream.range(0, row.length)
                            .filter(j -> row[j] > 0)
                            .mapToObj(j -> new Edge(from, j, row[j]))
                            .sorted(Comparator.comparingDouble(edge -> -edge.weight))
                            .toList();
            double whole = ofRow.stream().mapToDouble(Edge::weight).sum();
            double drawn = 0;
            for (Edge edge : ofRow) {
                if (drawn >= SHARE * whole) {
                    break;
                }
                edges.add(edge);
                drawn += edge.weight;
            }
        }
        edges.sort(Comparator.comparingDouble(Edge::weight));
        return edges;
    }

    @Override
    public void paint(Graphics2D graphics) {
        Pen pen = new Pen(graphics, theme);
        pen.background(width(), height());
        pen.head(title, lines());
        Font heading = Pen.font(12);
        pen.endingAt("looks", heading, theme.muted(), left(), top() - 12);
        pen.text("looked at", heading, theme.muted(), right(), top() - 12);
        for (Edge edge : edges()) {
            draw(graphics, edge);
        }
        for (int i = 0; i < looks.size(); i++) {
            String text = Pen.shown(looks.get(i), FONT, LONGEST_LABEL);
            pen.endingAt(text, FONT, theme.text(), left() - 6, Pen.baseline(y(i), FONT));
        }
        for (int j = 0; j < lookedAt.size(); j++) {
            String text = Pen.shown(lookedAt.get(j), FONT, LONGEST_LABEL);
            pen.text(text, FONT, theme.text(), right() + 6, Pen.baseline(y(j), FONT));
        }
    }

    private double y(int token) {
        return top() + (token + 0.5) * LINE;
    }

    private void draw(Graphics2D graphics, Edge edge) {
        Color line = theme.line();
        double strength = Math.sqrt(Math.clamp(edge.weight, 0, 1));
        int alpha = (int) Math.round(255 * (0.12 + 0.88 * strength));
        graphics.setColor(new Color(line.getRed(), line.getGreen(), line.getBlue(), alpha));
        graphics.setStroke(new BasicStroke((float) (0.5 + 4 * edge.weight)));
        double third = BETWEEN / 3.0;
        graphics.draw(
                new CubicCurve2D.Double(
                        left(),
                        y(edge.from),
                        left() + third,
                        y(edge.from),
                        right() - third,
                        y(edge.to),
                        right(),
                        y(edge.to)));
    }
}
