package heed.page.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.ColorScheme;
import heed.microscope.Listener;
import heed.microscope.look.Look;
import heed.microscope.look.Selection;
import heed.microscope.relevance.Measure;
import java.io.IOException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Heads that are taken together, and words that are looked at, in a real browser. */
final class HeadChoiceTest extends BrowserPage {
    private static final String TROPHY =
            "The trophy didn't fit in the suitcase because it was too big.";
    private static final int TROPHY_WORD = 1;
    private static final int IT = 8;
    private static final String THREE = "L0H1,L3H1,L3H7";

    private static double[][] cells(Measure measure, Selection heads) {
        return new Look(measure, heads, null, 0, false, false)
                .at(minilm, TROPHY, Listener.none())
                .cells();
    }

    /** The weight that stands beside a word of a side, or 0. */
    private double weight(String side, int word) {
        Locator weight = page.locator(side).nth(word).locator("xpath=..").locator(".weight");
        return weight.count() == 0 ? 0 : Double.parseDouble(weight.innerText());
    }

    /** What “it” looks at is what the library says of these heads. */
    private void assertHeads(Measure measure, String heads, String sentence) {
        assertThat(page.locator("heed-lines p")).containsText(sentence);
        button("it").hover();
        double[] row =
                cells(measure, heads.isEmpty() ? Selection.all() : Selection.parse(heads))[IT];
        for (int j = 0; j < row.length; j++) {
            double expected = row[j] >= 0.005 ? row[j] : 0;
            assertThat(weight(".target", j)).isCloseTo(expected, within(0.0051));
        }
    }

    @Test
    void threeHeadsTogetherAreThoseOfTheLibrary() {
        for (Measure measure : new Measure[] {Measure.NORM, Measure.RAW}) {
            String name = measure == Measure.NORM ? "norm" : "raw";
            open(1280, ColorScheme.LIGHT, "#measure=" + name + "&only=" + THREE);
            assertThat(button("Head L3H7")).hasAttribute("aria-pressed", "true");
            assertThat(button("Layer L3")).hasAttribute("aria-pressed", "mixed");
            assertHeads(measure, THREE, "3 of 72 heads together: L0H1, L3H1, L3H7.");
        }
    }

    @Test
    void aClickTakesAHeadOutAndADoubleClickTakesItAlone() {
        assertHeads(Measure.NORM, "", "All 72 heads together.");
        page.getByText("Choose heads").click();
        button("Head L0H1").click();
        assertThat(page)
                .hasURL(Pattern.compile("#only=L0H0%2CL0H2%2C.*%2CL1%2CL2%2CL3%2CL4%2CL5$"));
        assertThat(page.locator("heed-lines p")).containsText("All heads together but L0H1.");
        button("Head L0H1").click();
        assertThat(page).hasURL(Pattern.compile(":\\d+/$"));

        button("Head L3H1").dblclick();
        assertThat(page).hasURL(Pattern.compile("#only=L3H1$"));
        assertHeads(Measure.NORM, "L3H1", "Head L3H1 alone.");
        button("Head L3H1").click();
        assertThat(button("Head L3H1")).hasAttribute("aria-pressed", "true");
        button("Head L5H0").click();
        assertHeads(Measure.NORM, "L3H1,L5H0", "2 of 72 heads together: L3H1, L5H0.");
        button("Layer L2").click();
        assertHeads(Measure.NORM, "L3H1,L5H0,L2", "14 of 72 heads together: L2, L3H1, L5H0.");
        button("Layer L2").dblclick();
        assertThat(page).hasURL(Pattern.compile("#only=L2$"));
        page.reload();
        assertHeads(Measure.NORM, "L2", "12 of 72 heads together: L2.");
        button("Layer L2").dblclick();
        assertHeads(Measure.NORM, "", "All 72 heads together.");
        button("Head L0H0").click();
        button("All heads").click();
        assertThat(page).hasURL(Pattern.compile(":\\d+/$"));
    }

