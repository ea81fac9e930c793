package heed.transformer.checkpoint;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonParser.NumberType;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * The two kinds of JSON that safetensors have: the header of a file and the index of a folder. They
 * are read token by token, so that what they claim costs no more memory than it has characters.
 */
final class SafetensorsHeader {
    private static final int MAX_DIMENSIONS = 64;

    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(16).build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build();

    /**
     * What a header says of a tensor.
     *
     * @param begin index of its first byte in the data
     * @param end index behind its last
     */
    record Entry(String name, String dtype, List<Integer> shape, long begin, long end) {}

    private final String source;
    private final JsonParser json;

    private SafetensorsHeader(String source, JsonParser json) {
        this.source = source;
        this.json = json;
    }

    /** Reads what stands in the braces of the whole. */
    private interface Body<T> {
        T read(SafetensorsHeader header) throws CheckpointException;
    }

    /**
     * What a header says.
     *
     * @param entries the tensors, in its order
     * @param metadata strings for whoever reads the file
     */
    record Content(List<Entry> entries, Map<String, String> metadata) {}

    /** Reads the header of a file. */
    static Content content(InputStream stream, String source) throws CheckpointException {
        return read(stream, source, SafetensorsHeader::content);
    }

    /** The file of each tensor of an index, in its order. */
    static Map<String, String> weightMap(InputStream stream, String source)
            throws CheckpointException {
        return read(stream, source, SafetensorsHeader::weightMap);
    }

    private static <T> T read(InputStream stream, String source, Body<T> body)
            throws CheckpointException {
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), stream)) {
            SafetensorsHeader header = new SafetensorsHeader(source, json);
            json.nextToken();
            header.expect(JsonToken.START_OBJECT, "the JSON", "an object");
            T read = body.read(header);
            if (json.nextToken() != null) {
                throw header.refused("there is something behind the JSON");
            }
            return read;
        } catch (JacksonException e) {
            throw new CheckpointException(
                    "%s has no JSON that can be used: %s".formatted(source, e.getOriginalMessage()),
                    e);
        }
    }

    private Content content() throws CheckpointException {
        List<Entry> entries = new ArrayList<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = json.currentName();
            json.nextToken();
            if (name.equals("__metadata__")) {
                expect(JsonToken.START_OBJECT, "__metadata__", "an object");
                strings(metadata);
            } else {
                entries.add(entry(name));
            }
        }
        return new Content(entries, metadata);
    }

    /** Takes the strings of an object, and nothing else that it may hold. */
    private void strings(Map<String, String> into) {
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = json.currentName();
            if (json.nextToken() == JsonToken.VALUE_STRING) {
                into.put(key, json.getString());
            } else {
                json.skipChildren();
            }
        }
    }

    private Entry entry(String name) throws CheckpointException {
        expect(JsonToken.START_OBJECT, "tensor " + name, "an object");
        String dtype = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = json.currentName();
            json.nextToken();
            switch (key) {
                case "dtype" -> {
                    expect(JsonToken.VALUE_STRING, "the dtype of tensor " + name, "a string");
                    dtype = json.getString();
                }
                case "shape" -> shape = numbers("the shape of tensor " + name);
                case "data_offsets" -> offsets = numbers("data_offsets of tensor " + name);
                default -> json.skipChildren();
            }
        }
        offsets = present(offsets, name, "data_offsets");
        if (offsets.size() != 2) {
            throw refused("tensor %s has %d data_offsets, not 2".formatted(name, offsets.size()));
        }
        return new Entry(
                name,
                present(dtype, name, "dtype"),
                dimensions(name, present(shape, name, "shape")),
                offsets.get(0),
                offsets.get(1));
    }

    private List<Integer> dimensions(String name, List<Long> shape) throws CheckpointException {
        try {
            List<Integer> dimensions = shape.stream().map(Math::toIntExact).toList();
            long _ = Shapes.elements(dimensions);
            return dimensions;
        } catch (ArithmeticException | IllegalArgumentException e) {
            throw new CheckpointException(
                    "%s: tensor %s has impossible dimensions %s".formatted(source, name, shape), e);
        }
    }

    private Map<String, String> weightMap() throws CheckpointException {
        Map<String, String> files = null;
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = json.currentName();
            json.nextToken();
            if (!key.equals("weight_map")) {
                json.skipChildren();
                continue;
            }
            expect(JsonToken.START_OBJECT, "weight_map", "an object");
            files = new LinkedHashMap<>();
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = json.currentName();
                json.nextToken();
                expect(JsonToken.VALUE_STRING, "the file of tensor " + name, "a string");
                files.put(name, json.getString());
            }
        }
        if (files == null) {
            throw refused("there is no weight_map");
        }
        return files;
    }

    private List<Long> numbers(String what) throws CheckpointException {
        expect(JsonToken.START_ARRAY, what, "an array");
        List<Long> numbers = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            expect(JsonToken.VALUE_NUMBER_INT, "a number in " + what, "an integer");
            if (json.getNumberType() == NumberType.BIG_INTEGER) {
                throw refused("%s holds %s".formatted(what, json.getString()));
            }
            if (numbers.size() == MAX_DIMENSIONS) {
                throw refused("%s holds more than %d numbers".formatted(what, MAX_DIMENSIONS));
            }
            numbers.add(json.getLongValue());
        }
        return numbers;
    }

    private <T> T present(@Nullable T value, String name, String what) throws CheckpointException {
        if (value == null) {
            throw refused("tensor %s has no %s".formatted(name, what));
        }
        return value;
    }

    private void expect(JsonToken token, String what, String kind) throws CheckpointException {
        if (json.currentToken() != token) {
            throw refused("%s is not %s".formatted(what, kind));
        }
    }

    private CheckpointException refused(String why) {
        return new CheckpointException("%s: %s".formatted(source, why));
    }
}
