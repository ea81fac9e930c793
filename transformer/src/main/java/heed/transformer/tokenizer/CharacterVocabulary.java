package heed.transformer.tokenizer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import tools.jackson.databind.json.JsonMapper;

/**
 * The characters of a text as tokens, numbered in the order of their code points.
 *
 * @param characters each as a string
 */
public record CharacterVocabulary(NavigableSet<String> characters) {

    public CharacterVocabulary {
        characters = new TreeSet<>(characters);
    }

    /** The characters of a text. */
    public static CharacterVocabulary of(String text) {
        NavigableSet<String> characters = new TreeSet<>();
        text.codePoints().distinct().mapToObj(Character::toString).forEach(characters::add);
        return new CharacterVocabulary(characters);
    }

    /** A {@code tokenizer.json} that makes a token of each character, and knows no others. */
    public byte[] tokenizerJson() {
        Map<String, Integer> numbers = new LinkedHashMap<>();
        characters.forEach(character -> numbers.put(character, numbers.size()));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", "1.0");
        json.put("truncation", null);
        json.put("padding", null);
        json.put("added_tokens", new Object[0]);
        json.put("normalizer", null);
        json.put(
                "pre_tokenizer",
                Map.of(
                        "type",
                        "Split",
                        "pattern",
                        Map.of("Regex", "[\\s\\S]"),
                        "behavior",
                        "Isolated",
                        "invert",
                        false));
        json.put("post_processor", null);
        json.put("decoder", Map.of("type", "Fuse"));
        json.put("model", Map.of("type", "WordLevel", "vocab", numbers, "unk_token", ""));
        return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
    }
}
