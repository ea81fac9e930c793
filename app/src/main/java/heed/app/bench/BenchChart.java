package heed.app.bench;

import heed.app.cost.ModelShape;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.w3c.dom.Document;

/** Time and memory over the tokens, both on logarithmic axes. */
final class BenchChart {
    private static final int WIDTH = 620;
    private static final int HEIGHT = 460;
    private static final String SVG_NAMESPACE = "http://www.w3.org/2000/svg";

    /** Two colours that everyone can tell apart (Okabe &amp; Ito 2008). */
    private static final Color NAIVE = new Color(0xD55E00);

    private static final Color GRID = new Color(0xDDDDDD);
    private static final Color TILED = new Color(0x0072B2);

    static {
        System.setProperty("java.awt.headless", "true");
    }

    private final List<XYChart> charts;

    BenchChart(Benchmark benchmark, List<Benchmark.Row> rows) {
        List<Benchmark.Row> naive =
                rows.stream().filter(row -> row.naiveSeconds().isPresent()).toList();
        ModelShape shape = benchmark.shape();
        String what =
                "%d heads, d %d, %s, %d threads"
                        .formatted(
                                shape.heads(),
                                shape.headDim(),
                                shape.causal() ? "causal" : "full",
                                benchmark.threads());
        XYChart time = chart("Time of attention: " + what, "milliseconds");
        if (!naive.isEmpty()) {
            add(
                    time,
                    "naive",
                    NAIVE,
                    naive,
                    naive.stream().map(row -> 1e3 * row.naiveSeconds().orElseThrow()).toList());
        }
        add(
                time,
                "in tiles",
                TILED,
                rows,
                rows.stream().map(row -> 1e3 * row.tiledSeconds()).toList());
        XYChart memory = chart("Memory beside inputs and output", "megabytes");
        add(
                memory,
                "naive",
                NAIVE,
                rows,
                rows.stream().map(row -> row.naiveBytes() / 1e6).toList());
        add(
                memory,
                "in tiles",
                TILED,
                rows,
                rows.stream().map(row -> Math.max(1, row.tiledBytes()) / 1e6).toList());
        charts = List.of(time, memory);
    }

    private static XYChart chart(String title, String unit) {
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title(title)
                        .xAxisTitle("tokens")
                        .yAxisTitle(unit)
                        .build();
        XYStyler styler = chart.getStyler();
        styler.setXAxisLogarithmic(true).setYAxisLogarithmic(true).setMarkerSize(7);
        styler.setPlotGridLinesColor(GRID);
        styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        styler.setPlotBorderVisible(false);
        styler.setLegendPosition(LegendPosition.InsideNW);
        styler.setLegendBorderColor(GRID);
        styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
        return chart;
    }

    private static void add(
            XYChart chart,
            String name,
            Color colour,
            List<Benchmark.Row> rows,
            List<Double> values) {
        List<Integer> tokens = new ArrayList<>(rows.stream().map(Benchmark.Row::tokens).toList());
        XYSeries series = chart.addSeries(name, tokens, values);
        series.setMarker(SeriesMarkers.CIRCLE)
                .setMarkerColor(colour)
                .setLineColor(colour)
                .setLineStyle(new BasicStroke(2));
    }

    void writePng(OutputStream stream) throws IOException {
        int scale = 2;
        BufferedImage image =
                new BufferedImage(
                        scale * WIDTH * charts.size(), scale * HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(
                RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.scale(scale, scale);
        paint(graphics);
        graphics.dispose();
        ImageIO.write(image, "png", stream);
    }

    void writeSvg(OutputStream stream) throws IOException {
        SVGGraphics2D graphics = new SVGGraphics2D(emptySvg());
        graphics.setSVGCanvasSize(new Dimension(WIDTH * charts.size(), HEIGHT));
        paint(graphics);
        Writer writer = new OutputStreamWriter(stream, StandardCharsets.UTF_8);
        graphics.stream(writer, true);
        writer.flush();
    }

    private static Document emptySvg() throws IOException {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .getDOMImplementation()
                    .createDocument(SVG_NAMESPACE, "svg", null);
        } catch (ParserConfigurationException e) {
            throw new IOException(e);
        }
    }

    private void paint(Graphics2D graphics) {
        for (int i = 0; i < charts.size(); i++) {
            Graphics2D part = (Graphics2D) graphics.create(i * WIDTH, 0, WIDTH, HEIGHT);
            charts.get(i).paint(part, WIDTH, HEIGHT);
            part.dispose();
        }
    }
}
