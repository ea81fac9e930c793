package heed.transformer.testing;

import heed.transformer.checkpoint.SafetensorsFile;
import heed.transformer.checkpoint.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A tiny model with what {@code transformers} says of it: see {@code golden/README.md}.
 *
 * @param folder the model as it is kept at Hugging Face
 * @param json its {@code golden.json}
 * @param tensors its {@code golden.safetensors}
 */
public record GoldenModel(Path folder, JsonNode json, Weights tensors) {
    /** Where all of them are. */
    public static final Path ALL = Path.of("src/test/resources/heed/transformer/golden");

    public static final List<String> DECODERS =
            List.of(
                    "gpt2",
                    "gpt2-hub",
                    "llama",
                    "llama-linear",
                    "llama-linear-older",
                    "llama-llama3",
                    "llama-llama3-sharded",
                    "llama-yarn",
                    "llama-yarn-older",
                    "llama-bias",
                    "mistral",
                    "qwen2",
                    "qwen3",
                    "gemma3",
                    "gemma3-older",
                    "gpt-neox",
                    "gpt-neox-older",
                    "phi3",
                    "phi3-older");

    public static final List<String> ENCODERS =
            List.of(
                    "bert",
                    "bert-original",
                    "roberta",
                    "distilbert",
                    "xlm-roberta",
                    "mpnet",
                    "modernbert",
                    "modernbert-older",
                    "gemma3-embedding");

    public static GoldenModel open(String name) {
        Path folder = ALL.resolve(name);
        try {
            return new GoldenModel(
                    folder,
                    JsonMapper.shared().readTree(Files.readAllBytes(folder.resolve("golden.json"))),
                    SafetensorsFile.open(folder.resolve("golden.safetensors")).weights());
        } catch (IOException e) {
            throw new AssertionError(folder + " is not whole: run make_golden.py", e);
        }
    }

    /** Its {@code model.safetensors}. */
    public Weights weights() {
        try {
            return SafetensorsFile.open(folder.resolve("model.safetensors")).weights();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    public String text() {
        return json.required("text").stringValue();
    }

    /** The ids of the text. */
    public int[] ids() {
        return ids("ids");
    }

    /** The ids that follow greedily on a decoder's text. */
    public int[] greedy() {
        return ids("greedy");
    }

    /**
     * The text of {@link #greedy} as it follows on the prompt. SentencePiece's decoder strips one
     * space from the begin of a text: it is put back where the first piece has one.
     */
    public String greedyText() throws IOException {
        String alone = json.required("greedyText").stringValue();
        JsonNode vocabulary =
                JsonMapper.shared()
                        .readTree(Files.readAllBytes(folder.resolve("tokenizer.json")))
                        .required("model")
                        .required("vocab");
        int first = greedy()[0];
        boolean space =
                vocabulary.properties().stream()
                        .anyMatch(
                                piece ->
                                        piece.getValue().intValue() == first
                                                && piece.getKey().startsWith("▁"));
        return space ? " " + alone : alone;
    }

    private int[] ids(String key) {
        JsonNode list = json.required(key);
        int[] ids = new int[list.size()];
        Arrays.setAll(ids, i -> list.get(i).intValue());
        return ids;
    }
}
