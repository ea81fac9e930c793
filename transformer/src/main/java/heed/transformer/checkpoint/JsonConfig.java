package heed.transformer.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A {@code config.json}, or an object within it: values by their names, checked. */
public final class JsonConfig {
    private final String source;
    private final JsonNode json;

    private JsonConfig(String source, JsonNode json) {
        this.source = source;
        this.json = json;
    }

    /**
     * Reads a file.
     *
     * @throws CheckpointException if it is not a JSON object
     * @throws IOException if it cannot be read
     */
    public static JsonConfig read(Path file) throws IOException {
        return parse(Files.readAllBytes(file), file.toString());
    }

    /**
     * The same of bytes that are at hand.
     *
     * @param source what to call them in messages
     * @throws CheckpointException if they are not a JSON object
     */
    public static JsonConfig parse(byte[] bytes, String source) throws CheckpointException {
        JsonNode json = tree(bytes, source);
        if (!json.isObject()) {
            throw new CheckpointException("%s is not a JSON object".formatted(source));
        }
        return new JsonConfig(source, json);
    }

    /**
     * Reads a file that holds a list of objects.
     *
     * @throws CheckpointException if it is something else
     * @throws IOException if it cannot be read
     */
    public static List<JsonConfig> readList(Path file) throws IOException {
        JsonNode json = tree(Files.readAllBytes(file), file.toString());
        List<JsonConfig> list = new ArrayList<>();
        for (JsonNode entry : json) {
            if (!json.isArray() || !entry.isObject()) {
                throw new CheckpointException("%s is not a list of JSON objects".formatted(file));
            }
            list.add(new JsonConfig(file.toString(), entry));
        }
        return list;
    }

    private static JsonNode tree(byte[] bytes, String source) throws CheckpointException {
        try {
            return new JsonMapper().readTree(bytes);
        } catch (JacksonException e) {
            throw new CheckpointException(
                    "%s is not JSON: %s".formatted(source, e.getOriginalMessage()), e);
        }
    }

    /** Whether there is a value that is not null. */
    public boolean has(String key) {
        return json.hasNonNull(key);
    }

    /** An object without values, of the same file. */
    public JsonConfig none() {
        return new JsonConfig(source, JsonMapper.shared().createObjectNode());
    }

    /** The object of that name, empty if there is none. */
    public JsonConfig at(String key) {
        JsonNode child = json.path(key);
        return child.isObject() ? new JsonConfig(source, child) : none();
    }

    /** A number of 1 at least. */
    public int positive(String key) throws CheckpointException {
        JsonNode node = json.path(key);
        if (!node.canConvertToInt() || node.intValue() < 1) {
            throw bad(key, "a number of 1 at least");
        }
        return node.intValue();
    }

    public int positive(String key, int absent) throws CheckpointException {
        return has(key) ? positive(key) : absent;
    }

    public double positive(String key, double absent) throws CheckpointException {
        if (!has(key)) {
            return absent;
        }
        JsonNode node = json.path(key);
        if (!node.isNumber()
                || !(node.doubleValue() > 0)
                || Double.isInfinite(node.doubleValue())) {
            throw bad(key, "a positive number");
        }
        return node.doubleValue();
    }

    public String string(String key, String absent) throws CheckpointException {
        if (!has(key)) {
            return absent;
        }
        if (!json.path(key).isString()) {
            throw bad(key, "a text");
        }
        return json.path(key).stringValue();
    }

    public boolean flag(String key, boolean absent) throws CheckpointException {
        if (!has(key)) {
            return absent;
        }
        if (!json.path(key).isBoolean()) {
            throw bad(key, "true or false");
        }
        return json.path(key).booleanValue();
    }

    /** The texts of this object by their names; what is no text is left out. */
    public Map<String, String> strings() {
        Map<String, String> strings = new LinkedHashMap<>();
        json.forEachEntry(
                (name, value) -> {
                    if (value.isString()) {
                        strings.put(name, value.stringValue());
                    }
                });
        return strings;
    }

    /** A text, or a list of texts; none if there is no such key. */
    public List<String> strings(String key) throws CheckpointException {
        JsonNode node = json.path(key);
        List<String> strings = new ArrayList<>();
        for (JsonNode text : node.isArray() ? node : List.of(node)) {
            if (text.isString()) {
                strings.add(text.stringValue());
            } else if (has(key)) {
                throw bad(key, "a text, or a list of texts");
            }
        }
        return strings;
    }

    /** The i-th text of a list, or nothing. */
    public String string(String key, int i) {
        return json.path(key).path(i).asString("");
    }

    /** The numbers of a list. */
    public double[] numbers(String key) throws CheckpointException {
        JsonNode node = json.path(key);
        double[] numbers = new double[node.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!node.isArray() || !node.path(i).isNumber()) {
                throw bad(key, "a list of numbers");
            }
            numbers[i] = node.path(i).doubleValue();
        }
        return numbers;
    }

    /** A number, or a list of numbers; none if there is no such key. */
    public List<Integer> ids(String key) throws CheckpointException {
        JsonNode node = json.path(key);
        List<Integer> ids = new ArrayList<>();
        for (JsonNode id : node.isArray() ? node : List.of(node)) {
            if (id.canConvertToInt()) {
                ids.add(id.intValue());
            } else if (has(key)) {
                throw bad(key, "a number, or a list of numbers");
            }
        }
        return ids;
    }

    /** A text, or the {@code content} of an object; empty if there is no such key. */
    public String textOrContent(String key) {
        JsonNode node = json.path(key);
        return (node.isObject() ? node.path("content") : node).asString("");
    }

    /**
     * A text, or of a list of objects the text under {@code valueKey} of the one whose {@code
     * nameKey} is the name.
     */
    public Optional<String> textOrNamed(String key, String nameKey, String name, String valueKey) {
        JsonNode node = json.path(key);
        if (node.isString()) {
            return Optional.of(node.stringValue());
        }
        for (JsonNode entry : node) {
            if (entry.path(nameKey).asString("").equals(name) && entry.path(valueKey).isString()) {
                return Optional.of(entry.path(valueKey).stringValue());
            }
        }
        return Optional.empty();
    }

    /** An exception that names the file. */
    public CheckpointException cannot(String message, Object... arguments) {
        return new CheckpointException("%s: %s".formatted(source, message.formatted(arguments)));
    }

    private CheckpointException bad(String key, String wanted) {
        JsonNode node = json.path(key);
        return cannot(
                "%s should be %s, not %s", key, wanted, node.isMissingNode() ? "missing" : node);
    }
}
