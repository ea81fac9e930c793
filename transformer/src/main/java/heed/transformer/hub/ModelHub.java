package heed.transformer.hub;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.ModelFolder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Models by name: fetched from a Hugging Face hub into the hub's own cache, which other programs
 * share.
 */
public final class ModelHub {
    private static final String ENDPOINT = "https://huggingface.co";
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** What a model needs beside its weights, as far as it is there. */
    private static final List<String> SMALL =
            List.of(
                    ModelFolder.CONFIG,
                    ModelFolder.TOKENIZER,
                    "tokenizer_config.json",
                    "generation_config.json",
                    "special_tokens_map.json");

    /** What a model needs that has no tokenizer.json, as far as it is there. */
    private static final List<String> VOCABULARY =
            List.of(
                    ModelFolder.WORD_PIECES,
                    ModelFolder.VOCABULARY,
                    ModelFolder.MERGES,
                    "added_tokens.json");

    /** What says how a model makes vectors of texts: settings, and those of modules. */
    private static final Pattern OF_VECTORS =
            Pattern.compile(
                    "modules\\.json|config_sentence_transformers\\.json|sentence_\\w+_config\\.json"
                            + "|\\d+_\\w+/(config\\.json|model\\.safetensors)");

    private final Path cache;
    private final HubClient client;

    /**
     * A revision of a model in the cache.
     *
     * @param repository {@code OWNER/NAME}
     * @param revision the branch, tag or commit that it was fetched as
     * @param bytes size of its files
     * @param whole whether it can be opened as a model
     * @param folder where its files are
     */
    public record Cached(
            String repository,
            String revision,
            String commit,
            long bytes,
            boolean whole,
            Path folder) {}

    /** Is told how a download goes on. */
    public interface Listener {
        /**
         * Some more of a file is there.
         *
         * @param file that is coming
         * @param received bytes of it that are there
         * @param size bytes that it has
         */
        void received(String file, long received, long size);
    }

    ModelHub(Path cache, URI endpoint, @Nullable String token, Duration pause) {
        this.cache = cache;
        this.client = HubClient.of(endpoint, token, pause);
    }

    /**
     * The hub and the cache that the environment names, as other programs of the hub read it:
     * {@code HF_ENDPOINT}, {@code HF_TOKEN}, {@code HF_HUB_CACHE}, {@code HF_HOME}, {@code
     * XDG_CACHE_HOME}.
     *
     * @throws CheckpointException if the endpoint is no address
     */
    public static ModelHub open(Map<String, String> environment) throws CheckpointException {
        String endpoint = environment.getOrDefault("HF_ENDPOINT", ENDPOINT);
        String token = environment.get("HF_TOKEN");
        try {
            URI uri = URI.create(endpoint);
            if (uri.getHost() == null || !String.valueOf(uri.getScheme()).matches("https?")) {
                throw new IllegalArgumentException("it has no http or no host");
            }
            return new ModelHub(
                    cacheOf(environment),
                    uri,
                    token == null || token.isBlank() ? null : token.strip(),
                    PAUSE);
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(
                    "HF_ENDPOINT is '%s', which is no address: %s"
                            .formatted(endpoint, e.getMessage()),
                    e);
        }
    }

    static Path cacheOf(Map<String, String> environment) {
        String cache = environment.get("HF_HUB_CACHE");
        if (cache != null && !cache.isBlank()) {
            return Path.of(cache);
        }
        String home = environment.get("HF_HOME");
        if (home != null && !home.isBlank()) {
            return Path.of(home, "hub");
        }
        String caches = environment.get("XDG_CACHE_HOME");
        Path all =
                caches != null && !caches.isBlank()
                        ? Path.of(caches)
                        : Path.of(System.getProperty("user.home"), ".cache");
        return all.resolve("huggingface").resolve("hub");
    }

    /** Where models are kept. */
    public Path cache() {
        return cache;
    }

    /** The folder of a model, if it is in the cache and can be opened. */
    public Optional<Path> find(ModelName name) throws IOException {
        return HubCache.of(cache, name.repository()).find(name);
    }

    /** What is in the cache. */
    public List<Cached> list() throws IOException {
        List<Cached> all = new ArrayList<>();
        for (HubCache model : HubCache.all(cache)) {
            all.addAll(model.cached());
        }
        return all;
    }

    /**
     * Removes a model with all its revisions from the cache.
     *
     * @return bytes freed
     * @throws CheckpointException if it is not there
     */
    public long remove(ModelName name) throws IOException {
        HubCache model = HubCache.of(cache, name.repository());
        if (!Files.isDirectory(model.model())) {
            throw new CheckpointException(
                    "there is no %s in %s: 'heed models' lists what is there"
                            .formatted(name.repository(), cache));
        }
        return model.remove();
    }

