package heed.page.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import heed.microscope.HeadId;
import heed.microscope.generate.WatchedGeneration;
import heed.microscope.look.Selection;
import heed.transformer.generate.Sampler;
import heed.transformer.model.PretrainedDecoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The view that generates: the tokens, the odds and the rows of attention are the library's. */
final class GenerateViewTest extends BrowserPage {
    private static final int PROMPT = 6;

    private static PretrainedDecoder shakespeare() {
        return (PretrainedDecoder) shelf.get("shakespeare");
    }

    private Locator tokens() {
        return page.locator("heed-shaded button");
    }

    private void generate(int count) {
        open(1280, ColorScheme.LIGHT, "#view=generate");
        page.getByLabel("Tokens").fill(String.valueOf(count));
        page.getByLabel("Seed").fill("3");
        button("Start").click();
        assertThat(page.getByText(count + " tokens. As many came as were asked for.")).isVisible();
    }

    private static List<WatchedGeneration.Step> steps(WatchedGeneration generation) {
        List<WatchedGeneration.Step> steps = new ArrayList<>();
        generation.run(steps::add);
        return steps;
    }

    private static WatchedGeneration expected(int count) {
        return new WatchedGeneration(
                shakespeare(), "ROMEO:", count, new Sampler.Settings(0.8, 0, 1, 0, 1, 3));
    }

    @Test
    void tokensTheirOddsAndTheirRowsAreTheLibrarys() {
        generate(24);
        WatchedGeneration expected = expected(24);
        List<WatchedGeneration.Step> steps = steps(expected);
        assertThat(tokens()).hasCount(24);
        assertOdds(steps.getLast());
        for (int i = 0; i < 24; i++) {
            String text = steps.get(i).token().text();
            assertThat(tokens().nth(i).textContent())
                    .isEqualTo(text.equals("\n") ? "⏎" : text.replace(' ', '␣'));
        }

        tokens().nth(9).hover();
        assertOdds(steps.get(9));
        assertRow(expected.row(Selection.ofLayer(5), PROMPT + 9));
        page.getByLabel("Attention of").selectOption("L2H1");
        assertThat(page.getByText("in L2H1, when the model chose")).isVisible();
        assertThat(page).hasURL(Pattern.compile("by=L2H1"));
        double[] row = expected.row(Selection.of(new HeadId(2, 1)), PROMPT + 9);
        assertThat(page.locator("heed-shaded .token").first())
                .hasAttribute("title", "%.3f".formatted(row[0]));
        assertRow(row);

        Locator rows = page.locator("heed-rows canvas");
        assertThat(rows).hasAttribute("width", "29");
        assertThat(rows).hasAttribute("height", "24");
        double cell = rows.boundingBox().height / 24;
        rows.hover(new Locator.HoverOptions().setPosition(5, 3.5 * cell));
        assertThat(tokens().nth(3)).hasAttribute("aria-pressed", "true");
        assertOdds(steps.get(3));

        tokens().nth(9).focus();
        page.keyboard().press("ArrowRight");
        assertThat(tokens().nth(10)).isFocused();
        assertOdds(steps.get(10));
    }

    private void assertOdds(WatchedGeneration.Step step) {
        Locator rows = page.locator("heed-odds tbody tr");
        boolean among = step.likeliest().contains(step.token());
        assertThat(rows).hasCount(WatchedGeneration.ALTERNATIVES + (among ? 1 : 2));
        assertThat(rows.locator("td:nth-of-type(2)").first())
                .hasText("%.3f".formatted(step.likeliest().getFirst().probability()));
        List<Double> said =
                rows.locator("td:nth-of-type(2)").allInnerTexts().stream()
                        .map(Double::parseDouble)
                        .toList();
        for (int i = 0; i < WatchedGeneration.ALTERNATIVES; i++) {
            assertThat(said.get(i)).isCloseTo(step.likeliest().get(i).probability(), within(6e-4));
        }
        assertThat(said.get(WatchedGeneration.ALTERNATIVES)).isCloseTo(step.rest(), within(6e-4));
        assertThat(page.locator("heed-odds .came td:nth-of-type(2)"))
                .hasText("%.3f".formatted(step.token().probability()));
    }

    private void assertRow(double[] row) {
        for (int key = 0; key < row.length; key++) {
            String weight = page.locator("heed-shaded .token").nth(key).getAttribute("title");
            assertThat(Double.parseDouble(weight)).isCloseTo(row[key], within(6e-4));
        }
        assertThat(page.locator("heed-shaded .token").nth(row.length)).hasAttribute("title", "");
    }

    @Test
    void whatCameCanBeLookedAtInAllHeads() {
        generate(10);
        button("All heads of this text").click();
        assertThat(page.getByText("The attention weights of 36 heads")).isVisible();
        String text = "ROMEO:";
        for (WatchedGeneration.Step step : steps(expected(9))) {
            text += step.token().text();
        }
        assertThat(page.getByLabel("A text")).hasValue(text);
    }

    @Test
    void stopEndsWhatThisPageGenerates() {
        open(1280, ColorScheme.LIGHT, "#view=generate");
        List<Route> held = new ArrayList<>();
        page.route("**/api/generate", held::add);
        assertThat(button("Stop")).isDisabled();
        button("Start").click();
        // The server has answered when what is held goes on: it would stop what came before.
        Request stop = page.waitForResponse("**/api/stop", () -> button("Stop").click()).request();
        String id =
                "\"page\":\"%s\"".formatted(json(stop.postData()).required("page").stringValue());
        assertThat(held.getFirst().request().postData()).contains(id);
        held.getFirst().resume();
        assertThat(page.getByText("64 tokens.")).isVisible();
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    @Test
    void aFullContextIsSaid() {
        open(1280, ColorScheme.LIGHT, "#view=generate&most=512");
        button("Start").click();
        assertThat(page.getByRole(AriaRole.STATUS))
                .hasText("123 tokens. The context is full: the model reads no more tokens.");
        assertThat(button("Stop")).isDisabled();
    }

    @Test
    void whatCannotBeIsSaidInALine() {
        open(1280, ColorScheme.LIGHT, "#view=generate&prompt=%E6%BC%A2");
        button("Start").click();
        assertThat(page.getByRole(AriaRole.ALERT)).containsText("漢");
        page.getByLabel("A text to go on with").fill("O");
        button("Start").click();
        assertThat(page.getByRole(AriaRole.ALERT)).hasText("");
        complaints.removeIf(each -> each.contains("status of 400"));
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void anybodyCanReadIt(ColorScheme scheme) throws IOException {
        for (int width : new int[] {1280, 400}) {
            open(width, scheme, "#view=generate&most=40");
            button("Start").click();
            assertThat(page.getByText("40 tokens.")).isVisible();
            tokens().nth(20).hover();
            assertReadable("generate", width, scheme);
        }
    }
}
