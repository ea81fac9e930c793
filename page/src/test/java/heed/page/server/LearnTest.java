package heed.page.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.OneWeight;
import heed.microscope.look.Look;
import heed.microscope.look.LookResult;
import heed.microscope.look.Selection;
import heed.microscope.relevance.Measure;
import heed.microscope.relevance.Occlusion;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The nine steps in a real browser: what they show is what the library says. */
final class LearnTest extends BrowserPage {
    private static final String TROPHY =
            "The trophy didn't fit in the suitcase because it was too ";
    private static final HeadId HEAD = new HeadId(3, 1);

    /** “it”, “trophy” and “suitcase”, by their words and by their pieces. */
    private static final int IT = 8;

    private static final int[] CANDIDATES = {1, 6};
    private static final int IT_PIECE = 11;
    private static final int TROPHY_PIECE = 2;

    private void step(int step) {
        go("#view=learn&step=" + step);
    }

    private static LookResult look(Measure measure, String word) {
        Selection heads = measure == Measure.RAW ? Selection.of(HEAD) : Selection.all();
        return new Look(measure, heads, null, 0, false, false)
                .at(minilm, TROPHY + word + ".", Listener.none());
    }

    private static OneWeight itAndTrophy() {
        ModelRun run =
                ModelRun.of(
                        minilm,
                        minilm.tokenizer().encode(TROPHY + "big."),
                        AttentionTrace.ofAll(),
                        Listener.none());
        return OneWeight.of(run, HEAD, IT_PIECE, TROPHY_PIECE);
    }

    private static List<Double> numbers(Locator locator) {
        return locator.allInnerTexts().stream().map(LearnTest::number).toList();
    }

    private static double number(String text) {
        return Double.parseDouble(text.replace('−', '-').replace(",", ""));
    }

    @Test
    void stepsAreTurnedByButtonsAndTheAddressHoldsThem() {
        button("Learn").click();
        assertThat(page.getByRole(AriaRole.HEADING).getByText("1. Who matters to me?")).isVisible();
        assertThat(button("Back")).isDisabled();
        button("Next").click();
        assertThat(page).hasURL(Pattern.compile("view=learn&step=2"));
        Locator heading = page.locator("heed-learn h2");
        assertThat(heading).hasText("2. Query, key, value");
        assertThat(heading).isFocused();
        button("Step 9: n²: what it costs").click();
        assertThat(button("Next")).isDisabled();
        button("Back").press("Enter");
        assertThat(heading).hasText("8. Looking back alone");
        go("#view=learn&step=99");
        assertThat(page.locator("heed-learn h2")).hasText("1. Who matters to me?");
    }

    @Test
    void eachWordAsks() {
        step(1);
        assertThat(button("it")).hasAttribute("aria-pressed", "true");
        double[] row = look(Measure.RAW, "big").cells()[IT];
        Locator trophy = page.locator(".target").nth(1).locator("xpath=../span");
        assertThat(number(trophy.innerText())).isCloseTo(row[1], within(0.005));

        page.getByLabel("The sentence").fill("Cats chase mice.");
        button("Read it").click();
        assertThat(page.locator(".target")).hasText(new String[] {"Cats", "chase", "mice", "."});
        assertThat(page).hasURL(Pattern.compile("text=Cats\\+chase\\+mice"));
    }

    @Test
    void aTokenHasAQueryAKeyAndAValue() {
        step(2);
        OneWeight one = itAndTrophy();
        assertBars("the query of “it”", one.q());
        assertBars("the key of “trophy”", one.k());
        assertBars("the value of “trophy”", one.v());
    }

    private void assertBars(String name, float[] numbers) {
        Locator bars = page.locator("svg[aria-label^='%s']".formatted(name));
        assertThat(bars.locator("rect")).hasCount(numbers.length);
        List<Double> titles =
                bars.locator("title").allTextContents().stream()
                        .map(text -> number(text.substring(text.indexOf(' '))))
                        .toList();
        for (int c = 0; c < numbers.length; c++) {
            assertThat(titles.get(c)).isCloseTo(numbers[c], within(0.001));
        }
    }

