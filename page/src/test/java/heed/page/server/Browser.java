package heed.page.server;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The machine's Chromium, without a window. */
public final class Browser implements AutoCloseable {
    public static final String PROPERTY = "heed.chromium";

    public static final String MISSING =
            "There is no Chromium on this machine: the page was NOT tested in a browser. Install chromium, or name one with -D%s=FILE."
                    .formatted(PROPERTY);

    private static final List<String> ARGUMENTS =
            List.of(
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync");
    private static final int MILLIS = 30_000;

    private final Playwright playwright;
    private final com.microsoft.playwright.Browser browser;

    public Browser(Path executable) {
        PlaywrightAssertions.setDefaultAssertionTimeout(MILLIS);
        playwright =
                Playwright.create(
                        new Playwright.CreateOptions()
                                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser =
                playwright
                        .chromium()
                        .launch(
                                new BrowserType.LaunchOptions()
                                        .setExecutablePath(executable)
                                        .setArgs(ARGUMENTS));
    }

    /** The browser, or none, and then a line that says so where everybody sees it. */
    public static Optional<Path> findOrSay() {
        Optional<Path> found = find();
        if (found.isEmpty()) {
            System.err.println(MISSING);
        }
        return found;
    }

    /** The browser that a property names, or else the one on the path. */
    public static Optional<Path> find() {
        String given = System.getProperty(PROPERTY);
        if (given != null) {
            return Optional.of(Path.of(given));
        }
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .flatMap(
                        folder ->
                                Stream.of("chromium", "chromium-browser", "google-chrome")
                                        .map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** A tab of its own, with no cookies. */
    public Page tab(int width, int height, ColorScheme scheme) {
        BrowserContext context =
                browser.newContext(
                        new com.microsoft.playwright.Browser.NewContextOptions()
                                .setViewportSize(width, height)
                                .setColorScheme(scheme));
        context.setDefaultTimeout(MILLIS);
        return context.newPage();
    }

    /**
     * What axe-core finds in a page that is serious or critical, a line each.
     *
     * @see <a href="https://github.com/dequelabs/axe-core">axe-core</a>
     */
    public static List<?> violations(Page page) throws IOException {
        if (page.evaluate("typeof axe").equals("undefined")) {
            try (InputStream script = Browser.class.getResourceAsStream("/axe.min.js")) {
                if (script == null) {
                    throw new IllegalStateException("axe.min.js is not on the class path");
                }
                page.evaluate(new String(script.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        Object found =
                page.evaluate(
                        """
                        async () => (await axe.run({ preload: false })).violations
                          .filter((each) => ['serious', 'critical'].includes(each.impact))
                          .map((each) => each.id + ': ' + each.nodes.map((node) => node.html).join(' | '))
                        """);
        return (List<?>) found;
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
