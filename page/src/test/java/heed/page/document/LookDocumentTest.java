package heed.page.document;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.OneWeight;
import heed.microscope.QuestionException;
import heed.microscope.look.Look;
import heed.microscope.look.LookResult;
import heed.microscope.look.Selection;
import heed.microscope.relevance.Measure;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A look as one file, opened from disk in a real browser. */
final class LookDocumentTest extends DocumentPage {
    private static final String TROPHY =
            "The trophy didn't fit in the suitcase because it was too big.";
    private static final int IT = 8;
    private static final String HOSTILE =
            "</script><!--<script>&amp;\u2028 <img src=x onerror=alert(1)> \u2029 '\"` ${x} \\u003c";

    private static Look look(Measure measure, Selection selection) {
        return new Look(measure, selection, null, 0, false, false);
    }

    private static String html(String text, @Nullable String second) {
        return new LookDocument("minilm", look(Measure.NORM, Selection.all()), text, second)
                .html(minilm, Listener.none());
    }

    /** The weights beside the words that are looked at are those of a row. */
    private static void assertWeights(Page page, double[] row) {
        for (int j = 0; j < row.length; j++) {
            Locator weight = page.locator(".target").nth(j).locator("xpath=..").locator(".weight");
            if (row[j] >= 0.0051) {
                assertThat(Double.parseDouble(weight.innerText())).isCloseTo(row[j], within(0.005));
            } else {
                assertThat(weight).hasCount(0);
            }
        }
    }

    @Test
    void everyMeasureIsInIt() throws IOException {
        Page page = open(html(TROPHY, null), "", 1280, ColorScheme.LIGHT);
        for (Measure measure : Measure.values()) {
            page.getByLabel("Measure").selectOption(measure.name().toLowerCase(Locale.ROOT));
            button(page, "big").hover();
            button(page, "it").hover();
            LookResult expected =
                    look(measure, Selection.all()).at(minilm, TROPHY, Listener.none());
            assertWeights(page, expected.cells()[IT]);
        }
        assertThat(page.url()).endsWith("#measure=alti");
    }

    @Test
    void howEachWeightCameAboutIsInIt() throws IOException {
        Page page = open(html(TROPHY, null), "", 1280, ColorScheme.LIGHT);
        ModelRun run =
                ModelRun.of(
                        minilm,
                        minilm.tokenizer().encode(TROPHY),
                        AttentionTrace.ofAll(),
                        Listener.none());
        for (String name : List.of("L0H0", "L3H1", "L5H11")) {
            button(page, "Head " + name).click();
            Locator cells = page.locator("canvas.cells");
            double cell = cells.boundingBox().width / 13;
            cells.click(new Locator.ClickOptions().setPosition(1.5 * cell, (IT + 0.5) * cell));
            Locator steps = page.locator("heed-steps");
            assertThat(steps.locator("h3"))
                    .hasText("How the weight of “trophy” for “it” came about in " + name);
            assertSteps(page, OneWeight.of(run, HeadId.parse(name), 11, 2));
            assertThat(page.getByText(Pattern.compile("add up to (1.000|0.999)\\d\\d here")))
                    .isVisible();
            assertThat(steps.locator("ol > li")).hasCount(4);
        }
        assertThat(page.url()).endsWith("#head=L5H11&pair=8%2C1");
        page.reload();
        assertThat(page.locator("heed-steps h3")).containsText("for “it” came about in L5H11");
    }

    /**
     * Of which mpnet adds a number for each distance, llama shares keys, and mistral looks back a
     * few tokens alone.
     */
    @ParameterizedTest
    @CsvSource({"mpnet, 1, 3, 2", "llama, 1, 4, 2", "mistral, 0, 6, 3", "mistral, 0, 12, 2"})
    void otherModelsHaveTheirOwnWays(String name, int head, int row, int column)
            throws IOException {
        String folder = "../transformer/src/test/resources/heed/transformer/golden/" + name;
        try (PretrainedModel model = PretrainedModel.open(folder)) {
            String text = "The cat sat, and she looked.";
            Look pieces = new Look(Measure.RAW, Selection.all(), null, 0, true, true);
            String html = new LookDocument(name, pieces, text, null).html(model, Listener.none());
            HeadId id = new HeadId(1, head);
            Page page =
                    open(
                            html,
                            "#head=%s&pair=%d,%d".formatted(id, row, column),
                            1280,
                            ColorScheme.LIGHT);
            ModelRun run =
                    ModelRun.of(
                            model,
                            ModelRun.encode(model, text),
                            AttentionTrace.ofAll(),
                            Listener.none());
            assertSteps(page, OneWeight.of(run, id, row, column));
        }
    }

