package heed.app.chart;

import heed.app.terminal.BadInputException;
import heed.app.terminal.Output;
import heed.page.figure.Figure;
import heed.page.figure.FigureFormat;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Charts of one style, beside one another in rows, as a .png or an .svg picture. */
public final class Charts implements Figure {
    private static final int WIDTH = 620;
    private static final int HEIGHT = 460;
    private static final String PNG = ".png";
    private static final String SVG = ".svg";
    private static final Color GRID = new Color(0xDDDDDD);

    /** Colours that everyone can tell apart (Okabe &amp; Ito 2008). */
    private static final List<Color> COLOURS =
            List.of(
                    new Color(0x0072B2),
                    new Color(0xD55E00),
                    new Color(0x009E73),
                    new Color(0xCC79A7),
                    new Color(0xE69F00),
                    new Color(0x56B4E9),
                    new Color(0x000000));

    static {
        System.setProperty("java.awt.headless", "true");
    }

    private final List<XYChart> charts;
    private final int columns;

    /**
     * @param columns charts of a row
     */
    public Charts(List<XYChart> charts, int columns) {
        this.charts = List.copyOf(charts);
        this.columns = columns;
    }

    /** An empty chart. */
    public static XYChart chart(String title, String xAxis, String yAxis, LegendPosition legend) {
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title(title)
                        .xAxisTitle(xAxis)
                        .yAxisTitle(yAxis)
                        .build();
        XYStyler styler = chart.getStyler();
        styler.setMarkerSize(7);
        styler.setPlotGridLinesColor(GRID);
        styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        styler.setPlotBorderVisible(false);
        styler.setLegendPosition(legend);
        styler.setLegendBorderColor(GRID);
        styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
        return chart;
    }

    /**
     * Adds a line.
     *
     * @param colour the number of one
     * @param points whether each value is marked
     */
    public static void add(
            XYChart chart,
            String name,
            int colour,
            boolean points,
            List<? extends Number> x,
            List<? extends Number> y) {
        Color chosen = COLOURS.get(colour % COLOURS.size());
        XYSeries series = chart.addSeries(name, new ArrayList<>(x), new ArrayList<>(y));
        series.setMarker(points ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE)
                .setMarkerColor(chosen)
                .setLineColor(chosen)
                .setLineStyle(new BasicStroke(points ? 2 : 1.5f));
    }

    /**
     * Refuses what {@link #write} could not write.
     *
     * @throws BadInputException if the name ends neither in .png nor in .svg
     */
    public static void checkName(Path file) {
        if (!endsWith(file, PNG) && !endsWith(file, SVG)) {
            throw new BadInputException(
                    "--plot draws .png and .svg files, not %s".formatted(file.getFileName()));
        }
    }

    private static boolean endsWith(Path file, String ending) {
        return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT).endsWith(ending);
    }

    /** Writes the picture that the end of the file's name says. */
    public void write(Path file) {
        FigureFormat format = endsWith(file, SVG) ? FigureFormat.SVG : FigureFormat.PNG;
        Output.writeBytes(stream -> format.write(this, stream), file, System.out);
    }

    @Override
    public int width() {
        return WIDTH * Math.min(columns, charts.size());
    }

    @Override
    public int height() {
        return HEIGHT * ((charts.size() + columns - 1) / columns);
    }

    @Override
    public void paint(Graphics2D graphics) {
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width(), height());
        for (int i = 0; i < charts.size(); i++) {
            int x = i % columns * WIDTH;
            int y = i / columns * HEIGHT;
            Graphics2D part = (Graphics2D) graphics.create(x, y, WIDTH, HEIGHT);
            charts.get(i).paint(part, WIDTH, HEIGHT);
            part.dispose();
        }
    }
}
