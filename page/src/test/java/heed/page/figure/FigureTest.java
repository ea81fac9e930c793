package heed.page.figure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** What pictures hold, and that nothing of them is cut off. */
class FigureTest {
    private static final String HOSTILE = "<script>alert('&\"')</script>";

    /** Random rows that sum to 1, the upper triangle hidden if that is asked for. */
    private static double[][] weights(int rows, int columns, boolean causal) {
        Random random = new Random(rows * 31L + columns);
        double[][] cells = new double[rows][columns];
        for (int i = 0; i < rows; i++) {
            double sum = 0;
            for (int j = 0; j < columns; j++) {
                cells[i][j] = causal && j > i ? Double.NaN : Math.exp(4 * random.nextGaussian());
                sum += Double.isNaN(cells[i][j]) ? 0 : cells[i][j];
            }
            for (int j = 0; j < columns; j++) {
                cells[i][j] /= sum;
            }
        }
        return cells;
    }

    private static List<String> tokens(int n) {
        List<String> some =
                List.of(
                        "The",
                        "trophy",
                        HOSTILE,
                        "▁cafés",
                        "\n",
                        " ",
                        "漢字",
                        "antidisestablishmentarianism");
        return IntStream.range(0, n).mapToObj(i -> some.get(i % some.size())).toList();
    }

    private static Stream<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        for (Theme theme : Theme.values()) {
            for (int n : new int[] {1, 2, 12, 60}) {
                List<String> notes =
                        List.of(
                                "A note that is long enough to be cut into lines, between words, where the picture is not as wide as it.",
                                HOSTILE);
                figures.add(
                        new HeatMapFigure(
                                "A model " + HOSTILE,
                                notes,
                                tokens(n),
                                tokens(n),
                                weights(n, n, true),
                                "hidden by\nthe mask",
                                theme));
                figures.add(
                        new LinesFigure(
                                "A model",
                                notes,
                                tokens(n),
                                tokens(n),
                                weights(n, n, false),
                                theme));
                figures.add(
                        new HeadGridFigure(
                                "A model",
                                notes,
                                new double[][][][] {
                                    {weights(n, n, true), weights(n, n, false)},
                                    {weights(n, n, false), weights(n, n, true)}
                                },
                                "",
                                theme));
            }
            figures.add(
                    new HeadMeasuresFigure(
                            "A model",
                            List.of(),
                            List.of(
                                    new HeadMeasuresFigure.Measure(HOSTILE, weights(30, 32, false)),
                                    new HeadMeasuresFigure.Measure("b", weights(30, 32, true))),
                            theme));
        }
        return figures.stream();
    }

    @ParameterizedTest
    @MethodSource("figures")
    void nothingTouchesTheEdge(Figure figure) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        FigureFormat.PNG.write(figure, bytes);
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(bytes.toByteArray()));

        assertThat(image.getWidth()).isEqualTo(2 * figure.width());
        assertThat(image.getHeight()).isEqualTo(2 * figure.height());
        int background = image.getRGB(0, 0);
        for (int x = 0; x < image.getWidth(); x++) {
            assertThat(image.getRGB(x, 3)).isEqualTo(background);
            assertThat(image.getRGB(x, image.getHeight() - 4)).isEqualTo(background);
        }
        for (int y = 0; y < image.getHeight(); y++) {
            assertThat(image.getRGB(3, y)).isEqualTo(background);
            assertThat(image.getRGB(image.getWidth() - 4, y)).isEqualTo(background);
        }
    }

    @ParameterizedTest
    @MethodSource("figures")
    void vectorGraphicsAreWellFormedAndTheirTextIsText(Figure figure) throws Exception {
        Document svg = svg(figure);

        assertThat(svg.getDocumentElement().getAttribute("viewBox"))
                .isEqualTo("0 0 %d %d".formatted(figure.width(), figure.height()));
        assertThat(svg.getElementsByTagName("script").getLength()).isZero();
        assertThat(texts(svg)).isNotEmpty();
    }

    @Test
    void aMapHasEveryLabelAndEveryNumber() throws Exception {
        double[][] cells = {{0.25, 0.75}, {Double.NaN, 0.004}};
        Document svg =
                svg(
                        new HeatMapFigure(
                                "gpt",
                                List.of("Weights."),
                                List.of("a", "<b>&</b>"),
                                List.of("c", "d"),
                                cells,
                                "hidden",
                                Theme.LIGHT));

        assertThat(texts(svg))
                .contains(
                        "gpt",
                        "Weights.",
                        "a",
                        "c",
                        "d",
                        "<b>&</b>",
                        "hidden",
                        "looked at →",
                        "← looks")
                .contains(".25", ".75")
                .doesNotContain(".00", "NaN");
    }

    /** Of 0.6, 0.3, 0.1 the first two are 70 % and more; of 0.7 and 0.3 the first alone. */
    @Test
    void linesAreDrawnUntilSeventyPercentAndTheRestIsCounted() throws Exception {
        double[][] cells = {{0.6, 0.3, 0.1}, {0.3, 0.7, Double.NaN}, {0, 0, 1}};
        List<String> tokens = List.of("a", "b", "c");
        Document svg = svg(new LinesFigure("gpt", List.of(), tokens, tokens, cells, Theme.LIGHT));

        assertThat(String.join(" ", texts(svg))).contains("4 of 6 are drawn");
        assertThat(svg.getElementsByTagName("path").getLength()).isEqualTo(4);
    }

    @Test
    void whatDoesNotFitTogetherIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                new HeatMapFigure(
                                        "",
                                        List.of(),
                                        List.of("a"),
                                        List.of("a", "b"),
                                        new double[][] {{1}},
                                        "",
                                        Theme.LIGHT))
                .withMessage("1 weights of a row for 2 names");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                new HeadMeasuresFigure(
                                        "",
                                        List.of(),
                                        List.of(
                                                new HeadMeasuresFigure.Measure(
                                                        "a", new double[2][3]),
                                                new HeadMeasuresFigure.Measure(
                                                        "b", new double[2][4])),
                                        Theme.LIGHT))
                .withMessage("b is not of the same heads as a");
    }

    private static Document svg(Figure figure) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        FigureFormat.SVG.write(figure, bytes);
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        DocumentBuilder builder = factory.newDocumentBuilder();
        return builder.parse(new ByteArrayInputStream(bytes.toByteArray()));
    }

    private static List<String> texts(Document svg) {
        NodeList nodes = svg.getElementsByTagName("text");
        return IntStream.range(0, nodes.getLength())
                .mapToObj(i -> nodes.item(i).getTextContent())
                .toList();
    }
}
