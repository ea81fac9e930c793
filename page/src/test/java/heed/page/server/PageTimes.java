package heed.page.server;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * How long the page takes in the machine's browser. It asserts nothing: the figures are printed.
 */
@EnabledIfSystemProperty(
        named = "heed.page.times",
        matches = "true",
        disabledReason = "a measurement: see docs/performance.md")
final class PageTimes {
    private static final int RUNS = 7;

    private static final String PAINT =
            """
            async () => {
              const paint = () => performance.getEntriesByName('first-contentful-paint')[0];
              while (!paint()) { await new Promise(requestAnimationFrame); }
              return paint().startTime;
            }
            """;

    /** Until what was asked for is there and a frame has been drawn since. */
    private static final String DRAWN =
            """
            async (selector) => {
              const frame = () => new Promise(requestAnimationFrame);
              const app = document.querySelector('heed-app');
              const there = () => selector.split(' ').reduce((view, name) => view?.shadowRoot?.querySelector(name), app);
              while (!there()) { await frame(); }
              await frame();
              await frame();
              return performance.now();
            }
            """;

    private static final String LINES = "heed-text heed-lines";

    /** From pointing at a word to the frame after the one that shows its lines. */
    private static final String HOVER =
            """
            async (word) => {
              const frame = () => new Promise(requestAnimationFrame);
              const view = document.querySelector('heed-app').shadowRoot.querySelector('heed-text')
                .shadowRoot.querySelector('heed-lines');
              const button = view.shadowRoot.querySelectorAll('button')[word];
              await frame();
              const start = performance.now();
              button.dispatchEvent(new MouseEvent('mouseenter'));
              await view.updateComplete;
              await frame();
              await frame();
              const took = performance.now() - start;
              button.dispatchEvent(new MouseEvent('mouseleave'));
              await view.updateComplete;
              return took;
            }
            """;

    @Test
    void times() throws IOException {
        try (ModelShelf shelf = new ModelShelf();
                Browser browser = new Browser(Browser.find().orElseThrow())) {
            shelf.add("minilm", PretrainedModel.open("minilm"));
            try (PageServer server = PageServer.start(0, shelf)) {
                String sixty = "#text=" + "word+".repeat(60);
                String most = "#view=heads&special=true&text=" + "word+".repeat(510);
                print(
                        "first paint",
                        tabs(
                                browser,
                                server,
                                "",
                                page -> ((Number) page.evaluate(PAINT)).doubleValue()));
                print(
                        "the first text and its lines",
                        tabs(browser, server, "", page -> drawn(page, LINES)));
                Page page = open(browser, server, sixty);
                var _ = drawn(page, LINES);
                print(
                        "a hover at 60 tokens",
                        times(run -> ((Number) page.evaluate(HOVER, 5 * run)).doubleValue()));
                page.context().close();
                print(
                        "all heads at 512 tokens",
                        tabs(browser, server, most, tab -> drawn(tab, "heed-heads heed-grid")));
                print(
                        "all heads and a map at 512 tokens",
                        tabs(
                                browser,
                                server,
                                most + "&head=L3H1",
                                t -> drawn(t, "heed-heads heed-map")));
            }
        }
    }

    private static double[] tabs(
            Browser browser, PageServer server, String state, ToDoubleFunction<Page> time) {
        return times(
                run -> {
                    Page page = open(browser, server, state);
                    double took = time.applyAsDouble(page);
                    page.context().close();
                    return took;
                });
    }

    private static double[] times(IntToDoubleFunction run) {
        var _ = run.applyAsDouble(0);
        double[] times = new double[RUNS];
        Arrays.setAll(times, run);
        Arrays.sort(times);
        return times;
    }

    private static Page open(Browser browser, PageServer server, String state) {
        Page page = browser.tab(1280, 900, ColorScheme.LIGHT);
        page.navigate(server.address() + state);
        return page;
    }

    private static double drawn(Page page, String selector) {
        return ((Number) page.evaluate(DRAWN, selector)).doubleValue();
    }

    private static void print(String what, double[] sorted) {
        System.out.printf(
                "%s: median %.0f ms, %.0f to %.0f%n",
                what, sorted[RUNS / 2], sorted[0], sorted[RUNS - 1]);
    }
}
