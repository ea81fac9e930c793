package heed.app.serve;

import static heed.app.Run.assertRefused;
import static heed.app.Run.heed;
import static org.assertj.core.api.Assertions.assertThat;

import heed.app.Run;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code heed serve} refuses; its server has tests of its own. */
final class ServeCommandTest {

    @Test
    void whatCannotBeServedIsRefused() throws IOException {
        assertRefused(heed("serve", "--port", "70000"), "--port must be 0 to 65535, not 70000");
        assertRefused(heed("serve", "--port", "x"), "--port");
        assertRefused(heed("serve", "--model", "gpt-17"), "there is no model 'gpt-17'");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = String.valueOf(taken.getLocalPort());
            assertRefused(
                    heed("serve", "--no-open", "--port", port, "--model", "shakespeare"),
                    "port " + port + " cannot be had");
        }
    }

    @Test
    void whatIsNoQueriesAndKeysIsRefused(@TempDir Path folder) throws IOException {
        Path text = Files.writeString(folder.resolve("text.npy"), "no numbers");
        assertRefused(heed("serve", "--causal"), "--causal says how to read --qk");
        assertRefused(qk("none.safetensors"), "none.safetensors cannot be read: no such file");
        assertRefused(qk(text.toString()), "in one safetensors file, or in two of NumPy");
        assertRefused(qk(text + "," + text), "text.npy is no NumPy file (.npy)");
        assertRefused(qk(folder.toString()), "is a folder, not a file");
    }

    private static Run qk(String files) {
        return heed("serve", "--no-open", "--model", "shakespeare", "--qk", files);
    }

    @Test
    void helpSaysWhomItIsFor() {
        assertThat(heed("help", "serve").out()).contains("--no-open", "this machine alone");
        assertThat(heed("--help").out()).contains("serve");
    }
}
