package heed.page.document;

import heed.microscope.HeadId;
import heed.microscope.LayerVectors;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.microscope.Units;
import heed.microscope.look.Look;
import heed.microscope.look.LookResult;
import heed.microscope.look.Selection;
import heed.microscope.relevance.Measure;
import heed.page.answer.Answers;
import heed.page.answer.Reading;
import heed.transformer.layer.MultiHeadAttention;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a model's attention says of a text, as one HTML file: the lines of every measure, all heads,
 * and how each of their weights came about. Of a text that is too long for this, and one head, the
 * file holds the head's map in its coarse levels.
 *
 * @param model its name
 * @param look what is open at first: a measure, and a head if one was chosen. All others are in the
 *     file too
 * @param text what is read
 * @param second a second text that an encoder reads with it, or null
 */
public record LookDocument(String model, Look look, String text, @Nullable String second) {
    /** Words or pieces of a file at most: more cannot be told apart, nor labelled. */
    private static final int MOST_UNITS = 200;

    private static final long MEGA = 1_000_000;

    /** What a browser opens without a wait. */
    private static final long MOST_BYTES = 50 * MEGA;

    /**
     * Has the model read, and makes the file.
     *
     * @throws QuestionException if there is no such head, or the text is too long for the model,
     *     for a file of all heads, or for the memory
     */
    public String html(PretrainedModel opened, Listener listener) {
        var _ = look.selection().in(opened);
        Tokens tokens =
                second == null
                        ? ModelRun.encode(opened, text)
                        : ModelRun.encode(opened, text, second);
        Look.checkLength(opened, tokens);
        Units units = look.unitsIn(tokens);
        if (units.size() > MOST_UNITS
                && look.selection() instanceof Selection.OfHead(HeadId head)) {
            return new LevelsDocument(model, head, tokens).html(opened, listener);
        }
        checkSize(opened, units.size(), tokens.size());
        Map<String, Object> data = Answers.units(units);
        data.put("model", model);
        data.put("text", text);
        data.put("second", second == null ? "" : second);
        data.put("measure", name(look.measure()));
        data.put("head", look.selection() instanceof Selection.OfHead head ? head.toString() : "");
        data.put("looks", looks(opened, listener));
        Reading reading = Reading.of(opened, tokens, units, listener);
        List<HeadId> heads = reading.run().trace().allHeads();
        data.put("layers", reading.run().trace().layers());
        data.put("heads", reading.run().trace().heads());
        data.put("side", units.size());
        data.put("codes", reading.codes(heads, 1));
        data.put("pieces", Answers.texts(Units.pieces(tokens)));
        int[] firsts = units.list().stream().mapToInt(Units.Unit::firstPiece).toArray();
        data.put("firsts", firsts);
        List<Map<String, Object>> vectors = new ArrayList<>();
        for (int layer = 0; layer < reading.run().trace().layers(); layer++) {
            vectors.add(vectors(LayerVectors.of(reading.run(), layer, firsts)));
        }
        data.put("vectors", vectors);
        return HtmlFile.of(
                "document",
                "%s · %s · Heed".formatted(text, model),
                JsonMapper.shared().writeValueAsString(data));
    }

    private static void checkSize(PretrainedModel opened, long units, long pieces) {
        if (units > MOST_UNITS) {
            throw new QuestionException(
                    "the text has %,d words or pieces, and a file shows at most %,d of all heads: give less, or choose one head"
                            .formatted(units, MOST_UNITS));
        }
        long bytes = 0;
        for (MultiHeadAttention layer : opened.attention()) {
            long ofQueries =
                    layer.heads() * units * (units + (long) Short.BYTES * layer.keyColumns());
            long ofKeys =
                    layer.kvHeads()
                            * pieces
                            * Short.BYTES
                            * (layer.keyColumns() + layer.valueColumns());
            bytes += (ofQueries + ofKeys) * 4 / 3;
        }
        if (bytes > MOST_BYTES) {
            throw new QuestionException(
                    "the file would have about %,d MB, and a browser opens %,d with ease: give less text, or a smaller model"
                            .formatted(bytes / MEGA, MOST_BYTES / MEGA));
        }
    }

    private Map<String, Object> looks(PretrainedModel opened, Listener listener) {
        Map<String, Object> looks = new LinkedHashMap<>();
        for (Measure measure : Measure.values()) {
            Look all = new Look(measure, Selection.all(), null, 0, look.pieces(), look.special());
            LookResult result =
                    second == null
                            ? all.at(opened, text, listener)
                            : all.at(opened, text, second, listener);
            looks.put(name(measure), Answers.look(result));
        }
        return looks;
    }

    private static String name(Measure measure) {
        return measure.name().toLowerCase(Locale.ROOT);
    }

    private static Map<String, Object> vectors(LayerVectors layer) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("heads", layer.heads());
        said.put("kvHeads", layer.kvHeads());
        said.put("q", scaled(layer.q(), layer.heads() * layer.queries()));
        said.put("k", scaled(layer.k(), layer.kvHeads() * layer.keys()));
        said.put("v", scaled(layer.v(), layer.kvHeads() * layer.keys()));
        said.put("lse", ScaledVectors.floats(layer.lse()));
        said.put("scale", layer.scale());
        said.put("softCap", Answers.finite(layer.softCap()));
        float[] bias = layer.bias();
        said.put("bias", bias == null ? null : scaled(bias, layer.heads() * layer.queries()));
        said.put("hidden", hidden(layer.hidden()));
        return said;
    }

    private static ScaledVectors scaled(float[] numbers, int vectors) {
        return ScaledVectors.of(numbers, numbers.length / vectors);
    }

    /** Bits in base 64, lowest first: of each head, or once if all hide the same. */
    private static List<String> hidden(List<BitSet> ofHeads) {
        List<BitSet> unlike = ofHeads.stream().distinct().toList();
        return (unlike.size() == 1 ? unlike : ofHeads)
                .stream()
                        .map(hides -> Base64.getEncoder().encodeToString(hides.toByteArray()))
                        .toList();
    }
}
