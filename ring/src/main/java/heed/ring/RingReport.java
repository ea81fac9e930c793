package heed.ring;

import java.util.Locale;

/** What a run has done, for its user. */
final class RingReport {
    private static final double MIB = 1 << 20;

    static String text(RingInput input, RingCost cost, StageListener listener) {
        StringBuilder text = new StringBuilder();
        line(
                text,
                "%,d tokens · %d query heads, %d key/value heads · d %d · %d parts",
                cost.tokens(),
                input.q().heads(),
                input.k().heads(),
                input.q().columns(),
                cost.parts());
        line(
                text,
                "tiles     %,d computed, %,d masked whole and skipped",
                cost.pairsComputed(),
                cost.pairsSkipped());
        line(
                text,
                "pulled    %,d where they are stored (%.1f MiB), %,d from elsewhere (%.1f MiB)",
                cost.localTiles(),
                cost.localBytes() / MIB,
                cost.remoteTiles(),
                cost.remoteBytes() / MIB);
        if (listener.lostExecutors() > 0) {
            line(text, "lost      %d executors", listener.lostExecutors());
        }
        for (StageListener.Stage stage : listener.stages()) {
            line(
                    text,
                    "%8.1f s  %s: %d tasks, %d ran, %d failed; slowest / mean %.2f",
                    stage.seconds(),
                    stage.name(),
                    stage.tasks(),
                    stage.successes() + stage.failures(),
                    stage.failures(),
                    stage.balance());
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    private RingReport() {}
}
