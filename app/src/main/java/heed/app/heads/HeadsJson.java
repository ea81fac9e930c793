package heed.app.heads;

import heed.microscope.coreference.PairScores;
import heed.microscope.heads.HeadLabel;
import heed.microscope.heads.HeadMeasure;
import heed.microscope.heads.HeadProfile;
import heed.microscope.heads.SimilarHeads;
import heed.microscope.relevance.Measure;
import heed.microscope.treebank.Direction;
import heed.microscope.treebank.RelationScores;
import heed.microscope.treebank.TreebankScores;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code heads} as JSON; the README documents its fields. */
final class HeadsJson {
    private static final ObjectMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    static String render(HeadsReport report, int headsOfLayer) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("model", report.model());
        root.put("source", report.source());
        root.put("tokens", report.tokens());
        report.treebank().ifPresent(scores -> addTreebank(root, scores, headsOfLayer));
        report.pairs().ifPresent(scores -> addPairs(root, scores));
        if (!report.profiles().isEmpty()) {
            ArrayNode heads = root.putArray("heads");
            report.profiles().forEach(profile -> addProfile(heads.addObject(), profile, report));
        }
        if (!report.similar().isEmpty()) {
            ArrayNode similar = root.putArray("similar");
            for (SimilarHeads.Similar other : report.similar()) {
                similar.addObject()
                        .put("head", other.head().toString())
                        .put("divergence", other.divergence());
            }
        }
        return MAPPER.writeValueAsString(root) + "\n";
    }

    private static void addProfile(ObjectNode node, HeadProfile profile, HeadsReport report) {
        node.put("head", profile.head().toString());
        for (HeadMeasure measure : report.measures()) {
            putNumber(node, measure.key(), profile.get(measure));
        }
        node.put("offset", profile.offset());
        ArrayNode labels = node.putArray("labels");
        for (HeadLabel label : report.labels(profile)) {
            labels.addObject().put("name", label.name()).put("figure", label.figure());
        }
    }

    private static void addTreebank(ObjectNode root, TreebankScores scores, int headsOfLayer) {
        root.put("sentences", scores.sentences());
        root.put("skipped", scores.skipped());
        root.put("pairsLeftOut", scores.pairsLeftOut());
        root.put("split", scores.split());
        ObjectNode relations = root.putObject("relations");
        for (RelationScores relation : scores.relations()) {
            ObjectNode node = relations.putObject(relation.relation());
            node.put("count", relation.count());
            node.put("offset", relation.offset());
            node.put("offsetAccuracy", relation.offsetAccuracy());
            addMatrix(node.putArray("dependentToHead"), relation.toHead(), headsOfLayer);
            addMatrix(node.putArray("headToDependent"), relation.toDependent(), headsOfLayer);
            ObjectNode best = node.putObject("best");
            addBest(best.putObject("dependentToHead"), relation, Direction.TO_HEAD);
            addBest(best.putObject("headToDependent"), relation, Direction.TO_DEPENDENT);
        }
    }

    /** {@code [layer][head]}. */
    private static void addMatrix(ArrayNode layers, List<Double> heads, int headsOfLayer) {
        for (int from = 0; from < heads.size(); from += headsOfLayer) {
            ArrayNode layer = layers.addArray();
            heads.subList(from, from + headsOfLayer).forEach(layer::add);
        }
    }

    private static void addBest(ObjectNode node, RelationScores relation, Direction direction) {
        RelationScores.Best best = relation.best(direction);
        node.put("head", best.head().toString());
        node.put("accuracy", best.accuracy());
        node.putArray("interval").add(best.low()).add(best.high());
        node.put("earned", relation.isEarned(direction));
    }

    private static void addPairs(ObjectNode root, PairScores scores) {
        root.put("cases", scores.cases());
        root.put("pairs", scores.pairs());
        root.put("leftOut", scores.leftOut());
        root.put("nearest", scores.nearest());
        ArrayNode heads = root.putArray("heads");
        for (PairScores.HeadScore head : scores.heads()) {
            addScore(heads.addObject().put("head", head.head().toString()), head.score());
        }
        ObjectNode measures = root.putObject("measures");
        for (Measure measure : Measure.values()) {
            addScore(
                    measures.putObject(measure.name().toLowerCase(Locale.ROOT)),
                    scores.of(measure));
        }
    }

    private static void addScore(ObjectNode node, PairScores.Score score) {
        node.put("accuracy", score.accuracy());
        putNumber(node, "both", score.both());
    }

    /** JSON has no NaN. */
    private static void putNumber(ObjectNode node, String name, double value) {
        if (Double.isNaN(value)) {
            node.putNull(name);
        } else {
            node.put(name, value);
        }
    }

    private HeadsJson() {}
}
