package heed.page.document;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import heed.page.server.Browser;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * A file that is opened from disk in the machine's own browser, which must ask nobody for anything.
 * Pictures of it are kept in the folder that {@code -Dheed.screenshots=FOLDER} names.
 */
abstract class DocumentPage {
    static PretrainedModel minilm;
    static @Nullable Browser browser;

    @TempDir Path folder;

    final List<String> complaints = new ArrayList<>();
    final List<String> requests = new ArrayList<>();
    @Nullable Page page;

    @BeforeAll
    static void start() throws IOException {
        minilm = PretrainedModel.open("minilm");
        browser = Browser.findOrSay().map(Browser::new).orElse(null);
    }

    @AfterAll
    static void stop() {
        minilm.close();
        if (browser != null) {
            browser.close();
        }
    }

    /** Nothing but the file itself was asked for, and nothing went wrong. */
    @AfterEach
    void close() {
        if (page != null) {
            assertThat(requests).allMatch(each -> each.startsWith("file:///"));
            assertThat(complaints).as("what the browser complains of").isEmpty();
            page.context().close();
        }
    }

    Page open(String html, String state, int width, ColorScheme scheme) throws IOException {
        Assumptions.assumeTrue(browser != null, Browser.MISSING);
        Path file = Files.writeString(folder.resolve("look.html"), html);
        Page opened = browser.tab(width, 900, scheme);
        opened.onConsoleMessage(message -> complaints.add(message.text()));
        opened.onPageError(complaints::add);
        opened.onRequest(request -> requests.add(request.url()));
        opened.navigate(file.toUri() + state);
        opened.locator("main canvas").first().waitFor();
        page = opened;
        return opened;
    }

    /** Anybody can read it, on a wide screen and on a narrow one. */
    void isReadable(String html, String state, String name, ColorScheme scheme) throws IOException {
        for (int width : new int[] {1280, 400}) {
            Page opened = open(html, state, width, scheme);
            assertThat(opened.evaluate("document.documentElement.scrollWidth")).isEqualTo(width);
            String shade = scheme.name().toLowerCase(Locale.ROOT);
            keep(opened, "%s-%d-%s".formatted(name, width, shade));
            assertThat(Browser.violations(opened)).isEmpty();
        }
    }

    static Locator button(Page page, String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    static void keep(Page page, String name) {
        Optional.ofNullable(System.getProperty("heed.screenshots"))
                .ifPresent(
                        kept ->
                                page.screenshot(
                                        new Page.ScreenshotOptions()
                                                .setPath(Path.of(kept, name + ".png"))
                                                .setFullPage(true)));
    }
}
