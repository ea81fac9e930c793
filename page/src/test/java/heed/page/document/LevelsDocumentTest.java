package heed.page.document;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.microscope.look.Look;
import heed.microscope.look.Selection;
import heed.microscope.map.HeadMap;
import heed.microscope.map.MapChannel;
import heed.microscope.map.MapCode;
import heed.microscope.relevance.Measure;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** One head of a long text as one file, opened from disk in a real browser. */
final class LevelsDocumentTest extends DocumentPage {
    private static final HeadId HEAD = new HeadId(1, 2);
    private static final String SENTENCE = "The trophy did not fit in the <b>suitcase</b>. ";

    /** With 2,000 tokens and more of a decoder there is no room for every weight. */
    private static final String LONG = "The cat sat, and she looked. ".repeat(240).strip();

    private static final Pattern SAID =
            Pattern.compile(
                    "“.*” \\((\\d+)(?:–(\\d+))?\\) → “.*” \\((\\d+)(?:–\\d+)?\\): (.*)about ([0-9.e−]+)");

    @TempDir private static Path models;

    private static PretrainedModel decoder;
    private static String coarse;

    /** A decoder of a few numbers that reads more than it was made for. */
    @BeforeAll
    static void makeCoarse() throws IOException {
        Path golden = Path.of("../transformer/src/test/resources/heed/transformer/golden/llama");
        try (var files = Files.list(golden)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, models.resolve(file.getFileName()));
            }
        }
        Path config = models.resolve("config.json");
        String text =
                Files.readString(config).replaceAll("(max_position_embeddings\": )\\d+", "$18192");
        Files.writeString(config, text);
        decoder = PretrainedModel.open(models.toString());
        coarse = html(decoder, LONG);
    }

    @AfterAll
    static void closeDecoder() {
        decoder.close();
    }

    private static String html(PretrainedModel model, String text) {
        Look look = new Look(Measure.NORM, Selection.of(HEAD), null, 0, false, false);
        return new LookDocument("some-model", look, text, null).html(model, Listener.none());
    }

    private static HeadMap map(PretrainedModel model, String text) throws InterruptedException {
        Tokens tokens = ModelRun.encode(model, text);
        AttentionTrace trace = AttentionTrace.ofAll();
        var _ = ModelRun.of(model, tokens, trace, Listener.none());
        int[] all = IntStream.range(0, tokens.size()).toArray();
        HeadMap map = HeadMap.of(trace.weights(HEAD.layer(), all), HEAD.head());
        map.build(2, Listener.none());
        return map;
    }

    private static String status(Page page) {
        return page.getByRole(AriaRole.STATUS).innerText();
    }

    /** What is said of a cell is the library's, to two digits. */
    private static void assertSaid(Page page, HeadMap map, MapChannel channel, int level) {
        Matcher said = SAID.matcher(status(page));
        assertThat(said.matches()).as(status(page)).isTrue();
        int query = Integer.parseInt(said.group(1));
        int key = Integer.parseInt(said.group(3));
        int columns = Math.ceilDiv(map.keys(), 1 << level);
        int cell = (query >> level) * columns + (key >> level);
        double weight = MapCode.weight(Byte.toUnsignedInt(map.codes(channel, level)[cell]));
        assertThat(Double.parseDouble(said.group(5).replace('−', '-')))
                .isCloseTo(weight, within(0.051 * weight));
        int last = said.group(2) == null ? query : Integer.parseInt(said.group(2));
        assertThat(last - query + 1).isEqualTo(1 << level);
        assertThat(said.group(4))
                .isEqualTo(
                        level == 0
                                ? ""
                                : channel == MapChannel.MAX ? "the largest is " : "a mass of ");
    }

    @Test
    void theCoarseLevelsOfALongTextAreTheLibrarys() throws Exception {
        HeadMap map = map(decoder, LONG);
        assertThat(map.top()).isBetween(3, 5);
        int finest = map.finest(1_125_000);
        assertThat(finest).isBetween(2, 3);
        assertThat(coarse.getBytes(UTF_8).length).isBetween(500_000, 2_000_000);

        Page page = open(coarse, "", 1280, ColorScheme.LIGHT);
        assertThat(page.locator("h1")).hasText("What head L1H2 of some-model attends to");
        int side = 1 << finest;
        assertThat(page.getByText("down to cells of %d × %d.".formatted(side, side))).isVisible();
        Locator canvas = page.locator("canvas");
        canvas.hover(new Locator.HoverOptions().setPosition(20, 300));
        int level = map.top() - zoom(page);
        assertSaid(page, map, MapChannel.MAX, level);
        page.getByLabel("mass").check();
        canvas.hover(new Locator.HoverOptions().setPosition(20, 300));
        assertSaid(page, map, MapChannel.MASS, level);
        assertThat(page).hasURL(Pattern.compile("#channel=mass$"));

        page.getByLabel("largest").check();
        while (button(page, "Zoom in").isEnabled()) {
            button(page, "Zoom in").click();
        }
        canvas.hover(new Locator.HoverOptions().setPosition(20, 300));
        assertSaid(page, map, MapChannel.MAX, finest);
        keep(page, "levels-closest");
        button(page, "All of it").click();
        assertThat(page).hasURL(Pattern.compile("look.html#$"));
    }

    /** The zoom at which all of the map is shown, by the pixels that it takes. */
    private static int zoom(Page page) {
        int pixels = (int) page.locator("canvas").boundingBox().height;
        int tokens = ModelRun.encode(decoder, LONG).size();
        int top = 32 - Integer.numberOfLeadingZeros((tokens - 1) / 256);
        return (int) Math.floor(Math.log(pixels / (double) tokens) / Math.log(2) + top);
    }

    @Test
    void theKeyboardMovesFromCellToCell() throws Exception {
        HeadMap map = map(decoder, LONG);
        Page page = open(coarse, "#at=1500,300,3", 1280, ColorScheme.DARK);
        page.locator("canvas").focus();
        for (int i = 0; i < 12; i++) {
            page.keyboard().press("+");
        }
        assertThat(button(page, "Zoom in")).isDisabled();
        page.keyboard().press("ArrowRight");
        String first = status(page);
        assertSaid(page, map, MapChannel.MAX, map.finest(1_125_000));
        page.keyboard().press("Shift+ArrowDown");
        page.keyboard().press("ArrowLeft");
        assertThat(status(page)).isNotEqualTo(first);
        assertSaid(page, map, MapChannel.MAX, map.finest(1_125_000));
        String address = page.url();
        assertThat(address).contains("#at=");
        page.reload();
        page.locator("main canvas").waitFor();
        assertThat(page.url()).isEqualTo(address);
        for (int i = 0; i < 25; i++) {
            page.locator("canvas").press("Shift+ArrowUp");
        }
        page.keyboard().press("ArrowRight");
        assertThat(status(page)).contains("hidden by the mask");
        page.keyboard().press("-");
        page.keyboard().press("Escape");
        assertThat(status(page)).startsWith("Rows look, columns are looked at.");
    }

    @Test
    void aDragMovesIt() throws IOException {
        Page page = open(coarse, "#at=400,300,5", 1280, ColorScheme.LIGHT);
        Locator canvas = page.locator("canvas");
        var box = canvas.boundingBox();
        page.mouse().move(box.x + 300, box.y + 300);
        page.mouse().down();
        page.mouse().move(box.x + 200, box.y + 250);
        page.mouse().up();
        assertThat(page).hasURL(Pattern.compile("#at=425%2C350%2C5$"));
    }

    @Test
    void everyWeightOfAShorterTextIsInIt() throws Exception {
        String text = SENTENCE.repeat(25).strip();
        String html = html(minilm, text);
        assertThat(html.getBytes(UTF_8).length).isLessThan(2_000_000);
        Page page = open(html, "#at=40,60,5", 1280, ColorScheme.LIGHT);
        assertThat(page.getByText("down to single ones.")).isVisible();
        assertThat(page.locator("blockquote")).containsText("<b>suitcase</b>");
        page.locator("canvas").hover();
        assertSaid(page, map(minilm, text), MapChannel.MAX, 0);
        keep(page, "levels-single");
    }

    @ParameterizedTest
    @CsvSource({
        "channel=constructor&at=1",
        "at=999999999,999999999,99",
        "at=-1,2,3",
        "at=0,0,0&x=%00"
    })
    void anAddressThatMeansNothingOpensWhatIsThere(String state) throws IOException {
        Page page = open(coarse, "#" + state, 400, ColorScheme.LIGHT);
        assertThat(page.getByLabel("largest")).isChecked();
        assertThat(status(page)).startsWith("Rows look");
    }

    @Test
    void manyHeadsOrNoneAreRefused() {
        for (Selection selection : List.of(Selection.all(), Selection.parse("L0H0,L0H1"))) {
            Look look = new Look(Measure.RAW, selection, null, 0, false, false);
            assertThatExceptionOfType(QuestionException.class)
                    .isThrownBy(
                            () ->
                                    new LookDocument("some-model", look, LONG, null)
                                            .html(decoder, Listener.none()))
                    .withMessageEndingWith("choose one head");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void anybodyCanReadIt(ColorScheme scheme) throws IOException {
        isReadable(coarse, "", "levels", scheme);
    }
}
