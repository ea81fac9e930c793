package heed.app.terminal;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.LongConsumer;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Is told how much is done, and may show it. */
public interface Progress extends LongConsumer, AutoCloseable {

    @Override
    void close();

    /** What to say beside the bar. */
    default void note(String message) {}

    /** Shows nothing. */
    static Progress none() {
        return new Progress() {
            @Override
            public void accept(long done) {}

            @Override
            public void close() {}
        };
    }

    /** A bar on a terminal of at least 80 columns, which is wiped out when it is closed. */
    static Progress bar(String task, String unit, long of, PrintWriter terminal) {
        return bar(task, unit, 0, of, terminal);
    }

    /** The same where something is done already. */
    static Progress bar(String task, String unit, long done, long of, PrintWriter terminal) {
        int width = 79;
        ProgressBar bar =
                new ProgressBarBuilder()
                        .setTaskName(task)
                        .setInitialMax(of)
                        .startsFrom(done, Duration.ZERO)
                        .setUnit(unit, 1)
                        .setStyle(ProgressBarStyle.ASCII)
                        .setUpdateIntervalMillis(200)
                        .setConsumer(
                                new DelegatingProgressBarConsumer(
                                        line -> show(line, terminal), width))
                        .build();
        return new Progress() {
            @Override
            public void accept(long done) {
                bar.stepTo(done);
            }

            @Override
            public void note(String message) {
                bar.setExtraMessage(message);
            }

            @Override
            public void close() {
                bar.close();
                show(" ".repeat(width), terminal);
                show("", terminal);
            }
        };
    }

    private static void show(String line, PrintWriter terminal) {
        terminal.print("\r" + line);
        terminal.flush();
    }
}