    @Test
    void theKeyboardDoesTheSame() {
        page.getByText("Choose heads").press("Enter");
        button("Layer L0").focus();
        page.keyboard().press("ArrowRight");
        page.keyboard().press("ArrowDown");
        assertThat(button("Head L1H0")).isFocused();
        page.keyboard().press("Enter");
        assertThat(button("Head L1H0")).hasAttribute("aria-pressed", "false");
        assertThat(button("Layer L1")).hasAttribute("aria-pressed", "mixed");
        page.keyboard().press("Shift+Enter");
        assertThat(page).hasURL(Pattern.compile("#only=L1H0$"));
        page.keyboard().press("Enter");
        assertThat(button("Head L1H0")).hasAttribute("aria-pressed", "true");
        page.keyboard().press("Shift+Enter");
        assertThat(button("All heads")).isDisabled();
    }

    @Test
    void measuresOfTheWholeModelTakeAllHeads() {
        open(1280, ColorScheme.LIGHT, "#measure=alti&only=L3H1");
        assertHeads(Measure.ALTI, "", "All 72 heads together.");
        assertThat(page.getByText("ALTI goes through all layers")).isVisible();
        assertThat(page.locator("heed-chooser")).hasCount(0);
        page.getByLabel("Measure").selectOption("raw");
        assertHeads(Measure.RAW, "L3H1", "Head L3H1 alone.");
        page.getByLabel("Model").selectOption("shakespeare");
        assertThat(page.locator("heed-lines p")).containsText("All 36 heads together.");
    }

    @Test
    void headsThatAreNotThereAreNotTaken() {
        open(1280, ColorScheme.LIGHT, "#only=L99H1,L-1,%3Cb%3E,,L7,L9999999999");
        assertHeads(Measure.NORM, "", "All 72 heads together.");
        open(1280, ColorScheme.LIGHT, "#only=L99H1,L3H1,L3H1");
        assertHeads(Measure.NORM, "L3H1", "Head L3H1 alone.");
    }

    @Test
    void aWordThatIsLookedAtShowsWhoLooks() {
        Locator trophy = button("trophy, looked at");
        trophy.hover();
        assertThat(page.getByText("All that attend to “trophy”, and the share")).isVisible();
        double[][] cells = cells(Measure.NORM, Selection.all());
        int drawn = 0;
        for (int i = 0; i < cells.length; i++) {
            double expected = cells[i][TROPHY_WORD] >= 0.005 ? cells[i][TROPHY_WORD] : 0;
            assertThat(weight(".source", i)).isCloseTo(expected, within(0.0051));
            drawn += cells[i][TROPHY_WORD] > 0 ? 1 : 0;
        }
        assertThat(page.locator("heed-lines path")).hasCount(drawn);
        keep(page, "looked-at");

        trophy.click();
        button("big").hover();
        assertThat(trophy).hasAttribute("aria-pressed", "true");
        assertThat(page.getByText("All that attend to “trophy”")).isVisible();
        page.getByText("Choose heads").click();
        button("Head L0H0").click();
        assertThat(page.getByText("All heads together but L0H0. All that attend to “trophy”"))
                .isVisible();

        trophy.focus();
        page.keyboard().press("Escape");
        assertThat(trophy).hasAttribute("aria-pressed", "false");
        page.keyboard().press("ArrowLeft");
        assertThat(button("trophy")).isFocused();
        assertThat(page.getByText("All that “trophy” attends to.")).isVisible();
        page.keyboard().press("ArrowUp");
        page.keyboard().press("ArrowUp");
        page.keyboard().press("ArrowRight");
        assertThat(button("The, looked at")).isFocused();
        page.keyboard().press("Enter");
        assertThat(button("The, looked at")).hasAttribute("aria-pressed", "true");
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void anybodyCanReadIt(ColorScheme scheme) throws IOException {
        page.getByText("Choose heads").click();
        assertReadable("choice", scheme, "#only=L0H1,L3H1,L5", "heed-chooser .layer button");
        assertReadable("all-heads", scheme, "#measure=rollout&only=L0H1", "heed-lines path");
    }
}
