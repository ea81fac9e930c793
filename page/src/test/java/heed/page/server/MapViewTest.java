package heed.page.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import heed.attention.AttentionWeights;
import heed.microscope.AttentionTrace;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.map.QueriesAndKeys;
import heed.transformer.checkpoint.ElementType;
import heed.transformer.checkpoint.StoredTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The map in a real browser: what is on the screen is what the library says. */
final class MapViewTest extends BrowserPage {
    private static final int TOKENS = 9_000;
    private static final int COLUMNS = 16;
    private static final int[] NEEDLE = {7_321, 1_234};
    private static final String NAME = "<b>needle</b>.safetensors";
    private static final String NEEDLES = "#view=map&matrices=%3Cb%3Eneedle%3C%2Fb%3E.safetensors";
    private static final Pattern SAID = Pattern.compile("(.*) → (.*): ([0-9.e−]+)(?:,.*)?");

    private static final String MIDDLE =
            """
            () => {
              const find = (root, name) => root.querySelector(name);
              const view = find(find(document, 'heed-app').shadowRoot, 'heed-map-view');
              const tiles = find(find(view.shadowRoot, 'heed-tiles').shadowRoot, '#tiles');
              const box = tiles.getBoundingClientRect();
              const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
              for (const canvas of tiles.querySelectorAll('canvas')) {
                const at = canvas.getBoundingClientRect();
                if (at.left <= x && x < at.right && at.top <= y && y < at.bottom) {
                  const scale = 256 / at.width;
                  const pixels = canvas.getContext('2d')
                    .getImageData(Math.floor((x - at.left) * scale) - 2, Math.floor((y - at.top) * scale) - 2, 5, 5).data;
                  for (let i = 0; i < pixels.length; i += 4) {
                    if (pixels[i] === 209 && pixels[i + 1] === 69 && pixels[i + 2] === 11) {
                      return true;
                    }
                  }
                }
              }
              return false;
            }
            """;

    @BeforeAll
    static void addMatrices() {
        Random random = new Random(1);
        float[] q = new float[TOKENS * COLUMNS];
        float[] k = new float[TOKENS * COLUMNS];
        for (int i = 0; i < q.length; i++) {
            q[i] = (float) random.nextGaussian();
            k[i] = (float) random.nextGaussian();
        }
        Arrays.fill(q, NEEDLE[0] * COLUMNS, (NEEDLE[0] + 1) * COLUMNS, 0);
        q[NEEDLE[0] * COLUMNS] = 12;
        k[NEEDLE[1] * COLUMNS] = 9;
        shelf.add(NAME, new QueriesAndKeys(tensor("q", q), tensor("k", k), true));
    }

    private static StoredTensor tensor(String name, float[] data) {
        return new StoredTensor(
                name, List.of(TOKENS, COLUMNS), ElementType.F32, MemorySegment.ofArray(data));
    }

    private Locator tiles() {
        return page.locator("#tiles canvas");
    }

    private String status() {
        return page.getByRole(AriaRole.STATUS).innerText();
    }

    /** Waits until a pixel in the middle of the map has the colour of a half and more. */
    private void waitForNeedle() {
        page.waitForCondition(() -> page.evaluate(MIDDLE).equals(true));
    }

    @Test
    void theNeedleIsFound() {
        open(1280, ColorScheme.LIGHT, NEEDLES);
        Locator button = button("Go to the needle");
        assertThat(button).isEnabled();
        assertThat(page.getByText("9,000 rows look, 9,000 columns are looked at.")).isVisible();
        assertThat(page.getByRole(AriaRole.COMBOBOX)).hasValue(NAME);
        assertThat(page).not().hasURL(Pattern.compile("at="));
        assertThat(page.locator(".needle")).hasCount(1);
        page.reload();
        assertThat(page.locator(".needle")).hasCount(1);
        keep(page, "map-whole");
        button.click();
        Matcher said = SAID.matcher(status());
        assertThat(said.matches()).as(status()).isTrue();
        assertThat(said.group(1)).isEqualTo("7,321");
        assertThat(said.group(2)).isEqualTo("1,234");
        assertThat(Double.parseDouble(said.group(3))).isGreaterThan(0.5);
        assertThat(page).hasURL(Pattern.compile("at=7322%2C1235%2C10"));
        waitForNeedle();
        keep(page, "map-needle");
        for (int zoom = 9; zoom >= 0; zoom--) {
            page.locator(".leaflet-control-zoom-out").click();
            waitForNeedle();
        }
        complaints.removeIf(each -> each.contains("willReadFrequently"));
    }

    @Test
    void aCellSaysItsWeight() throws IOException {
        String text = "To be, or not to be, that is the question";
        open(
                1280,
                ColorScheme.DARK,
                "#view=map&model=shakespeare&head=L2H1&at=12,6,4&text=" + text.replace(' ', '+'));
        assertThat(tiles().first()).isVisible();
        Locator map = page.locator("#tiles");
        map.hover(
                new Locator.HoverOptions()
                        .setPosition(
                                map.boundingBox().width / 2 + 8, map.boundingBox().height / 2 + 8));
        assertThat(page.getByRole(AriaRole.STATUS)).containsText("→");
        Matcher said = SAID.matcher(status());
        assertThat(said.matches()).as(status()).isTrue();
        AttentionTrace trace = AttentionTrace.ofAll();
        var model = shelf.get("shakespeare");
        ModelRun run = ModelRun.of(model, ModelRun.encode(model, text), trace, Listener.none());
        AttentionWeights weights =
                trace.weights(2, IntStream.range(0, run.tokens().size()).toArray());
        double weight = weights.row(1, 12)[6];
        assertThat(said.group(1)).isEqualTo("“t” (12)");
        assertThat(said.group(2)).isEqualTo("“␣” (6)");
        assertThat(Double.parseDouble(said.group(3).replace('−', '-')))
                .isCloseTo(weight, within(0.01 * weight));
        keep(page, "map-text");

        map.focus();
        page.keyboard().press("Enter");
        assertThat(page.getByRole(AriaRole.STATUS)).containsText("“t” (12) → “␣” (6)");
        page.getByLabel("Layer").fill("1");
        page.getByLabel("Layer").press("Enter");
        assertThat(page).hasURL(Pattern.compile("head=L1H1"));
        page.getByLabel("mass").check();
        assertThat(page).hasURL(Pattern.compile("channel=mass"));
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void anybodyCanReadIt(ColorScheme scheme) throws IOException {
        assertReadable("map", scheme, NEEDLES, "#tiles canvas");
        assertReadable("map-of-text", scheme, "#view=map", "#tiles canvas");
    }
}
