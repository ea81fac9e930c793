package heed.transformer.embed;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.GgufFile;
import heed.transformer.checkpoint.JsonConfig;
import heed.transformer.checkpoint.ModelFolder;
import heed.transformer.checkpoint.SafetensorsFile;
import heed.transformer.checkpoint.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the files of a model say of the vectors that it was taught to make of texts: {@code
 * modules.json} and the files that it names, as sentence-transformers writes them.
 *
 * @param transformer where the model itself is
 * @param pooling what the vectors are put together of; empty if no file says
 * @param includesPrompt whether the tokens of a prompt are pooled too
 * @param steps what is done to a pooled vector
 * @param maxTokens tokens of a text at most, if that is fewer than the model reads
 * @param lowerCase whether texts are put in lower case, whatever the tokenizer does
 */
record SentenceConfig(
        String transformer,
        List<Pooling> pooling,
        boolean includesPrompt,
        List<VectorStep> steps,
        OptionalInt maxTokens,
        boolean lowerCase,
        Prompts prompts) {

    private static final String MODULES = "modules.json";

    /** Settings of the Transformer module, under the names of several times. */
    private static final List<String> SETTINGS =
            List.of(
                    "sentence_bert_config.json",
                    "sentence_roberta_config.json",
                    "sentence_distilbert_config.json",
                    "sentence_camembert_config.json",
                    "sentence_albert_config.json",
                    "sentence_xlm-roberta_config.json",
                    "sentence_xlnet_config.json");

    private static final String PROMPTS = "config_sentence_transformers.json";
    private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    private static final String TOKENIZER_MAXIMUM = "model_max_length";

    SentenceConfig {
        pooling = List.copyOf(pooling);
        steps = List.copyOf(steps);
    }

    /** Of a model whose files say nothing: vectors of length 1. */
    static SentenceConfig unsaid(String transformer) {
        return unsaid(transformer, OptionalInt.empty(), Prompts.NONE);
    }

    private static SentenceConfig unsaid(
            String transformer, OptionalInt maxTokens, Prompts prompts) {
        return new SentenceConfig(
                transformer,
                List.of(),
                true,
                List.of(VectorStep.Normalize.INSTANCE),
                maxTokens,
                false,
                prompts);
    }

    /** Of all-MiniLM-L6-v2, as its files at Hugging Face say. */
    static SentenceConfig miniLm(String name) {
        return new SentenceConfig(
                name,
                List.of(Pooling.MEAN),
                true,
                List.of(VectorStep.Normalize.INSTANCE),
                OptionalInt.of(256),
                false,
                Prompts.NONE);
    }

    /**
     * Reads what is said of a model.
     *
     * @param model a folder, a {@code .gguf} file, or a file in a folder
     * @throws CheckpointException if a module is not known, or a file cannot be used
     * @throws IOException if a file cannot be read
     */
    static SentenceConfig read(Path model) throws IOException {
        if (model.toString().endsWith(".gguf")) {
            return ofGguf(GgufFile.open(model));
        }
        Path folder = Files.isDirectory(model) ? model : model.toAbsolutePath().resolveSibling("");
        if (!Files.isRegularFile(folder.resolve(MODULES))) {
            return unsaid(model.toString(), tokenizerMaximum(folder), prompts(folder));
        }
        return ofModules(model, folder);
    }

    private static SentenceConfig ofModules(Path model, Path folder) throws IOException {
        List<Pooling> pooling = new ArrayList<>();
        List<VectorStep> steps = new ArrayList<>();
        Path transformer = model;
        boolean includesPrompt = true;
        for (JsonConfig module : JsonConfig.readList(folder.resolve(MODULES))) {
            Path path = within(folder, module);
            String type = module.string("type", "");
            String name = type.substring(type.lastIndexOf('.') + 1);
            switch (name) {
                case "Transformer" -> transformer = Files.isDirectory(model) ? path : model;
                case "Pooling" -> {
                    JsonConfig config = configOf(path);
                    pooling.addAll(pooling(config));
                    includesPrompt = config.flag("include_prompt", true);
                }
                case "Dense", "Normalize" -> {
                    if (pooling.isEmpty()) {
                        throw module.cannot(
                                "%s stands before Pooling; only what follows on it can be read",
                                name);
                    }
                    steps.add(name.equals("Dense") ? dense(path) : normalize(path));
                }
                default ->
                        throw module.cannot(
                                "the module %s is not known; Transformer, Pooling, Dense and Normalize can be read",
                                type.isEmpty() ? "(none)" : type);
            }
        }
        if (pooling.isEmpty()) {
            throw new CheckpointException(
                    "%s names no Pooling: its model makes no vectors of texts; take a model that does"
                            .formatted(folder.resolve(MODULES)));
        }
        Path settings = Files.isDirectory(transformer) ? transformer : folder;
        Optional<JsonConfig> transformerSettings = transformerSettings(settings);
        return new SentenceConfig(
                transformer.toString(),
                pooling,
                includesPrompt,
                steps,
                maximum(transformerSettings, settings),
                transformerSettings.isPresent()
                        && transformerSettings.get().flag("do_lower_case", false),
                prompts(folder));
    }

    private static Optional<JsonConfig> transformerSettings(Path folder) throws IOException {
        for (String name : SETTINGS) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)) {
                return Optional.of(JsonConfig.read(file));
            }
        }
        return Optional.empty();
    }

    /** What a module's folder says of it. */
    private static JsonConfig configOf(Path module) throws IOException {
        Path file = module.resolve(ModelFolder.CONFIG);
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(
                    "%s is missing, though %s names its folder: download the folder too"
                            .formatted(file, MODULES));
        }
        return JsonConfig.read(file);
    }

    /** The settings come before what the tokenizer says, and within them what is for it. */
    private static OptionalInt maximum(Optional<JsonConfig> settings, Path folder)
            throws IOException {
        if (settings.isPresent()) {
            for (String key : List.of("processor_kwargs", "tokenizer_args")) {
                OptionalInt most = atMost(settings.get().at(key), TOKENIZER_MAXIMUM);
                if (most.isPresent()) {
                    return most;
                }
            }
            OptionalInt most = atMost(settings.get(), "max_seq_length");
            if (most.isPresent()) {
                return most;
            }
        }
        return tokenizerMaximum(folder);
    }

    private static OptionalInt tokenizerMaximum(Path folder) throws IOException {
        Path file = folder.resolve(TOKENIZER_CONFIG);
        return Files.isRegularFile(file)
                ? atMost(JsonConfig.read(file), TOKENIZER_MAXIMUM)
                : OptionalInt.empty();
    }

    private static Path within(Path folder, JsonConfig module) throws CheckpointException {
        String named = module.string("path", "");
        Path path = folder.resolve(named);
        if (!path.toAbsolutePath().normalize().startsWith(folder.toAbsolutePath().normalize())) {
            throw module.cannot(
                    "the path of a module leads out of the folder: %s; name a folder in it", named);
        }
        return named.isEmpty() ? folder : path;
    }

    /** Newer ones have a file that says of what. */
    private static VectorStep normalize(Path folder) throws IOException {
        if (Files.isRegularFile(folder.resolve(ModelFolder.CONFIG))) {
            VectorStep.requireOfSentence(JsonConfig.read(folder.resolve(ModelFolder.CONFIG)));
        }
        return VectorStep.Normalize.INSTANCE;
    }

    private static VectorStep dense(Path folder) throws IOException {
        return VectorStep.Dense.of(
                configOf(folder),
                folder.toString(),
                SafetensorsFile.open(ModelFolder.weightsIn(folder)).weights());
    }

    /**
     * {@code pooling_mode}, a name or several; or a flag for each, none of which means the mean.
     */
    private static List<Pooling> pooling(JsonConfig config) throws CheckpointException {
        List<Pooling> pooling = new ArrayList<>();
        for (String setting : config.strings("pooling_mode")) {
            try {
                pooling.add(Pooling.of(setting));
            } catch (IllegalArgumentException e) {
                throw config.cannot("%s", String.valueOf(e.getMessage()));
            }
        }
        if (!config.has("pooling_mode")) {
            for (Pooling each : Pooling.values()) {
                if (config.flag(each.flag(), false)) {
                    pooling.add(each);
                }
            }
        }
        return pooling.isEmpty() ? List.of(Pooling.MEAN) : pooling;
    }

    /** A number of tokens; a file without a limit has none, or one that no text reaches. */
    private static OptionalInt atMost(JsonConfig config, String key) throws CheckpointException {
        double most = config.positive(key, (double) Integer.MAX_VALUE);
        return most < Integer.MAX_VALUE ? OptionalInt.of((int) most) : OptionalInt.empty();
    }

    private static Prompts prompts(Path folder) throws IOException {
        Path file = folder.resolve(PROMPTS);
        if (!Files.isRegularFile(file)) {
            return Prompts.NONE;
        }
        JsonConfig config = JsonConfig.read(file);
        Map<String, String> byName = config.at("prompts").strings();
        String name = config.string("default_prompt_name", "");
        if (!name.isEmpty() && !byName.containsKey(name)) {
            throw config.cannot(
                    "default_prompt_name is %s, which is none of its prompts: %s",
                    name, byName.isEmpty() ? "it has none" : String.join(", ", byName.keySet()));
        }
        return new Prompts(byName, Optional.of(name).filter(each -> !each.isEmpty()));
    }

    /** {@code pooling_type}, and the layers of an embedding model's {@code Dense} modules. */
    private static SentenceConfig ofGguf(GgufFile file) throws CheckpointException {
        SentenceConfig unsaid = unsaid(file.source());
        String architecture = file.metadata().string("general.architecture").orElse("");
        long type = file.metadata().integer(architecture + ".pooling_type").orElse(0);
        List<Pooling> pooling =
                switch ((int) type) {
                    case 0 -> List.of();
                    case 1 -> List.of(Pooling.MEAN);
                    case 2 -> List.of(Pooling.CLS);
                    case 3 -> List.of(Pooling.LAST_TOKEN);
                    default ->
                            throw new CheckpointException(
                                    "%s: pooling_type is %d; only 0 to 3 can be read"
                                            .formatted(file.source(), type));
                };
        List<VectorStep> steps = new ArrayList<>();
        Weights weights = file.weights();
        for (String name : List.of("dense_2.weight", "dense_3.weight")) {
            if (weights.has(name)) {
                steps.add(VectorStep.Dense.of(weights, name, file.source()));
            }
        }
        steps.addAll(unsaid.steps);
        return new SentenceConfig(
                unsaid.transformer, pooling, true, steps, OptionalInt.empty(), false, Prompts.NONE);
    }
}
