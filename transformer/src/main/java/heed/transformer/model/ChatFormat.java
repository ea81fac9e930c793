package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.GgufFile;
import heed.transformer.checkpoint.JsonConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a model that was taught to converse has a conversation written down.
 *
 * @param template a Jinja template, as Hugging Face defines it
 * @param begin the text of the token that begins a text, empty if there is none
 * @param end the text of the token that ends one, empty if there is none
 */
public record ChatFormat(String template, String begin, String end) {
    private static final String SETTINGS = "tokenizer_config.json";
    private static final String TEMPLATE_FILE = "chat_template.jinja";
    private static final String GGUF = "tokenizer.";

    /** That of a folder as it is kept at Hugging Face, if it has one. */
    static Optional<ChatFormat> of(Path folder) throws IOException {
        Path file = folder.resolve(SETTINGS);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        JsonConfig settings = JsonConfig.read(file);
        Path template = folder.resolve(TEMPLATE_FILE);
        Optional<String> text =
                Files.isRegularFile(template)
                        ? Optional.of(Files.readString(template))
                        : settings.textOrNamed("chat_template", "name", "default", "template");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new ChatFormat(
                        text.get(),
                        settings.textOrContent("bos_token"),
                        settings.textOrContent("eos_token")));
    }

    /** That of a GGUF file, if it has one. */
    static Optional<ChatFormat> of(GgufFile file) throws CheckpointException {
        Optional<String> template = file.metadata().string(GGUF + "chat_template");
        if (template.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new ChatFormat(
                        template.get(),
                        piece(file, GGUF + "ggml.bos_token_id"),
                        piece(file, GGUF + "ggml.eos_token_id")));
    }

    private static String piece(GgufFile file, String key) throws CheckpointException {
        OptionalLong id = file.metadata().integer(key);
        List<String> pieces = file.metadata().strings(GGUF + "ggml.tokens").orElse(List.of());
        return id.isPresent() && id.getAsLong() >= 0 && id.getAsLong() < pieces.size()
                ? pieces.get((int) id.getAsLong())
                : "";
    }
}