    @Test
    void theScoreIsDividedAndWhatForIsShown() {
        step(3);
        OneWeight one = itAndTrophy();
        List<Double> bold = numbers(page.locator("heed-steps strong"));
        assertThat(bold.get(0)).isCloseTo(one.dot(), within(0.005));
        assertThat(bold.get(1)).isCloseTo(one.scores()[TROPHY_PIECE], within(0.0005));
        double sum = 0;
        for (float score : one.scores()) {
            sum += Math.exp((score - one.scores()[TROPHY_PIECE]) / one.scale());
        }
        Locator row = page.locator("heed-learn-score tbody tr").first();
        assertThat(row.locator("th")).hasText("trophy");
        List<Double> cells = numbers(row.locator("td"));
        assertThat(cells.get(0)).isCloseTo(one.weights()[TROPHY_PIECE], within(0.0001));
        assertThat(cells.get(1)).isCloseTo(1 / sum, within(0.0001));
    }

    @Test
    void theSoftmaxIsThatOfTheWholeRow() {
        step(4);
        OneWeight one = itAndTrophy();
        Locator rows = page.locator("heed-learn-softmax tbody tr");
        assertThat(rows).hasCount(one.scores().length);
        double sum = 0;
        for (int j = 0; j < one.scores().length; j++) {
            List<Double> cells =
                    rows.nth(j).locator("td").allInnerTexts().stream()
                            .limit(3)
                            .map(LearnTest::number)
                            .toList();
            assertThat(cells.get(0)).isCloseTo(one.scores()[j], within(0.0005));
            assertThat(cells.get(2)).isCloseTo(one.weights()[j], within(0.0001));
            sum += Math.exp(one.scores()[j]);
        }
        Locator foot = page.locator("heed-learn-softmax tfoot td");
        assertThat(number(foot.nth(1).innerText())).isCloseTo(sum, within(0.05));
        assertThat(foot.nth(2)).hasText("1.0000");

        page.getByLabel("Who looks").selectOption("big");
        assertThat(page.getByText("“big” looks at")).isVisible();
        assertThat(page).hasURL(Pattern.compile("pair=11%2C1"));
    }

    @Test
    void theValuesAreMixed() {
        step(5);
        OneWeight one = itAndTrophy();
        long share = Math.round(100 * one.weights()[TROPHY_PIECE]);
        assertThat(page.getByText("“trophy” makes up %d %% of what “it” gets".formatted(share)))
                .isVisible();
        assertThat(page.locator("svg[aria-label^='what the head gives'] rect"))
                .hasCount(one.out().length);
        assertThat(page.locator("svg[aria-label^='what the head adds'] rect"))
                .hasCount(one.added().length);
    }

    @Test
    void whatItReallyLooksAtIsSaid() {
        step(6);
        Locator tables = page.locator("heed-learn-reference table");
        assertThat(tables).hasCount(3);
        for (int sentence = 0; sentence < 2; sentence++) {
            String word = sentence == 0 ? "big" : "small";
            LookResult norm = look(Measure.NORM, word);
            double[] all = norm.cells()[IT];
            double[] head = look(Measure.RAW, word).cells()[IT];
            double[] moved =
                    Occlusion.check(
                                    minilm,
                                    norm.tokens(),
                                    norm.units(),
                                    List.of(IT),
                                    Listener.none())
                            .effects()[0];
            double[][] ways = {head, all, moved};
            for (int way = 0; way < ways.length; way++) {
                Locator cells = tables.nth(way).locator("tbody tr").nth(sentence).locator("td");
                for (int i = 0; i < CANDIDATES.length; i++) {
                    assertThat(number(cells.nth(1 + i).innerText()))
                            .isCloseTo(ways[way][CANDIDATES[i]], within(0.0051));
                }
            }
        }
        assertThat(page.getByText("“It” leans to the trophy in both sentences")).hasCount(2);
        assertThat(page.getByText("In both sentences both words count for the same")).isVisible();
    }

