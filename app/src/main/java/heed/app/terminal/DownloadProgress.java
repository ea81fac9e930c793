package heed.app.terminal;

import heed.transformer.hub.ModelHub;
import java.io.PrintWriter;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Shows how a download goes on: a bar for each file, or a line when it is there. */
public final class DownloadProgress implements ModelHub.Listener, AutoCloseable {
    private static final int WIDTH = 79;
    private static final int NAME_WIDTH = 24;

    private final PrintWriter err;
    private final boolean terminal;
    private @Nullable ProgressBar bar;
    private String current = "";

    public DownloadProgress(PrintWriter err, boolean terminal) {
        this.err = err;
        this.terminal = terminal;
    }

    @Override
    public void received(String file, long received, long size) {
        if (terminal && !file.equals(current)) {
            close();
            current = file;
            bar = bar(file, size);
        }
        if (bar != null) {
            bar.stepTo(received);
        }
        if (received == size) {
            close();
            err.printf("%s: %,d bytes%n", file, size);
            err.flush();
        }
    }

    private ProgressBar bar(String file, long size) {
        return new ProgressBarBuilder()
                .setTaskName(Terminal.shortened(file, NAME_WIDTH))
                .setInitialMax(size)
                .setUnit(" MB", 1_000_000)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200)
                .showSpeed()
                .setConsumer(
                        new DelegatingProgressBarConsumer(
                                line -> {
                                    err.print("\r" + line);
                                    err.flush();
                                },
                                WIDTH))
                .build();
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
            err.print("\r" + " ".repeat(WIDTH) + "\r");
            err.flush();
        }
        current = "";
    }
}
