package heed.transformer.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import heed.transformer.layer.RotaryEmbedding;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A case of {@code rotary.json}: see make_rotary.py. */
public record RotaryCase(JsonNode json) {
    private static final String FILE = "/heed/transformer/layer/rotary.json";

    /** Relative: the expected frequencies are of float32. */
    private static final double TOLERANCE = 1e-6;

    public static List<RotaryCase> all() {
        try (InputStream stream = RotaryCase.class.getResourceAsStream(FILE)) {
            if (stream == null) {
                throw new AssertionError(FILE + " is missing: run make_rotary.py");
            }
            return JsonMapper.shared().readTree(stream).values().stream()
                    .map(RotaryCase::new)
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    public int columns() {
        return json.required("columns").intValue();
    }

    public int heads() {
        return json.required("heads").intValue();
    }

    public int firstPosition() {
        return json.required("firstPosition").intValue();
    }

    public double factor() {
        return json.required("factor").doubleValue();
    }

    public float[] floats(String key) {
        JsonNode list = json.required(key);
        float[] floats = new float[list.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = list.get(i).floatValue();
        }
        return floats;
    }

    /** Checks the frequencies and the factor. */
    public void assertAgrees(RotaryEmbedding rotary) {
        float[] expected = floats("frequencies");
        assertThat(rotary.frequencies()).hasSize(columns() / 2).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(rotary.frequencies()[i] / expected[i])
                    .as("frequency %d", i)
                    .isCloseTo(1, within(TOLERANCE));
        }
        assertThat(rotary.factor()).isCloseTo(factor(), within(1e-12));
    }

    @Override
    public String toString() {
        return json.required("name").stringValue();
    }
}
