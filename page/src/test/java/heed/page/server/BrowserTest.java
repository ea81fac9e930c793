package heed.page.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
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
import heed.transformer.tokenizer.Tokens;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Texts and heads in a real browser: what is on the screen is what the library says. */
final class BrowserTest extends BrowserPage {
    private static final String TROPHY =
            "The trophy didn't fit in the suitcase because it was too big.";
    private static final int IT = 8;
    private static final String HEADS = "#view=heads&head=L3H1&pair=8,1";

    private static LookResult look(Measure measure, Selection selection) {
        return new Look(measure, selection, null, 0, false, false)
                .at(minilm, TROPHY, Listener.none());
    }

    @Test
    void aWordThatIsPointedAtShowsItsWeights() {
        button("it").hover();

        double[] row = look(Measure.NORM, Selection.all()).cells()[IT];
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
    void aClickKeepsAWordEscapeFreesItAndArrowsMove() {
        button("it").click();
        assertThat(button("it")).hasAttribute("aria-pressed", "true");
        button("big").hover();
        assertThat(page.getByText("All that “it” attends to.")).isVisible();

        page.keyboard().press("Escape");
        assertThat(button("it")).hasAttribute("aria-pressed", "false");

        button("it").focus();
        page.keyboard().press("ArrowDown");
        assertThat(button("was")).isFocused();
        assertThat(page.getByText("All that “was” attends to.")).isVisible();
    }

    @Test
    void fromAllHeadsToOneWeight() {
        button("Heads").click();
        waitForAnswer();
        assertThat(page.getByText("The attention weights of 72 heads")).isVisible();
        button("Head L3H1").click();
        assertThat(page).hasURL(Pattern.compile("view=heads&head=L3H1"));

        Locator cells = page.locator("canvas.cells");
        double cell = cells.boundingBox().width / 13;
        cells.hover(new Locator.HoverOptions().setPosition(1.5 * cell, (IT + 0.5) * cell));
        double weight = look(Measure.RAW, Selection.of(HeadId.parse("L3H1"))).cells()[IT][1];
        String status = page.getByRole(AriaRole.STATUS).innerText();
        assertThat(status).startsWith("it → trophy: ");
        assertThat(Double.parseDouble(status.substring(13))).isCloseTo(weight, within(0.005));

        cells.click(new Locator.ClickOptions().setPosition(1.5 * cell, (IT + 0.5) * cell));
        assertThat(page).hasURL(Pattern.compile("pair=8%2C1"));
        assertStepsOf("it", "trophy", weight);

        page.reload();
        assertStepsOf("it", "trophy", weight);
        keep(page, "page-heads");
    }

    /** The numbers on the screen, with four digits, are those of the library. */
    private void assertStepsOf(String query, String key, double weight) {
        Locator steps =
                page.getByRole(
                        AriaRole.REGION,
                        new Page.GetByRoleOptions()
                                .setName(
                                        "How the weight of “%s” for “%s” came about in L3H1"
                                                .formatted(key, query)));
        assertThat(steps).isVisible();
        ModelRun run =
                ModelRun.of(
                        minilm,
                        minilm.tokenizer().encode(TROPHY),
                        AttentionTrace.ofAll(),
                        Listener.none());
        List<String> pieces = run.tokens().pieces().stream().map(Tokens.Piece::text).toList();
        OneWeight one =
                OneWeight.of(run, new HeadId(3, 1), pieces.indexOf(query), pieces.indexOf(key));
        List<Double> bold =
                steps.locator("strong").allInnerTexts().stream()
                        .map(text -> Double.parseDouble(text.replace('−', '-')))
                        .toList();
        assertThat(bold.get(0)).isCloseTo(one.dot(), within(0.005));
        assertThat(bold.get(1)).isCloseTo(one.scores()[one.key()], within(0.0005));
        assertThat(bold.get(2)).isCloseTo(weight, within(0.0001));
        assertThat(steps.locator("svg").nth(2).locator("rect")).hasCount(32);
    }

    @Test
    void howFarToBelieveIt() {
        button("How far to believe it").click();
        LookResult result = look(Measure.NORM, Selection.all());
        Occlusion.Result expected =
                Occlusion.check(
                        minilm,
                        result.tokens(),
                        result.units(),
                        IntStream.range(0, result.units().size()).boxed().toList(),
                        Listener.none());
        for (Measure measure : Measure.values()) {
            Occlusion.Agreement agreement =
                    Objects.requireNonNull(expected.agreements().get(measure));
            Locator row =
                    page.getByRole(
                            AriaRole.ROW,
                            new Page.GetByRoleOptions()
                                    .setName(measure.name().toLowerCase(Locale.ROOT)));
            assertThat(row).isVisible();
            assertThat(Double.parseDouble(row.locator("td").nth(0).innerText()))
                    .isCloseTo(agreement.spearman(), within(0.0051));
            assertThat(Double.parseDouble(row.locator("td").nth(1).innerText()))
                    .isCloseTo(agreement.top1(), within(0.0051));
        }
        keep(page, "check");
        page.getByLabel("A text").fill("Another text.");
        button("Look").click();
        assertThat(button("How far to believe it")).isVisible();
    }

    @Test
    void twoTextsAreReadAsOne() {
        String second = "The case was small.";
        page.getByText("A second text").click();
        page.getByLabel("A second text").fill(second);
        button("Look").click();
        LookResult result =
                new Look(Measure.NORM, Selection.all(), null, 0, false, false)
                        .at(minilm, TROPHY, second, Listener.none());
        double share = result.shares().orElseThrow().firstToSecond();
        assertThat(
                        page.getByText(
                                "the first text gives %d %% to the second"
                                        .formatted(Math.round(100 * share))))
                .isVisible();
        assertThat(page.locator(".target")).hasCount(result.units().size());
        assertThat(page).hasURL(Pattern.compile("second=The\\+case"));
        keep(page, "second");

        button("Heads").click();
        button("Head L3H1").click();
        assertThat(page.getByText("came about in L3H1")).isVisible();
        page.getByLabel("Model").selectOption("shakespeare");
        assertThat(page.getByText("The attention weights of 36 heads")).isVisible();
        assertThat(page.getByLabel("A second text")).hasCount(0);
    }

    @Test
    void theMaskIsSaidWhereItHides() {
        open(
                1280,
                ColorScheme.DARK,
                "#view=heads&model=shakespeare&text=To+be&pieces=true&head=L2H0&pair=0,3");
        assertThat(page.getByText("The mask hides “b” from “T”: it comes later")).isVisible();
        page.locator("canvas.cells").focus();
        page.keyboard().press("ArrowDown");
        page.keyboard().press("ArrowDown");
        page.keyboard().press("Enter");
        assertThat(page.getByText("The mask hides nothing here.")).isVisible();
        assertThat(page).hasURL(Pattern.compile("pair=1%2C0"));
    }

    @Test
    void whatCannotBeSaidIsSaidInALine() {
        page.getByLabel("A text").fill("a ".repeat(600));
        button("Look").click();
        assertThat(page.getByRole(AriaRole.ALERT))
                .containsText("minilm reads at most 512: look at a shorter part");
        page.getByLabel("A text").fill("<img src=x onerror=alert(1)>");
        button("Look").click();
        assertThat(page.getByRole(AriaRole.ALERT)).hasText("");
        assertThat(page.locator(".target").first()).hasText("<");
        complaints.removeIf(each -> each.contains("status of 400"));
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void anybodyCanReadIt(ColorScheme scheme) throws IOException {
        assertReadable("text", scheme, "", "heed-lines path");
        assertReadable("heads", scheme, HEADS, "heed-steps strong");
    }
}
