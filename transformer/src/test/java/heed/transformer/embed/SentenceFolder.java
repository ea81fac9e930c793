package heed.transformer.embed;

import heed.transformer.testing.GoldenModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Puts a case of {@code make_vectors.py} together: a tiny model, and files beside it. */
final class SentenceFolder {
    private static final Path ALL = Path.of("src/test/resources/heed/transformer/embed");
    private static final String JSON = ".json";

    /** All cases. */
    static List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(ALL)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(JSON))
                    .map(name -> name.substring(0, name.length() - JSON.length()))
                    .sorted()
                    .toList();
        }
    }

    /** Writes a case into an empty folder, and returns its JSON. */
    static JsonNode write(String name, Path folder) throws IOException {
        JsonNode json = JsonMapper.shared().readTree(Files.readAllBytes(ALL.resolve(name + JSON)));
        Path inner = folder.resolve(json.required("transformer").stringValue());
        copyModel(json.required("model").stringValue(), inner);
        for (Map.Entry<String, JsonNode> file : json.required("files").properties()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(path.resolveSibling(""));
            if (file.getValue().isString()) {
                Files.copy(ALL.resolve(file.getValue().stringValue().substring(1)), path);
            } else {
                Files.writeString(path, file.getValue().toString());
            }
        }
        return json;
    }

    /** The model alone. */
    static void copyModel(String name, Path folder) throws IOException {
        Files.createDirectories(folder);
        for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
            Files.copy(GoldenModel.ALL.resolve(name).resolve(file), folder.resolve(file));
        }
    }

    private SentenceFolder() {}
}
