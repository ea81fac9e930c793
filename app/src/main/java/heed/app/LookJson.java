package heed.app;

import heed.microscope.Focus;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code look} as JSON; the README documents its fields. */
final class LookJson {
    private static final ObjectMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    static String render(LookResult result) {
        Look look = result.look();
        ObjectNode root = MAPPER.createObjectNode();
        root.put("model", look.model());
        root.put("measure", look.measure().name().toLowerCase(Locale.ROOT));
        if (look.head() != null) {
            root.put("head", look.head().toString());
        }
        if (look.layer() != null) {
            root.put("layer", look.layer());
        }
        ArrayNode tokens = root.putArray("tokens");
        result.tokens().forEach(tokens::add);
        ArrayNode queries = root.putArray("queries");
        for (Focus focus : result.queries()) {
            ObjectNode query = queries.addObject();
            query.put("token", result.token(focus.query()));
            query.put("index", focus.query());
            addTargets(query, result, focus.attends());
            query.put("specialMass", (float) focus.specialMass());
            query.put("selfMass", (float) focus.selfMass());
        }
        ArrayNode heads = root.putArray("heads");
        for (var entry : result.heads()) {
            ObjectNode head = heads.addObject();
            head.put("head", entry.head().toString());
            head.put("token", result.token(entry.query()));
            head.put("index", entry.query());
            addTargets(head, result, entry.attends());
        }
        return MAPPER.writeValueAsString(root) + "\n";
    }

    private static void addTargets(ObjectNode of, LookResult result, List<Focus.Target> targets) {
        ArrayNode attends = of.putArray("attends");
        for (Focus.Target target : targets) {
            ObjectNode node = attends.addObject();
            node.put("token", result.token(target.key()));
            node.put("index", target.key());
            node.put("weight", (float) target.weight());
        }
    }

    private LookJson() {}
}
