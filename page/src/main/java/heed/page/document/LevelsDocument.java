package heed.page.document;

import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.QuestionException;
import heed.microscope.Units;
import heed.microscope.map.HeadMap;
import heed.microscope.map.MapChannel;
import heed.page.answer.Answers;
import heed.page.answer.Reading;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;

/**
 * One head of a text of any length, as one HTML file: its map, from all of it down to the level
 * that a file has room for.
 *
 * @param model its name
 * @param head whose map it is
 * @param tokens what is read
 */
record LevelsDocument(String model, HeadId head, Tokens tokens) {
    /** Bytes of all levels in both channels: 1.5 MB in base 64. */
    private static final long MOST_BYTES = 1_125_000;

    /** Characters of the text that stand above the map; its tokens are all in the file. */
    private static final int BEGINNING = 300;

    /**
     * Has the model read, and makes the file.
     *
     * @throws QuestionException if the text is too long for the memory
     */
    String html(PretrainedModel opened, Listener listener) {
        Reading reading = Reading.of(opened, tokens, Units.pieces(tokens), listener);
        String beginning = beginning(tokens.text());
        Map<String, Object> data = Answers.units(reading.units());
        data.put("model", model);
        data.put("head", head.toString());
        data.put("text", beginning);
        int[] all = IntStream.range(0, tokens.size()).toArray();
        try (HeadMap map =
                HeadMap.of(reading.run().trace().weights(head.layer(), all), head.head())) {
            map.build(Runtime.getRuntime().availableProcessors(), listener);
            data.put("top", map.top());
            data.put("levels", levels(map));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return HtmlFile.of(
                "levels",
                "%s · %s · %s · Heed".formatted(beginning, head, model),
                JsonMapper.shared().writeValueAsString(data));
    }

    private static List<Map<String, Object>> levels(HeadMap map) {
        List<Map<String, Object>> levels = new ArrayList<>();
        for (int level = map.top(); level >= map.finest(MOST_BYTES); level--) {
            Map<String, Object> said = new LinkedHashMap<>();
            said.put("level", level);
            said.put("max", base64(map.codes(MapChannel.MAX, level)));
            said.put("mass", base64(map.codes(MapChannel.MASS, level)));
            levels.add(said);
        }
        return levels;
    }

    private static String base64(byte[] codes) {
        return Base64.getEncoder().encodeToString(codes);
    }

    private static String beginning(String text) {
        return text.codePointCount(0, text.length()) <= BEGINNING
                ? text
                : text.substring(0, text.offsetByCodePoints(0, BEGINNING)) + "…";
    }
}
