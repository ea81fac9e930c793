package heed.app.look;

import heed.app.terminal.BadInputException;
import heed.app.terminal.Terminal;
import heed.microscope.look.Look;
import heed.microscope.look.LookResult;
import heed.microscope.relevance.Measure;
import heed.page.figure.Figure;
import heed.page.figure.FigureFormat;
import heed.page.figure.HeadGridFigure;
import heed.page.figure.HeatMapFigure;
import heed.page.figure.LinesFigure;
import heed.page.figure.Theme;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code look} draws, and how. */
final class LookPicture {
    enum View {
        MAP,
        LINES,
        GRID
    }

    /** What a heading says to who can ask again. */
    private static final String SHOWS_THEM = " (--special shows them)";

    /** More than this many rows or columns cannot be told apart, nor labelled. */
    private static final int MOST_UNITS = 200;

    @Option(
            names = "--view",
            paramLabel = "VIEW",
            description = {
                "With --format svg or png. map: a heat map, rows look and columns are looked at (default).",
                "lines: a line for each of the largest weights.",
                "grid: all heads as small maps of their own weights."
            })
    private @Nullable View view;

    @Option(
            names = "--theme",
            paramLabel = "THEME",
            description = "With --format svg or png: light (default) or dark.")
    private @Nullable Theme theme;

    /** Whether each head is drawn by itself. */
    boolean isGrid() {
        return view == View.GRID;
    }

    /**
     * What can be refused before any work is done.
     *
     * @param format or null where no picture was asked for
     * @param chosen whether a layer or head was
     */
    void check(@Nullable FigureFormat format, boolean chosen, boolean toFile) {
        if (format == null) {
            if (view != null || theme != null) {
                throw new BadInputException(
                        "--view and --theme are for pictures: give --format svg or png");
            }
            return;
        }
        if (isGrid() && chosen) {
            throw new BadInputException(
                    "--view grid draws all heads: leave out --head and --layer");
        }
        if (format == FigureFormat.PNG && !toFile && Terminal.isOutput()) {
            throw new BadInputException(
                    "png is binary: give --output FILE, or send standard output elsewhere");
        }
    }

    /** The question whose answer is drawn: all targets, and of a grid the weights themselves. */
    Look question(Look look) {
        return new Look(
                isGrid() ? Measure.RAW : look.measure(),
                look.selection(),
                look.token(),
                0,
                look.pieces(),
                look.special());
    }

    /** A map, or lines. */
    Figure figure(LookAnswer answer) {
        LookResult result = answer.result();
        List<String> looks =
                result.queries().stream().map(focus -> result.token(focus.query())).toList();
        List<String> lookedAt = result.units().list().stream().map(unit -> unit.text()).toList();
        checkSize(Math.max(looks.size(), lookedAt.size()));
        double[][] cells = result.cells();
        List<String> notes = notes(answer);
        return view == View.LINES
                ? new LinesFigure(answer.model(), notes, looks, lookedAt, cells, theme())
                : new HeatMapFigure(
                        answer.model(), notes, looks, lookedAt, cells, hidden(result), theme());
    }

    /** All heads, of which there is an answer each, in order. */
    Figure grid(String model, int headsOfLayer, List<LookResult> results) {
        LookResult first = results.getFirst();
        double[][][][] heads = new double[results.size() / headsOfLayer][headsOfLayer][][];
        for (int i = 0; i < results.size(); i++) {
            heads[i / headsOfLayer][i % headsOfLayer] = results.get(i).cells();
        }
        String words =
                first.units().list().stream()
                        .map(unit -> unit.text())
                        .collect(Collectors.joining(" "));
        return new HeadGridFigure(
                model,
                List.of(
                        "The attention weights of all %d heads, as the model has them; rows look, columns are looked at."
                                .formatted(results.size()),
                        Terminal.shortened(words, 110)),
                heads,
                hidden(first),
                theme());
    }

    private static void checkSize(int units) {
        if (units > MOST_UNITS) {
            throw new BadInputException(
                    "a picture of %d rows or columns cannot be read: take at most %d, or --token, or --view grid"
                            .formatted(units, MOST_UNITS));
        }
    }

    private Theme theme() {
        return theme == null ? Theme.LIGHT : theme;
    }

    /** What is measured, and what is hidden. */
    private static List<String> notes(LookAnswer answer) {
        String[] lines = LookText.heading(answer).replace(SHOWS_THEM, "").strip().split("\n", -1);
        lines[0] = lines[0].substring(answer.model().length() + " · ".length());
        lines[0] = Character.toUpperCase(lines[0].charAt(0)) + lines[0].substring(1) + ".";
        return Arrays.asList(lines);
    }

    private static String hidden(LookResult result) {
        boolean itself = result.look().measure() != Measure.RAW;
        return result.masked() && itself
                ? "itself, or\nhidden by\nthe mask"
                : result.masked() ? "hidden by\nthe mask" : itself ? "itself" : "";
    }
}
