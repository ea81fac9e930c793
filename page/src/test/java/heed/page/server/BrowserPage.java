package heed.page.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/**
 * A page of the embedded models in the machine's own browser, which must not complain of anything.
 * Pictures of it are kept in the folder that {@code -Dheed.screenshots=FOLDER} names.
 */
abstract class BrowserPage {
    static PretrainedModel minilm;
    static ModelShelf shelf;
    static PageServer server;
    static Browser browser;

    Page page;
    final List<String> complaints = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        Optional<Path> executable = Browser.findOrSay();
        Assumptions.assumeTrue(executable.isPresent(), Browser.MISSING);
        minilm = PretrainedModel.open("minilm");
        shelf = new ModelShelf();
        shelf.add("minilm", minilm);
        shelf.add("shakespeare", PretrainedModel.open("shakespeare"));
        server = PageServer.start(0, shelf);
        browser = new Browser(executable.orElseThrow());
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
            server.close();
            shelf.close();
        }
    }

    @BeforeEach
    void open() {
        page = tab(1280, ColorScheme.LIGHT, "");
    }

    void open(int width, ColorScheme scheme, String state) {
        page.context().close();
        page = tab(width, scheme, state);
    }

    /**
     * Has the open page show another state, as somebody who changes the address does: without
     * loading it again.
     */
    void go(String state) {
        page.evaluate(
                """
                (state) => new Promise((done) => {
                  const there = new URL(state === '' ? '#' : state, location);
                  if (there.hash === location.hash) {
                    done();
                  } else {
                    addEventListener('hashchange', () => requestAnimationFrame(done), { once: true });
                    location.hash = there.hash;
                  }
                })
                """,
                state);
        waitForAnswer();
    }

    Page tab(int width, ColorScheme scheme, String state) {
        Page page = browser.tab(width, 900, scheme);
        page.onConsoleMessage(
                message -> {
                    if (message.type().equals("error") || message.type().equals("warning")) {
                        complaints.add(message.text());
                    }
                });
        page.onPageError(complaints::add);
        page.navigate(server.address() + state);
        waitForAnswer(page);
        return page;
    }

    @AfterEach
    void close() {
        page.context().close();
        assertThat(complaints).as("what the browser complains of").isEmpty();
    }

    void waitForAnswer() {
        waitForAnswer(page);
    }

    static void waitForAnswer(Page page) {
        assertThat(page.locator("main section").first()).hasAttribute("aria-busy", "false");
    }

    Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    static void keep(Page page, String name) {
        String folder = System.getProperty("heed.screenshots");
        if (folder != null) {
            page.screenshot(
                    new Page.ScreenshotOptions()
                            .setPath(Path.of(folder, name + ".png"))
                            .setFullPage(true));
        }
    }

    /**
     * In a wide window and a narrow one axe-core finds nothing grave in a state of the page, and
     * nothing is wider than the window.
     *
     * @param last what is there once all is
     */
    void assertReadable(String name, ColorScheme scheme, String state, String last)
            throws IOException {
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
        for (int width : new int[] {1280, 400}) {
            page.setViewportSize(width, 900);
            go(state);
            page.locator(last).first().waitFor();
            assertReadable(name, width, scheme);
        }
    }

    /** Axe-core finds nothing grave in the page as it is, and nothing is wider than the window. */
    void assertReadable(String name, int width, ColorScheme scheme) throws IOException {
        assertThat(Browser.violations(page)).as(name).isEmpty();
        assertThat(page.evaluate("document.documentElement.scrollWidth"))
                .as("%s: how wide it is", name)
                .isEqualTo(width);
        keep(page, "%s-%d-%s".formatted(name, width, scheme.name().toLowerCase(Locale.ROOT)));
    }
}
