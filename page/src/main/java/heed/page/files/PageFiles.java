package heed.page.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/**
 * The files of the page, each under the one path that it has. Nothing else is looked for, so no
 * path can lead out of them.
 */
public final class PageFiles {
    private static final String OWN = "heed-page/";
    private static final String WEB_JARS = "META-INF/resources/webjars/";
    private static final Pattern IMPORT_MAP =
            Pattern.compile("<script type=\"importmap\">(.*?)</script>", Pattern.DOTALL);

    /** A file and what it is. */
    public record PageFile(byte[] bytes, String type) {}

    private final Map<String, PageFile> files = new LinkedHashMap<>();

    public PageFiles() {
        own("/", "index.html", "text/html; charset=utf-8");
        own("/style.css", "style.css", "text/css; charset=utf-8");
        for (String script :
                new String[] {
                    "api.js",
                    "app.js",
                    "asking.js",
                    "bytes.js",
                    "channels.js",
                    "choice.js",
                    "codes.js",
                    "colours.js",
                    "controls.js",
                    "generation.js",
                    "measures.js",
                    "question.js",
                    "selection.js",
                    "state.js",
                    "width.js",
                    "document/document.js",
                    "document/levels.js",
                    "document/window.js",
                    "document/weight.js",
                    "learn/asks.js",
                    "learn/cost.js",
                    "learn/heads.js",
                    "learn/lesson.js",
                    "learn/mask.js",
                    "learn/mixture.js",
                    "learn/pair-step.js",
                    "learn/reference.js",
                    "learn/score.js",
                    "learn/sentence.js",
                    "learn/softmax.js",
                    "learn/vectors.js",
                    "parts/bars.js",
                    "parts/chart.js",
                    "parts/chooser.js",
                    "parts/edges.js",
                    "parts/grid.js",
                    "parts/lines.js",
                    "parts/map.js",
                    "parts/odds.js",
                    "parts/rows.js",
                    "parts/scatter.js",
                    "parts/shaded.js",
                    "parts/steps.js",
                    "parts/strips.js",
                    "parts/tiles.js",
                    "views/check.js",
                    "views/cost.js",
                    "views/generate.js",
                    "views/heads.js",
                    "views/learn.js",
                    "views/map.js",
                    "views/reports.js",
                    "views/text.js"
                }) {
            own("/" + script, script, "text/javascript; charset=utf-8");
        }
        webJar("lit/index.js", "lit/3.2.1/index.js");
        webJar("leaflet/leaflet.js", "leaflet/1.9.4/dist/leaflet-src.esm.js");
        files.put(
                "/lib/leaflet/leaflet.css",
                new PageFile(
                        read(WEB_JARS + "leaflet/1.9.4/dist/leaflet.css"),
                        "text/css; charset=utf-8"));
        webJar("lit-html/lit-html.js", "lit-html/3.3.2/lit-html.js");
        webJar("lit-html/is-server.js", "lit-html/3.3.2/is-server.js");
        webJar("lit-element/lit-element.js", "lit-element/4.2.2/lit-element.js");
        webJar(
                "reactive-element/reactive-element.js",
                "lit__reactive-element/2.1.2/reactive-element.js");
        webJar("reactive-element/css-tag.js", "lit__reactive-element/2.1.2/css-tag.js");
    }

    private void own(String path, String resource, String type) {
        files.put(path, new PageFile(read(OWN + resource), type));
    }

    private void webJar(String path, String resource) {
        files.put(
                "/lib/" + path,
                new PageFile(read(WEB_JARS + resource), "text/javascript; charset=utf-8"));
    }

    private static byte[] read(String resource) {
        try (InputStream stream = PageFiles.class.getClassLoader().getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("the resource %s is missing".formatted(resource));
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file of a path, as it stands in a request. */
    public Optional<PageFile> at(String path) {
        return Optional.ofNullable(files.get(path));
    }

    /**
     * A file that is text.
     *
     * @throws IllegalArgumentException if there is none at the path
     */
    public String text(String path) {
        PageFile file =
                at(path).orElseThrow(() -> new IllegalArgumentException("there is no " + path));
        return new String(file.bytes(), UTF_8);
    }

    /** The paths of the modules that others import by a name. */
    public Map<String, String> names() {
        Map<String, String> names = new LinkedHashMap<>();
        JsonMapper.shared()
                .readTree(importMap())
                .required("imports")
                .properties()
                .forEach(name -> names.put(name.getKey(), name.getValue().stringValue()));
        return names;
    }

    private String importMap() {
        Matcher map = IMPORT_MAP.matcher(text("/"));
        if (!map.find()) {
            throw new IllegalStateException("index.html has no import map");
        }
        return map.group(1);
    }

    /** What a browser may load: what is here, and the one script that stands in the page. */
    public String contentPolicy() {
        return String.join(
                "; ",
                "default-src 'none'",
                "script-src 'self' " + hash(importMap()),
                "style-src 'self'",
                "img-src 'self' data:",
                "connect-src 'self'",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'");
    }

    /** What a content policy calls a script or style that stands in a page. */
    public static String hash(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
            return "'sha256-%s'".formatted(Base64.getEncoder().encodeToString(hash));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