    /**
     * Fetches a model, or what is missing of it. A download that was cut goes on where it stopped;
     * the revision is there only when all of it is.
     *
     * @param file the one file to take, or null for what a model needs
     * @return the folder of its files
     * @throws CheckpointException if the hub has no such model or does not give it, what comes is
     *     not what the hub says, or the disk is full
     * @throws IOException if the cache cannot be written
     */
    public Path pull(ModelName name, @Nullable String file, Listener listener) throws IOException {
        HubCache model = HubCache.of(cache, name.repository());
        JsonNode answer = client.model(name);
        String commit = answer.path("sha").asString("");
        if (!ModelName.isCommit(commit)) {
            throw client.unusable("it gives the commit '%s'".formatted(commit));
        }
        List<String> there = new ArrayList<>();
        for (JsonNode sibling : answer.path("siblings")) {
            there.add(checked(sibling.path("rfilename").asString("")));
        }
        SequencedSet<String> wanted = new LinkedHashSet<>();
        if (file != null) {
            requireFile(name, there, file);
            wanted.add(file);
        } else if (there.contains(ModelFolder.SINGLE) || there.contains(ModelFolder.INDEX)) {
            SMALL.stream().filter(there::contains).forEach(wanted::add);
            if (!there.contains(ModelFolder.TOKENIZER)) {
                VOCABULARY.stream().filter(there::contains).forEach(wanted::add);
            }
            there.stream().filter(each -> OF_VECTORS.matcher(each).matches()).forEach(wanted::add);
            wanted.addAll(weights(name, model, commit, there, listener));
        } else {
            wanted.add(onlyGguf(name, there));
        }
        fetch(name, model, commit, wanted, listener);
        model.writeRef(name, commit);
        return model.snapshot(commit);
    }

    private List<String> weights(
            ModelName name, HubCache model, String commit, List<String> there, Listener listener)
            throws IOException {
        if (there.contains(ModelFolder.SINGLE)) {
            return List.of(ModelFolder.SINGLE);
        }
        fetch(name, model, commit, List.of(ModelFolder.INDEX), listener);
        Path index = model.snapshot(commit).resolve(ModelFolder.INDEX);
        SequencedSet<String> shards = new LinkedHashSet<>(List.of(ModelFolder.INDEX));
        try {
            for (JsonNode shard :
                    new JsonMapper().readTree(Files.readAllBytes(index)).path("weight_map")) {
                String shardName = checked(shard.asString(""));
                requireFile(name, there, shardName);
                shards.add(shardName);
            }
        } catch (JacksonException e) {
            throw new CheckpointException(
                    "%s of %s is not JSON: %s"
                            .formatted(ModelFolder.INDEX, name, e.getOriginalMessage()),
                    e);
        }
        return List.copyOf(shards);
    }

    private void fetch(
            ModelName name,
            HubCache model,
            String commit,
            Iterable<String> files,
            Listener listener)
            throws IOException {
        List<HubDownload> downloads = new ArrayList<>();
        long missing = 0;
        for (String file : files) {
            HubDownload download = HubDownload.of(client, name, commit, file);
            missing += download.missing(model);
            downloads.add(download);
        }
        Files.createDirectories(cache);
        long space = Files.getFileStore(cache).getUsableSpace();
        if (missing > space) {
            throw new CheckpointException(
                    "%s needs %d more bytes, %s has room for %d: make room, or name another folder with HF_HUB_CACHE"
                            .formatted(name, missing, cache, space));
        }
        for (HubDownload download : downloads) {
            download.into(
                    model,
                    received -> listener.received(download.file(), received, download.size()));
        }
    }

    private static String onlyGguf(ModelName name, List<String> there) throws CheckpointException {
        List<String> found = there.stream().filter(f -> f.endsWith(".gguf")).toList();
        if (found.isEmpty()) {
            throw new CheckpointException(
                    "%s has no %s and no .gguf file: it cannot be read"
                            .formatted(name, ModelFolder.SINGLE));
        }
        if (found.size() > 1) {
            throw new CheckpointException(
                    "%s has %d models: name one of its files with --file: %s"
                            .formatted(name, found.size(), String.join(", ", found)));
        }
        return found.getFirst();
    }

    private static void requireFile(ModelName name, List<String> there, String file)
            throws CheckpointException {
        if (!there.contains(file)) {
            throw new CheckpointException(
                    "%s has no file %s; it has %s".formatted(name, file, String.join(", ", there)));
        }
    }

    /** A file's name, which becomes a path, if that stays within the snapshot. */
    private String checked(String file) throws CheckpointException {
        boolean safe = !file.isEmpty() && file.indexOf('\\') < 0 && file.indexOf('\0') < 0;
        for (String part : file.split("/", -1)) {
            safe &= !part.isEmpty() && !part.equals(".") && !part.equals("..");
        }
        if (!safe) {
            throw client.unusable("it names a file '%s'".formatted(file));
        }
        return file;
    }
}
