package heed.app.bench;

import static org.assertj.core.api.Assertions.assertThat;

import heed.app.Heed;
import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class BenchCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir private Path folder;

    @Test
    void comparesBothWaysOverTheTokens() {
        assertThat(
                        bench(
                                "--from",
                                "16",
                                "--to",
                                "70",
                                "--heads",
                                "3",
                                "--runs",
                                "1",
                                "--format",
                                "json"))
                .isZero();
        JsonNode json = JsonMapper.shared().readTree(out.toString());

        assertThat(json.required("rows")).hasSize(3);
        for (JsonNode row : json.required("rows")) {
            double naive = row.required("naiveSeconds").doubleValue();
            double tiled = row.required("tiledSeconds").doubleValue();
            assertThat(row.required("speedup").doubleValue()).isEqualTo(naive / tiled);
            assertThat(row.required("difference").doubleValue()).isBetween(0.0, 1e-4);
            int threads = json.required("threads").intValue();
            long n = row.required("tokens").intValue();
            assertThat(row.required("naiveBytes").longValue())
                    .isEqualTo(4 * n * n * Math.min(threads, 3));
        }
    }

    @Test
    void drawsAPicture() throws Exception {
        Path png = folder.resolve("a.png");
        Path svg = folder.resolve("a.svg");
        assertThat(bench("--from", "16", "--to", "64", "--runs", "1", "--plot", png.toString()))
                .isZero();
        assertThat(
                        bench(
                                "--from",
                                "16",
                                "--to",
                                "64",
                                "--runs",
                                "1",
                                "--causal",
                                "--plot",
                                svg.toString()))
                .isZero();

        BufferedImage image = ImageIO.read(png.toFile());
        assertThat(image.getWidth()).isGreaterThan(image.getHeight());
        // Its letters are paths.
        assertThat(Files.readString(svg)).contains("<svg", "<path", "0,114,178", "</svg");
        assertThat(out.toString()).contains("4 heads, d 64, causal");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "--from 0; --from must be at least 1, not 0",
                "--threads 0; --threads must be at least 1, not 0",
                "--from 64 --to 32; --to 32 is less than --from 64",
                "--plot a.gif; --plot draws .png and .svg files, not a.gif",
                "--plot /nosuch/a.png; cannot write /nosuch/a.png: there is no folder /nosuch",
                "--heads 1000 --to 2000000; do not fit an array",
            })
    void saysWhatIsWrong(String arguments, String message) {
        assertThat(bench(arguments.split(" ", -1))).isEqualTo(Heed.BAD_INPUT);
        assertThat(err.toString()).contains(message).hasLineCount(1);
        assertThat(out.toString()).isEmpty();
    }

    private int bench(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "bench";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        CommandLine command = Heed.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(all);
    }
}
