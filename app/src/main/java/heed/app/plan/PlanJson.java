package heed.app.plan;

import heed.microscope.cost.AttentionCost;
import heed.microscope.cost.ModelShape;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code plan} as JSON; the README documents its fields. */
final class PlanJson {
    private static final ObjectMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    static String render(Plan plan) {
        AttentionCost cost = plan.cost();
        ModelShape shape = cost.shape();
        ObjectNode root = MAPPER.createObjectNode();
        root.put("model", shape.name());
        root.put("layers", shape.layers());
        root.put("heads", shape.heads());
        root.put("kvHeads", shape.kvHeads());
        root.put("headDim", shape.headDim());
        root.put("context", cost.context());
        root.put("causal", shape.causal());
        if (shape.estimate()) {
            root.put("estimate", true);
        }
        root.put("scoresPerHead", cost.scoresPerHead());
        root.put("scoresPerLayer", cost.perLayer(cost.scoresPerHead()));
        root.put("scoresTotal", cost.perModel(cost.scoresPerHead()));
        root.put("scoresComputedTotal", cost.perModel(cost.computedPerHead()));
        root.put("bytesNaive", cost.bytesNaive());
        root.put("bytesTiled", cost.bytesTiled(plan.speed().threads()));
        root.put("kvCacheBytes", cost.kvCacheBytes());
        root.put("flops", cost.perModel(cost.flopsPerHead()));
        root.put("gflopsPerSecond", plan.gflopsPerSecond());
        root.put("secondsPredicted", plan.modelSeconds());
        plan.layerSecondsMeasured()
                .ifPresent(
                        seconds -> {
                            root.put("layerSecondsPredicted", plan.layerSeconds());
                            root.put("secondsMeasured", seconds);
                        });
        plan.cluster()
                .ifPresent(
                        cluster -> {
                            root.put("workers", cluster.workers());
                            root.put("workerBytes", Math.round(cluster.bytesOfWorker()));
                            root.put("workerBytesMoved", Math.round(cluster.bytesMovedToWorker()));
                            root.put("workersLayerSecondsPredicted", cluster.seconds());
                            cluster.paysFrom().ifPresent(n -> root.put("secondMachinePaysFrom", n));
                        });
        return MAPPER.writeValueAsString(root) + "\n";
    }

    private PlanJson() {}
}
