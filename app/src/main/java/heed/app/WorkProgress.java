package heed.app;

import heed.microscope.Listener;
import java.io.PrintWriter;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Shows on a terminal how far work has come, if it takes more than some seconds: a bar, which is
 * wiped out when the work is done.
 */
final class WorkProgress implements Listener, AutoCloseable {
    private static final int WIDTH = 79;
    private static final long PATIENCE_NANOS = 2_000_000_000L;

    private final PrintWriter terminal;
    private final boolean shows;
    private final long started = System.nanoTime();
    private @Nullable ProgressBar bar;
    private String current = "";

    WorkProgress(PrintWriter terminal) {
        this.terminal = terminal;
        this.shows = Terminal.isError();
    }

    @Override
    public synchronized void done(String what, long done, long of) {
        if (!shows || System.nanoTime() - started < PATIENCE_NANOS) {
            return;
        }
        if (!what.equals(current)) {
            close();
            current = what;
            bar =
                    new ProgressBarBuilder()
                            .setTaskName(what)
                            .setInitialMax(of)
                            .setStyle(ProgressBarStyle.ASCII)
                            .setUpdateIntervalMillis(200)
                            .setConsumer(new DelegatingProgressBarConsumer(this::show, WIDTH))
                            .build();
        }
        if (bar != null) {
            bar.stepTo(done);
        }
    }

    @Override
    public synchronized void close() {
        if (bar != null) {
            bar.close();
            bar = null;
            show(" ".repeat(WIDTH));
            show("");
        }
    }

    private void show(String line) {
        terminal.print("\r" + line);
        terminal.flush();
    }
}
