package heed.app.terminal;

import heed.microscope.Listener;
import java.io.PrintWriter;

/**
 * Shows on a terminal how far work has come, if it takes more than some seconds: a bar, which is
 * wiped out when the work is done.
 */
public final class WorkProgress implements Listener, AutoCloseable {
    private static final long PATIENCE_NANOS = 2_000_000_000L;

    private final PrintWriter terminal;
    private final boolean shows;
    private final long started = System.nanoTime();
    private Progress bar = Progress.none();
    private String current = "";

    public WorkProgress(PrintWriter terminal) {
        this.terminal = terminal;
        this.shows = Terminal.isError();
    }

    @Override
    public synchronized void done(String what, long done, long of) {
        if (!shows || System.nanoTime() - started < PATIENCE_NANOS) {
            return;
        }
        if (!what.equals(current)) {
            bar.close();
            current = what;
            bar = Progress.bar(what, "", of, terminal);
        }
        bar.accept(done);
    }

    @Override
    public synchronized void close() {
        bar.close();
        bar = Progress.none();
        current = "";
    }
}