    @Test
    void aHeadIsChosen() {
        step(7);
        assertThat(page.getByText("72 times the same question")).isVisible();
        button("Head L0H2").click();
        assertThat(page.locator("heed-map h3")).hasText("L0H2");
        assertThat(page).hasURL(Pattern.compile("head=L0H2"));
    }

    @Test
    void theMaskHidesWhatComesLater() throws IOException {
        step(8);
        try (PretrainedModel shakespeare = PretrainedModel.open("shakespeare")) {
            for (String text : List.of("To ", "To b")) {
                Locator rows = page.locator("heed-learn-mask tbody tr");
                assertThat(rows).hasCount(text.length());
                double[][] cells =
                        new Look(Measure.RAW, Selection.of(new HeadId(0, 0)), null, 0, true, false)
                                .at(shakespeare, text, Listener.none())
                                .cells();
                for (int i = 0; i < text.length(); i++) {
                    for (int j = 0; j < text.length(); j++) {
                        String cell = rows.nth(i).locator("td").nth(j).innerText();
                        if (j > i) {
                            assertThat(cell).isEqualTo("hidden");
                        } else {
                            assertThat(number(cell)).isCloseTo(cells[i][j], within(0.0006));
                        }
                    }
                }
                button("Read one more").click();
            }
        }
        assertThat(page.locator("heed-learn-mask tbody tr")).hasCount(5);
        button("From the start").click();
        assertThat(page.locator("heed-learn-mask tbody tr")).hasCount(3);
        button("Start").click();
        assertThat(page.getByText("As many came as were asked for.")).isVisible();
    }

    @Test
    void weightsGrowAsTheSquare() {
        step(9);
        Locator scores = page.locator("heed-learn-cost tbody td").first();
        assertThat(scores).hasText("16,777,216");
        for (int quarter = 0; quarter < 4; quarter++) {
            page.getByRole(AriaRole.SLIDER).press("ArrowRight");
        }
        assertThat(scores).hasText("67,108,864");
        assertThat(page).hasURL(Pattern.compile("n=8192"));
    }

    @Test
    void whatModelIsMissingIsSaid() throws IOException {
        try (ModelShelf alone = new ModelShelf()) {
            alone.add("shakespeare", PretrainedModel.open("shakespeare"));
            try (PageServer other = PageServer.start(0, alone)) {
                page.navigate(other.address() + "#view=learn&step=6");
                assertThat(page.getByText("heed serve --model minilm")).isVisible();
                button("Step 4: Softmax: scores become shares").click();
                assertThat(page.getByText("in shakespeare, head L3H1")).isVisible();
                assertThat(page.locator("tfoot td").nth(2)).hasText("1.0000");
            }
        }
        try (ModelShelf alone = new ModelShelf()) {
            alone.add("minilm", PretrainedModel.open("minilm"));
            try (PageServer other = PageServer.start(0, alone)) {
                page.navigate(other.address() + "#view=learn&step=8");
                assertThat(page.getByText("heed serve --model shakespeare")).isVisible();
            }
        }
    }

    /** All steps in one page, which takes a while to load. */
    @Test
    void anybodyCanReadIt() throws IOException {
        List<String> lastOfSteps =
                List.of(
                        "heed-learn-asks heed-lines path",
                        "heed-learn-vectors .bars rect",
                        "heed-learn-score tbody td",
                        "heed-learn-softmax tfoot td",
                        "heed-learn-mixture heed-steps rect",
                        "heed-learn-reference tbody td",
                        "heed-learn-heads heed-map canvas",
                        "heed-learn-mask heed-map canvas",
                        "heed-learn-cost tbody td");
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            for (int step = 1; step <= lastOfSteps.size(); step++) {
                String last = lastOfSteps.get(step - 1);
                assertReadable("learn-" + step, scheme, "#view=learn&step=" + step, last);
            }
        }
    }
}
