package heed.page.server;

import static heed.microscope.cost.Quantities.duration;
import static heed.microscope.cost.Quantities.scaled;
import static heed.microscope.cost.Quantities.significant;
import static heed.microscope.cost.Quantities.whole;
import static heed.page.server.Fields.flag;
import static heed.page.server.Fields.number;
import static heed.page.server.Fields.real;
import static heed.page.server.Fields.text;

import heed.microscope.QuestionException;
import heed.microscope.cost.AttentionCost;
import heed.microscope.cost.ClusterCost;
import heed.microscope.cost.EngineSpeed;
import heed.microscope.cost.ModelShape;
import heed.microscope.cost.Quantities;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** What attention over a sequence costs, by the shape of a model. */
final class Costs {
    private static final int FEWEST_TOKENS = 128;
    private static final int MOST_TOKENS = 1 << 20;
    private static final int MOST_LAYERS = 1000;
    private static final int MOST_HEADS = 1000;
    private static final int LARGEST_HEAD_DIM = 256;
    private static final int MOST_WORKERS = 10_000;
    private static final double FASTEST_NETWORK = 10_000;
    private static final double SLOWEST_NETWORK = 0.001;
    private static final double BYTES_PER_GIGABIT = 1e9 / 8;

    /** Columns of a head that may be asked for where no model says them. */
    private static final List<Integer> HEAD_DIMS = List.of(32, 64, 128, 256);

    /** The name of a shape that is given in numbers. */
    private static final String CUSTOM = "custom";

    private final ModelShelf shelf;
    private final int threads = Runtime.getRuntime().availableProcessors();
    private final Map<Integer, EngineSpeed> speeds = new HashMap<>();

    Costs(ModelShelf shelf) {
        this.shelf = shelf;
    }

    /**
     * The cost of a sequence, and the memory of shorter and longer ones.
     *
     * @throws QuestionException if there is no such shape, or a number is out of range
     */
    Map<String, Object> cost(JsonNode question) {
        ModelShape shape = shape(question);
        if (question.has("causal")) {
            shape = shape.withCausal(flag(question, "causal"));
        }
        int tokens = number(question, "tokens", FEWEST_TOKENS, MOST_TOKENS);
        int workers = number(question, "workers", 1, MOST_WORKERS);
        double network = real(question, "network", SLOWEST_NETWORK, FASTEST_NETWORK);
        AttentionCost cost = new AttentionCost(shape, tokens);
        EngineSpeed speed = speed(shape);
        Map<String, Object> answer = said(shape);
        answer.put("presets", ModelShape.presets().stream().map(ModelShape::name).toList());
        answer.put("tokens", tokens);
        addCounts(answer, cost);
        answer.put(
                "time",
                List.of(duration(speed.layerSeconds(cost)), duration(speed.modelSeconds(cost))));
        answer.put("speed", said(speed, cost));
        answer.put("curve", curve(shape));
        answer.put("point", point(cost));
        if (workers > 1) {
            answer.put(
                    "cluster",
                    said(new ClusterCost(cost, speed, workers, network * BYTES_PER_GIGABIT)));
        }
        return answer;
    }

    private ModelShape shape(JsonNode question) {
        String name = text(question, "shape");
        if (shelf.names().contains(name)) {
            return ModelShape.of(name, shelf.get(name));
        }
        if (!name.equals(CUSTOM)) {
            return ModelShape.preset(name)
                    .orElseThrow(() -> new Refusal(404, "there is no such model"));
        }
        int headDim = number(question, "headDim", 1, LARGEST_HEAD_DIM);
        if (!HEAD_DIMS.contains(headDim)) {
            throw new QuestionException("headDim is one of %s".formatted(HEAD_DIMS));
        }
        return new ModelShape(
                CUSTOM,
                number(question, "layers", 1, MOST_LAYERS),
                number(question, "heads", 1, MOST_HEADS),
                number(question, "kvHeads", 1, MOST_HEADS),
                headDim,
                true,
                false);
    }

    /** How fast heads of such a size run here: tried when first asked for, and never again. */
    private synchronized EngineSpeed speed(ModelShape shape) {
        return speeds.computeIfAbsent(
                shape.headDim(),
                headDim -> {
                    ModelShape head = new ModelShape("trial", 1, 1, 1, headDim, true, false);
                    return EngineSpeed.measure(new AttentionCost(head, MOST_TOKENS), threads);
                });
    }

    private void addCounts(Map<String, Object> answer, AttentionCost cost) {
        answer.put("scores", perPart(cost, cost.scoresPerHead(), Quantities::whole));
        answer.put("computed", perPart(cost, cost.computedPerHead(), Quantities::whole));
        answer.put(
                "operations", perPart(cost, cost.flopsPerHead(), flops -> scaled(flops, "FLOP")));
        answer.put("naive", bytes(cost.bytesNaive()));
        answer.put("tiled", bytes(cost.bytesTiled(threads)));
        answer.put(
                "cache", List.of(bytes(cost.kvCacheBytesPerLayer()), bytes(cost.kvCacheBytes())));
    }

    /** Of one head, one layer, and the whole model. */
    private static List<String> perPart(
            AttentionCost cost, BigInteger perHead, Function<BigInteger, String> words) {
        return List.of(
                words.apply(perHead),
                words.apply(cost.perLayer(perHead)),
                words.apply(cost.perModel(perHead)));
    }

    /** The bytes of one layer over its tokens, which double. */
    private List<Map<String, Object>> curve(ModelShape shape) {
        List<Map<String, Object>> curve = new ArrayList<>();
        for (int tokens = FEWEST_TOKENS; tokens <= MOST_TOKENS; tokens *= 2) {
            curve.add(point(new AttentionCost(shape, tokens)));
        }
        return curve;
    }

    private Map<String, Object> point(AttentionCost cost) {
        Map<String, Object> point = new LinkedHashMap<>();
        point.put("tokens", cost.context());
        point.put("naive", cost.bytesNaive());
        point.put("tiled", cost.bytesTiled(threads));
        return point;
    }

    private static Map<String, Object> said(ModelShape shape) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("shape", shape.name());
        said.put("estimate", shape.estimate());
        said.put("layers", shape.layers());
        said.put("heads", shape.heads());
        said.put("kvHeads", shape.kvHeads());
        said.put("headDim", shape.headDim());
        said.put("causal", shape.causal());
        return said;
    }

    private static Map<String, Object> said(EngineSpeed speed, AttentionCost cost) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("threads", speed.threads());
        said.put("tokens", whole(BigInteger.valueOf(speed.context())));
        said.put("gflops", significant(speed.gflopsPerSecond(cost)));
        return said;
    }

    private static Map<String, Object> said(ClusterCost cluster) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("memory", bytes(cluster.bytesOfWorker()));
        said.put("moved", bytes(cluster.bytesMovedToWorker()));
        said.put("time", duration(cluster.seconds()));
        cluster.paysFrom().ifPresent(n -> said.put("paysFrom", whole(BigInteger.valueOf(n))));
        return said;
    }

    private static String bytes(BigInteger bytes) {
        return scaled(bytes, "B");
    }

    private static String bytes(double bytes) {
        return bytes(BigInteger.valueOf(Math.round(bytes)));
    }
}
