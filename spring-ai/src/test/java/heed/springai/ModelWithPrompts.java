package heed.springai;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder with a small BERT, whose files say what goes before a query and before a document. */
final class ModelWithPrompts {
    static final String QUERY = "query: ";
    static final String DOCUMENT = "passage: ";

    private static final Path BERT =
            Path.of("../transformer/src/test/resources/heed/transformer/golden/bert");

    private ModelWithPrompts() {}

    /** Writes it. */
    static String in(Path folder) throws IOException {
        for (String file : new String[] {"config.json", "tokenizer.json", "model.safetensors"}) {
            Files.copy(BERT.resolve(file), folder.resolve(file));
        }
        Files.writeString(
                folder.resolve("config_sentence_transformers.json"),
                """
                {"prompts": {"query": "%s", "document": "%s"}}"""
                        .formatted(QUERY, DOCUMENT));
        return folder.toString();
    }
}
