package heed.page.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.SameSite;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stands before everything that the server gives: lets in who came by the address with the launch
 * token, and from this page alone. Other pages of the same browser, names of other hosts that lead
 * here, and other users of the machine are kept out.
 */
final class Guard {
    private static final String COOKIE = "heed";
    private static final String TOKEN = "token";
    private static final int TOKEN_BYTES = 24;
    private static final Set<String> METHODS = Set.of("GET", "POST");

    private final String token;
    private final String contentPolicy;
    private int port;

    /**
     * @param contentPolicy what the browser may load
     */
    Guard(String contentPolicy) {
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        token = HexFormat.of().formatHex(random);
        this.contentPolicy = contentPolicy;
    }

    /** Says where the server listens. */
    void listenAt(int port) {
        this.port = port;
    }

    /** What the address that is printed ends with. */
    String launchQuery() {
        return "/?" + TOKEN + "=" + token;
    }

    /**
     * Lets a request in, or sends the browser to the page once it has the cookie.
     *
     * @throws Refusal if it is none of ours
     */
    void check(Context request) {
        setHeaders(request);
        if (!METHODS.contains(request.method().name())) {
            throw new Refusal(405, "only GET and POST are answered");
        }
        requireHost(request.header("Host"));
        String given = request.path().equals("/") ? request.queryParam(TOKEN) : null;
        if (given != null && isToken(given)) {
            Cookie cookie = new Cookie(COOKIE, token);
            cookie.setHttpOnly(true);
            cookie.setSameSite(SameSite.STRICT);
            request.cookie(cookie);
            request.redirect("/");
            request.skipRemainingHandlers();
            return;
        }
        String cookie = request.cookie(COOKIE);
        if (cookie == null || !isToken(cookie)) {
            throw new Refusal(403, "open the address that 'heed serve' has printed");
        }
        if (request.path().startsWith("/api/")) {
            requireOwnPage(request.header("Sec-Fetch-Site"), request.header("Origin"));
        }
        if (request.method().name().equals("POST")) {
            String type = String.valueOf(request.contentType()).toLowerCase(Locale.ROOT);
            if (!type.equals("application/json") && !type.startsWith("application/json;")) {
                throw new Refusal(415, "a question is JSON");
            }
        }
    }

    private void setHeaders(Context request) {
        request.header("Content-Security-Policy", contentPolicy);
        request.header("X-Content-Type-Options", "nosniff");
        request.header("Referrer-Policy", "no-referrer");
        request.header("Cross-Origin-Opener-Policy", "same-origin");
        request.header("Cross-Origin-Resource-Policy", "same-origin");
        request.header("Cache-Control", "no-store");
    }

    private void requireHost(@Nullable String host) {
        if (host == null || !List.of("127.0.0.1:" + port, "localhost:" + port).contains(host)) {
            throw new Refusal(421, "this server is 127.0.0.1:%d alone".formatted(port));
        }
    }

    /** A browser says where a request comes from; what says nothing is no page. */
    private void requireOwnPage(@Nullable String site, @Nullable String origin) {
        boolean own =
                site != null
                        ? site.equals("same-origin")
                        : origin != null
                                && List.of("http://127.0.0.1:" + port, "http://localhost:" + port)
                                        .contains(origin);
        if (!own) {
            throw new Refusal(403, "this is for Heed's own page");
        }
    }

    private boolean isToken(String given) {
        return MessageDigest.isEqual(given.getBytes(UTF_8), token.getBytes(UTF_8));
    }
}
