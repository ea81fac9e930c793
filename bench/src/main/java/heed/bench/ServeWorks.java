package heed.bench;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** Heed and ONNX Runtime as servers of sentence embeddings. */
final class ServeWorks {
    private static final int COMPARED_TEXTS = 100;
    private static final Work WORK =
            new Work(
                    "serve: a sentence of MiniLM under load", 0, 0, Work.NOT_EQUAL, _ -> List.of());

    /**
     * Puts one after the other under load, each in a JVM of its own whose heap is touched
     * beforehand: what grows is outside of the heap.
     *
     * @param seconds for each; its number of threads is tried for a tenth of that twice before
     * @throws UnequalException if they do not come to the same vectors
     */
    static void run(Peers peers, int seconds, Report report) {
        Race.checkEqual(EmbedWorks.work(peers, COMPARED_TEXTS));
        List<String> names = new ArrayList<>(List.of(HeedContender.NAME));
        peers.onnx().ifPresent(_ -> names.add(OnnxRuntime.NAME));
        List<Race.Finish> finishes = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        for (String name : names) {
            String json =
                    new ChildJvm(ServeLoad.class, List.of(name, String.valueOf(seconds)))
                            .with("-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch")
                            .output();
            ServeLoad.Outcome outcome =
                    JsonMapper.shared().readValue(json, ServeLoad.Outcome.class);
            double millis = 1e3 / outcome.sentences();
            double ratio = finishes.isEmpty() ? 1 : millis / finishes.getFirst().medianMillis();
            finishes.add(new Race.Finish(name, millis, ratio, 0, 1));
            lines.add(line(name, seconds, outcome));
        }
        report.add(WORK, ServeLoad.CLIENTS, finishes);
        lines.forEach(report::line);
    }

    private static String line(String name, int seconds, ServeLoad.Outcome outcome) {
        return "    %-18s%.1f sentences/s, at most %d thread%s a request; resident memory %.0f MB, %+.1f MB from second %d to %d; %s"
                .formatted(
                        name,
                        outcome.sentences(),
                        outcome.threads(),
                        outcome.threads() == 1 ? "" : "s",
                        outcome.megabytesAfter(),
                        outcome.megabytesAfter() - outcome.megabytesBefore(),
                        seconds / 6,
                        seconds,
                        outcome.otherBits() == 0
                                ? "all %d requests got the bits that they get alone"
                                        .formatted(outcome.requests())
                                : "%d of %d requests got other bits than alone"
                                        .formatted(outcome.otherBits(), outcome.requests()));
    }

    private ServeWorks() {}
}