    /** What is said of a weight is the model's, to three digits. */
    private static void assertSteps(Page page, OneWeight one) {
        List<Double> bold =
                page.locator("heed-steps strong").allInnerTexts().stream()
                        .map(text -> Double.parseDouble(text.replace('−', '-')))
                        .toList();
        float weight = one.weights()[one.key()];
        assertThat(bold.getFirst()).isCloseTo(one.dot(), within(0.005));
        assertThat(bold.getLast()).isCloseTo(weight, within(0.0005));
        if (one.hidden()) {
            assertThat(page.getByText("The mask hides “")).isVisible();
        } else {
            assertThat(bold.get(1)).isCloseTo(one.scores()[one.key()], within(0.001));
            assertThat(bold.get(2)).isCloseTo(weight, within(0.0005));
        }
    }

    @Test
    void anAddressThatMeansNothingOpensWhatIsThere() throws IOException {
        Page page =
                open(
                        html(TROPHY, null),
                        "#measure=constructor&head=L99H0&pair=99,-1&x=%00",
                        1280,
                        ColorScheme.LIGHT);
        assertThat(page.getByLabel("Measure")).hasValue("norm");
        assertThat(page.locator("heed-map")).hasCount(0);
    }

    @Test
    void whatIsChosenIsOpenAtFirst() throws IOException {
        Look chosen = look(Measure.RAW, Selection.of(HeadId.parse("L3H1")));
        String html =
                new LookDocument("minilm", chosen, TROPHY, null).html(minilm, Listener.none());
        Page page = open(html, "", 1280, ColorScheme.LIGHT);
        assertThat(page.getByLabel("Measure")).hasValue("raw");
        assertThat(page.locator("heed-map h3")).hasText("L3H1");
    }

    @Test
    void textsThatAreMarkupAreText() throws IOException {
        Page page = open(html(HOSTILE, HOSTILE), "#head=L0H0", 1280, ColorScheme.LIGHT);
        assertThat(page.title()).startsWith("</script><!--<script>&amp;");
        assertThat(page.locator("blockquote").first().textContent()).isEqualTo(HOSTILE);
        assertThat(page.locator("blockquote").nth(1).textContent()).isEqualTo(HOSTILE);
        assertThat(page.locator("img")).hasCount(0);
    }

    @Test
    void twoTextsAreReadAsOne() throws IOException {
        String second = "The case was small.";
        Page page = open(html(TROPHY, second), "", 1280, ColorScheme.LIGHT);
        LookResult result =
                look(Measure.NORM, Selection.all()).at(minilm, TROPHY, second, Listener.none());
        long share = Math.round(100 * result.shares().orElseThrow().firstToSecond());
        assertThat(page.getByText("the first text gives %d %% to the second".formatted(share)))
                .isVisible();
    }

    @Test
    void whatTheMaskHidesIsSaid() throws IOException {
        try (PretrainedModel model = PretrainedModel.open("shakespeare")) {
            Look pieces = new Look(Measure.RAW, Selection.all(), null, 0, true, false);
            String html =
                    new LookDocument("shakespeare", pieces, "To be", null)
                            .html(model, Listener.none());
            Page page = open(html, "#head=L2H0&pair=0,3", 400, ColorScheme.DARK);
            assertThat(page.getByText("The mask hides “b” from “T”: it comes later")).isVisible();
            page.locator("canvas.cells").focus();
            page.keyboard().press("ArrowDown");
            page.keyboard().press("ArrowDown");
            page.keyboard().press("Enter");
            assertThat(page.getByText("The mask hides nothing here.")).isVisible();
        }
    }

    @Test
    void sixtyTokensAreLessThanTwoMegabytes() {
        String text = "so it was, and they went on and on until it was over. ".repeat(4).strip();
        assertThat(minilm.tokenizer().encode(text).size()).isEqualTo(60 + 2);
        assertThat(html(text, null).getBytes(UTF_8).length).isBetween(1_000_000, 2_000_000 - 1);
    }

    @Test
    void whatIsTooLongIsRefusedBeforeWork() {
        assertThatExceptionOfType(QuestionException.class)
                .isThrownBy(() -> html("a ".repeat(201), null))
                .withMessage(
                        "the text has 201 words or pieces, and a file shows at most 200 of all heads: give less, or choose one head");
        assertThatExceptionOfType(QuestionException.class)
                .isThrownBy(() -> html("a ".repeat(600), null))
                .withMessageContaining("minilm reads at most 512");
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void anybodyCanReadIt(ColorScheme scheme) throws IOException {
        isReadable(html(TROPHY, null), "#head=L3H1&pair=8,1", "document", scheme);
    }
}
