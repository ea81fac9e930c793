package heed.page.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import heed.microscope.cost.AttentionCost;
import heed.microscope.cost.ModelShape;
import heed.microscope.cost.Quantities;
import java.io.IOException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The view of costs: what is counted is the library's, wherever the sliders stand. */
final class CostViewTest extends BrowserPage {
    private static final int THREADS = Runtime.getRuntime().availableProcessors();

    /** The cell of a row under one layer. */
    private Locator layer(String row) {
        return page.locator("tr", new Page.LocatorOptions().setHasText(row)).locator("td").nth(1);
    }

    private void assertSaid(ModelShape shape, int tokens) {
        AttentionCost cost = new AttentionCost(shape, tokens);
        assertThat(layer("Scores, n²"))
                .hasText(Quantities.whole(cost.perLayer(cost.scoresPerHead())));
        assertThat(layer("Operations"))
                .hasText(Quantities.scaled(cost.perLayer(cost.flopsPerHead()), "FLOP"));
        String naive = Quantities.scaled(cost.bytesNaive(), "B");
        String tiled = Quantities.scaled(cost.bytesTiled(THREADS), "B");
        assertThat(layer("Memory, all scores kept")).hasText(naive);
        assertThat(layer("Memory, in tiles")).hasText(tiled);
        assertThat(page.locator("heed-chart .value").nth(0)).hasText(naive);
        assertThat(page.locator("heed-chart .value").nth(1)).hasText(tiled);
        assertThat(layer("Key/value cache"))
                .hasText(Quantities.scaled(cost.kvCacheBytesPerLayer(), "B"));
        assertThat(layer("Time on this machine")).hasText(Pattern.compile("^\\d"));
    }

    @Test
    void theNumbersFollowTheSlider() {
        open(1280, ColorScheme.LIGHT, "#view=cost");
        ModelShape shape = ModelShape.of("minilm", minilm);
        assertSaid(shape, 4096);
        Locator slider = page.getByLabel("Tokens, by doublings");
        slider.focus();
        for (int i = 0; i < 4; i++) {
            page.keyboard().press("ArrowRight");
        }
        assertThat(page.getByLabel("Tokens, n")).hasValue("8192");
        assertThat(page).hasURL(Pattern.compile("n=8192"));
        assertSaid(shape, 8192);
        page.keyboard().press("End");
        assertSaid(shape, 1 << 20);
        page.getByLabel("causal").check();
        assertThat(page.getByText("Scores that the mask leaves")).isVisible();
        assertSaid(shape.withCausal(true), 1 << 20);
        page.reload();
        assertSaid(shape.withCausal(true), 1 << 20);
    }

    @Test
    void aPresetAndAShapeOfOnesOwn() {
        open(1280, ColorScheme.LIGHT, "#view=cost&n=128000");
        page.getByLabel("Model").selectOption("gpt-4");
        assertThat(page.getByText("an estimate: its shape was never published")).isVisible();
        assertSaid(ModelShape.preset("gpt-4").orElseThrow(), 128_000);
        page.getByLabel("Model").selectOption("custom");
        page.getByLabel("Key/value heads").fill("4");
        page.getByLabel("Key/value heads").press("Enter");
        assertSaid(new ModelShape("custom", 12, 12, 4, 64, true, false), 128_000);
        page.getByLabel("Machines").fill("8");
        page.getByLabel("Machines").press("Enter");
        assertThat(page.getByText("One layer as ring attention on 8 machines")).isVisible();
        assertThat(page.getByText("A second machine pays from about")).isVisible();
    }

    @Test
    void whatCannotBeIsSaidInALine() {
        open(1280, ColorScheme.LIGHT, "#view=cost");
        page.getByLabel("Tokens, n").fill("1e30");
        page.getByLabel("Tokens, n").press("Enter");
        assertThat(page.getByRole(AriaRole.ALERT))
                .hasText("tokens is a number from 128 to 1048576");
        page.getByLabel("Tokens, n").fill("1000");
        page.getByLabel("Tokens, n").press("Enter");
        assertThat(page.getByRole(AriaRole.ALERT)).hasText("");
        assertSaid(ModelShape.of("minilm", minilm), 1000);
        complaints.removeIf(each -> each.contains("status of 400"));
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void anybodyCanReadIt(ColorScheme scheme) throws IOException {
        assertReadable(
                "cost",
                scheme,
                "#view=cost&shape=custom&n=128000&kvHeads=4&workers=8",
                "heed-chart polyline");
    }
}
