package heed.page.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import heed.microscope.Listener;
import heed.microscope.heads.HeadMeasure;
import heed.microscope.heads.HeadProfile;
import heed.microscope.heads.HeadSurvey;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The view of reports: values, ranks and labels are the library's, and lead to the head. */
final class ReportsViewTest extends BrowserPage {
    private static final String TEXT =
            "The trophy didn't fit in the suitcase because it was too big.";

    private static List<HeadProfile> profiles() {
        HeadSurvey survey = new HeadSurvey(minilm, null, Listener.none());
        assertThat(survey.readText(TEXT)).isEqualTo("a text of 17 tokens");
        return survey.profiles();
    }

    private Locator rows() {
        return page.locator("heed-strips tbody tr");
    }

    private static String said(double value) {
        return "%.2f".formatted(value).replace('-', '−');
    }

    @Test
    void stripsAreTheLibrarysValuesAndRanksInTheOrderOfAMeasure() {
        open(1280, ColorScheme.LIGHT, "#view=reports");
        List<HeadProfile> profiles = profiles();
        assertThat(page.getByText("What each of 72 heads does on a text of 17 tokens")).isVisible();
        assertSorted(HeadMeasure.PREVIOUS, profiles);

        page.locator("heed-strips").getByRole(AriaRole.BUTTON).getByText("confidence").click();
        assertThat(page).hasURL(Pattern.compile("sort=confidence"));
        assertSorted(HeadMeasure.CONFIDENCE, profiles);
        button("Head").click();
        assertThat(rows().first().locator("th")).hasText("L0H0");
    }

    private void assertSorted(HeadMeasure by, List<HeadProfile> profiles) {
        List<HeadMeasure> measures = HeadMeasure.of(profiles);
        List<HeadProfile> sorted =
                profiles.stream()
                        .sorted(Comparator.comparingDouble((HeadProfile p) -> -p.get(by)))
                        .toList();
        assertThat(rows()).hasCount(72);
        assertThat(rows().first().locator("th")).hasText(sorted.getFirst().head().toString());
        for (int row : new int[] {0, 1, 30, 71}) {
            HeadProfile profile = sorted.get(row);
            Locator cells = rows().nth(row).locator("td");
            for (int m = 0; m < measures.size(); m++) {
                HeadMeasure measure = measures.get(m);
                int rank = measure.ranks(profiles)[profiles.indexOf(profile)];
                assertThat(cells.nth(m).innerText().strip())
                        .startsWith(said(profile.get(measure)))
                        .endsWith("%d of 72".formatted(rank));
            }
            String labels = cells.nth(measures.size()).innerText();
            profile.labels()
                    .forEach(
                            label ->
                                    assertThat(labels)
                                            .contains(label.name() + " " + said(label.figure())));
        }
    }

    @Test
    void thePointsOfTheScatterLeadToTheirHeads() {
        open(1280, ColorScheme.LIGHT, "#view=reports&x=first&y=previous");
        Locator points = page.locator("heed-scatter circle");
        assertThat(points).hasCount(72);
        HeadProfile previous =
                profiles().stream()
                        .max(Comparator.comparingDouble(p -> p.get(HeadMeasure.PREVIOUS)))
                        .orElseThrow();
        Locator status = page.locator("heed-scatter").getByRole(AriaRole.STATUS);
        Locator point =
                page.locator("heed-scatter circle[aria-label^='%s:']".formatted(previous.head()));
        point.hover();
        assertThat(status).containsText("previous token");
        assertThat(status).containsText("(1 of 72)");
        assertThat(status).containsText(previous.head() + ":");

        page.getByLabel(Pattern.compile("^Up")).selectOption("confidence");
        assertThat(page).hasURL(Pattern.compile("y=confidence"));
        points.nth(3).focus();
        page.keyboard().press("ArrowRight");
        assertThat(points.nth(4)).isFocused();
        String head = points.nth(4).getAttribute("aria-label").split(":", -1)[0];
        assertThat(status).containsText(head + ": first token");
        page.keyboard().press("Enter");
        assertThat(page).hasURL(Pattern.compile("view=heads&head=" + head));
        assertThat(button("Head " + head)).hasAttribute("aria-pressed", "true");
    }

    @Test
    void decodersReadRandomTokensTwice() {
        open(1280, ColorScheme.LIGHT, "#view=reports");
        assertThat(page.getByText("Read random tokens twice")).hasCount(0);
        page.getByLabel("Model").selectOption("shakespeare");
        page.getByLabel("Read random tokens twice").check();
        assertThat(page.getByText("36 heads does on 50 random tokens, twice (seed 0)")).isVisible();
        HeadSurvey survey = new HeadSurvey(shelf.get("shakespeare"), null, Listener.none());
        assertThat(survey.readRandom(50, 0)).isNotEmpty();
        List<HeadProfile> profiles = survey.profiles();
        int column = HeadMeasure.of(profiles).indexOf(HeadMeasure.INDUCTION);
        button("induction").click();
        double most =
                profiles.stream()
                        .mapToDouble(profile -> profile.get(HeadMeasure.INDUCTION))
                        .max()
                        .orElseThrow();
        assertThat(rows().first().locator("td").nth(column)).containsText(said(most));
        assertThat(rows().first().locator("td").nth(column)).containsText("1 of 36");
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void anybodyCanReadIt(ColorScheme scheme) throws IOException {
        assertReadable("reports", scheme, "#view=reports", "heed-scatter circle");
    }
}
