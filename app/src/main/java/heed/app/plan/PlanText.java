package heed.app.plan;

import static heed.microscope.cost.Quantities.duration;
import static heed.microscope.cost.Quantities.scaled;
import static heed.microscope.cost.Quantities.significant;
import static heed.microscope.cost.Quantities.whole;

import heed.app.terminal.Terminal;
import heed.microscope.cost.AttentionCost;
import heed.microscope.cost.ClusterCost;
import heed.microscope.cost.EngineSpeed;
import heed.microscope.cost.ModelShape;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code plan} as a table for a reader. */
final class PlanText {
    private static final String NONE = "";

    static String render(Plan plan) {
        StringBuilder text = new StringBuilder(heading(plan.cost())).append("\n\n");
        appendTable(text, rows(plan));
        text.append('\n').append(notes(plan));
        plan.cluster().ifPresent(cluster -> appendCluster(text, cluster));
        return text.toString();
    }

    private static void appendCluster(StringBuilder text, ClusterCost cluster) {
        text.append(
                "\nOne layer as ring attention on %d %s like this machine, which get %s/s each:\n\n"
                        .formatted(
                                cluster.workers(),
                                cluster.workers() == 1 ? "worker" : "workers",
                                bytes(cluster.bytesPerSecond())));
        appendTable(
                text,
                List.of(
                        List.of("Memory of a worker", bytes(cluster.bytesOfWorker())),
                        List.of("Moved to a worker", bytes(cluster.bytesMovedToWorker())),
                        List.of("Time, predicted", duration(cluster.seconds()))));
        text.append(
                cluster.paysFrom().isPresent()
                        ? "\nA second machine pays from about %s tokens on.\n"
                                .formatted(whole(BigInteger.valueOf(cluster.paysFrom().getAsInt())))
                        : "\nA second machine never pays: the network is too slow.\n");
    }

    private static String bytes(double bytes) {
        return scaled(BigInteger.valueOf(Math.round(bytes)), "B");
    }

    private static String heading(AttentionCost cost) {
        ModelShape shape = cost.shape();
        String shared =
                shape.kvHeads() == shape.heads()
                        ? ""
                        : " (%d key/value heads)".formatted(shape.kvHeads());
        return "%s%s · %d layers × %d heads%s, d %d, %s · %s tokens"
                .formatted(
                        shape.name(),
                        shape.estimate() ? " (estimate: its shape was never published)" : "",
                        shape.layers(),
                        shape.heads(),
                        shared,
                        shape.headDim(),
                        shape.causal() ? "causal" : "full",
                        whole(BigInteger.valueOf(cost.context())));
    }

    private static List<List<String>> rows(Plan plan) {
        AttentionCost cost = plan.cost();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(NONE, "One head", "One layer", "Whole model"));
        rows.add(counted(cost, "Scores, n × n", cost.scoresPerHead()));
        if (cost.shape().causal()) {
            rows.add(counted(cost, "Scores that the mask leaves", cost.computedPerHead()));
        }
        BigInteger flops = cost.flopsPerHead();
        rows.add(
                List.of(
                        "Operations",
                        scaled(flops, "FLOP"),
                        scaled(cost.perLayer(flops), "FLOP"),
                        scaled(cost.perModel(flops), "FLOP")));
        BigInteger tiled = cost.bytesTiled(plan.speed().threads());
        rows.add(List.of("Memory, all scores kept", NONE, scaled(cost.bytesNaive(), "B"), NONE));
        rows.add(List.of("Memory, in tiles", NONE, scaled(tiled, "B"), NONE));
        rows.add(
                List.of(
                        "Key/value cache",
                        NONE,
                        scaled(cost.kvCacheBytesPerLayer(), "B"),
                        scaled(cost.kvCacheBytes(), "B")));
        rows.add(
                List.of(
                        "Time, predicted",
                        NONE,
                        duration(plan.layerSeconds()),
                        duration(plan.modelSeconds())));
        plan.layerSecondsMeasured()
                .ifPresent(
                        seconds ->
                                rows.add(List.of("Time, measured", NONE, duration(seconds), NONE)));
        return rows;
    }

    private static List<String> counted(AttentionCost cost, String name, BigInteger perHead) {
        return List.of(
                name, whole(perHead), whole(cost.perLayer(perHead)), whole(cost.perModel(perHead)));
    }

    private static String notes(Plan plan) {
        EngineSpeed speed = plan.speed();
        String notes =
                "Attention alone, float32, on this machine: %d %s, %s GFLOP/s (tried with %s tokens).\n"
                        .formatted(
                                speed.threads(),
                                speed.threads() == 1 ? "thread" : "threads",
                                significant(plan.gflopsPerSecond()),
                                whole(BigInteger.valueOf(speed.context())));
        return plan.layerSecondsMeasured().isEmpty()
                ? notes
                : notes
                        + String.format(
                                Locale.ROOT,
                                "Measured ÷ predicted: %.2f\n",
                                plan.layerSecondsMeasured().getAsDouble() / plan.layerSeconds());
    }

    /** The first column stands left, numbers stand right. */
    private static void appendTable(StringBuilder text, List<List<String>> rows) {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int c = 0; c < widths.length; c++) {
                widths[c] = Math.max(widths[c], Terminal.width(row.get(c)));
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder(Terminal.padded(row.getFirst(), widths[0]));
            for (int c = 1; c < widths.length; c++) {
                String cell = row.get(c);
                line.append(" ".repeat(2 + widths[c] - Terminal.width(cell))).append(cell);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
    }

    private PlanText() {}
}
