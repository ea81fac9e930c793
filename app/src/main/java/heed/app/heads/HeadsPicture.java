package heed.app.heads;

import heed.app.terminal.BadInputException;
import heed.app.terminal.Terminal;
import heed.microscope.heads.HeadMeasure;
import heed.microscope.heads.HeadProfile;
import heed.page.figure.Figure;
import heed.page.figure.FigureFormat;
import heed.page.figure.HeadMeasuresFigure;
import heed.page.figure.Theme;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code heads} draws: every measure that is a share, of every head. */
final class HeadsPicture {
    @Option(
            names = "--theme",
            paramLabel = "THEME",
            description = "With --format svg or png: light (default) or dark.")
    private @Nullable Theme theme;

    /**
     * What can be refused before any work is done.
     *
     * @param format or null where no picture was asked for
     * @param few whether only some heads, or what they get right, was asked for
     */
    void check(@Nullable FigureFormat format, boolean few, boolean toFile) {
        if (format == null) {
            if (theme != null) {
                throw new BadInputException("--theme is for pictures: give --format svg or png");
            }
            return;
        }
        if (few) {
            throw new BadInputException(
                    "a picture shows the measures of all heads: leave out --head, --sort and --pairs, or --format");
        }
        if (format == FigureFormat.PNG && !toFile && Terminal.isOutput()) {
            throw new BadInputException(
                    "png is binary: give --output FILE, or send standard output elsewhere");
        }
    }

    Figure figure(HeadsReport report, int headsOfLayer) {
        List<HeadMeasuresFigure.Measure> measures =
                report.measures().stream()
                        .filter(HeadMeasure::isShare)
                        .map(
                                measure ->
                                        new HeadMeasuresFigure.Measure(
                                                measure.words(),
                                                values(measure, report.profiles(), headsOfLayer)))
                        .toList();
        return new HeadMeasuresFigure(
                report.model(),
                List.of(
                        "What each head attends to, on %s. Rows are layers, columns heads; means over tokens."
                                .formatted(report.source())),
                measures,
                theme == null ? Theme.LIGHT : theme);
    }

    private static double[][] values(
            HeadMeasure measure, List<HeadProfile> profiles, int headsOfLayer) {
        double[][] values = new double[profiles.size() / headsOfLayer][headsOfLayer];
        for (double[] layer : values) {
            Arrays.fill(layer, Double.NaN);
        }
        for (HeadProfile profile : profiles) {
            values[profile.head().layer()][profile.head().head()] = profile.get(measure);
        }
        return values;
    }
}
