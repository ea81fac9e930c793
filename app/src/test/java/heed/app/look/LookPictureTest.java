package heed.app.look;

import static heed.app.Run.assertRefused;
import static heed.app.Run.heed;
import static org.assertj.core.api.Assertions.assertThat;

import heed.app.Run;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code heed look} and {@code heed heads} as pictures. */
final class LookPictureTest {
    private static final String TROPHY =
            "The trophy didn't fit in the suitcase because it was too big.";

    @TempDir private Path folder;

    private Path draw(String command, String file, String... options) {
        Path picture = folder.resolve(file);
        List<String> arguments = new ArrayList<>(List.of(command, TROPHY, "--output"));
        arguments.add(picture.toString());
        arguments.addAll(List.of(options));
        Run run = heed(arguments.toArray(String[]::new));
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).isEmpty();
        return picture;
    }

    @Test
    void aMapShowsTheHeadsOwnWeights() throws IOException {
        Path map = draw("look", "m.svg", "--format", "svg", "--head", "L3H1", "--measure", "raw");

        // What `look --measure raw --head L3H1` prints: it looks .58 at trophy, .23 at suitcase.
        assertThat(map)
                .content()
                .contains(">trophy</text", ">suitcase</text", ">.58</text", ">.23</text")
                .contains("Attention weights of head L3H1, as the model has them.")
                .doesNotContain("--special", "NaN");
    }

    @Test
    void whatTheMaskHidesIsGrey() throws IOException {
        Path map = draw("look", "c.svg", "--format", "svg", "--model", "shakespeare", "--pieces");

        assertThat(map).content().contains("hidden by", "the mask", "rgb(217,217,217)");
    }

    @Test
    void linesAndGridAreDrawnInBothFormatsAndThemes() throws IOException {
        Path lines = draw("look", "l.png", "--format", "png", "--view", "lines");
        Path dark = draw("look", "g.png", "--format", "png", "--view", "grid", "--theme", "dark");
        BufferedImage light = ImageIO.read(lines.toFile());
        BufferedImage grid = ImageIO.read(dark.toFile());

        assertThat(light.getRGB(0, 0)).isEqualTo(0xFFFFFFFF);
        assertThat(grid.getRGB(0, 0)).isEqualTo(0xFF16181C);
        assertThat(draw("look", "g.svg", "--format", "svg", "--view", "grid"))
                .content()
                .contains(">L5</text", ">H11</text", "all 72 heads");
        assertThat(Files.size(folder.resolve("g.svg"))).isLessThan(2_000_000);
    }

    @Test
    void headsAreDrawnByWhatTheyDo() throws IOException {
        Path heads = draw("heads", "h.svg", "--format", "svg");

        assertThat(heads)
                .content()
                .contains(">previous token</text", ">special tokens</text", ">confidence</text")
                .doesNotContain("entropy");
    }

    @Test
    void aPageIsOneFile() {
        Path page = draw("look", "p.html", "--format", "html", "--head", "L3H1", "--second", "It.");

        assertThat(page)
                .content()
                .startsWith("<!doctype html>")
                .contains("\"head\":\"L3H1\"", "\"second\":\"It.\"", "default-src 'none'")
                .doesNotContain("connect-src", "https://heed", "NaN,");
    }

    @Test
    void whatMakesNoPageIsRefused() throws IOException {
        Path kept = Files.writeString(folder.resolve("kept.html"), "kept");
        for (String options :
                List.of(
                        "--check",
                        "--map",
                        "--token it",
                        "--layer 3",
                        "--view map",
                        "--theme dark")) {
            List<String> arguments = new ArrayList<>(List.of("look", TROPHY, "--format", "html"));
            arguments.addAll(List.of("--output", kept.toString()));
            arguments.addAll(List.of(options.split(" ", -1)));
            String option = options.split(" ", 2)[0];
            assertRefused(heed(arguments.toArray(String[]::new)), option);
        }
        String out = kept.toString();
        assertRefused(
                heed("look", TROPHY, "--format", "html", "--output", out, "--head", "L9H0"),
                "there is no layer 9");
        assertRefused(
                heed("look", TROPHY, "--format", "html", "--output", out, "--head", "L0H0,L0H1"),
                "opens one head");
        assertRefused(
                heed("look", "word ".repeat(250), "--format", "html", "--output", out),
                "250 words or pieces",
                "at most 200",
                "choose one head");
        assertThat(kept).hasContent("kept");
    }

    @Test
    void aPageOfALongTextIsTheMapOfAHead() throws IOException {
        Path page = folder.resolve("long.html");
        Run run =
                heed(
                        "look",
                        "word ".repeat(250),
                        "--format",
                        "html",
                        "--head",
                        "L3H1",
                        "--output",
                        page.toString());
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(page).content().contains("<heed-levels>", "\"head\":\"L3H1\"");
        assertThat(Files.size(page)).isLessThan(2_000_000);
    }

    /** A page that is sent to others tells no paths. */
    @Test
    void aModelOfAFolderHasItsNameAlone() throws IOException {
        Path page = folder.resolve("page.html");
        String model = "../transformer/src/test/resources/heed/transformer/golden/mistral";
        Run run =
                heed(
                        "look",
                        "a b c",
                        "--model",
                        model,
                        "--format",
                        "html",
                        "--output",
                        page.toString());
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(page)
                .content()
                .contains("\"model\":\"mistral\"")
                .doesNotContain("transformer/golden");
    }

    @Test
    void whatMakesNoPictureIsRefusedAndNothingIsLost() throws IOException {
        Path kept = Files.writeString(folder.resolve("kept.svg"), "kept");
        String out = kept.toString();
        assertRefused(heed("look", TROPHY, "--view", "grid"), "--format svg or png");
        assertRefused(heed("look", TROPHY, "--theme", "dark"), "--format svg or png");
        assertRefused(heed("heads", TROPHY, "--theme", "dark"), "--format svg or png");
        assertRefused(
                heed("look", TROPHY, "--format", "svg", "--view", "grid", "--head", "L0H0"),
                "draws all heads");
        assertRefused(heed("look", TROPHY, "--format", "svg", "--check"), "--check");
        assertRefused(heed("look", TROPHY, "--format", "svg", "--map"), "--map is text");
        assertRefused(heed("heads", TROPHY, "--format", "svg", "--sort", "previous"), "all heads");
        assertRefused(
                heed("look", "word ".repeat(250), "--format", "svg", "--output", out),
                "250 rows or columns",
                "at most 200");
        assertThat(kept).hasContent("kept");
    }
}
