package heed.transformer.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import heed.transformer.checkpoint.CheckpointException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a hub on loopback that behaves, and misbehaves, as hubs do. */
final class ModelHubTest {
    private static final ModelName NAME = ModelName.parse("hf:o/m");
    private static final String WEIGHTS = "model.safetensors";
    private static final int SIZE = 3_000_000;

    @TempDir Path cache;
    private final FakeHub fake = new FakeHub();
    private final byte[] weights = random(SIZE);

    ModelHubTest() {
        fake.files.put("config.json", text("{\"model_type\": \"llama\"}"));
        fake.files.put("tokenizer.json", text("{}"));
        fake.files.put("README.md", text("read me"));
        fake.files.put(WEIGHTS, weights);
    }

    @AfterEach
    void close() {
        fake.close();
    }

    private ModelHub hub() {
        return new ModelHub(cache, fake.uri(), null, Duration.ZERO);
    }

    private Path pull() throws IOException {
        return hub().pull(NAME, null, (_, _, _) -> {});
    }

    private void assertRefused(String... words) {
        assertThatThrownBy(this::pull)
                .isInstanceOf(CheckpointException.class)
                .message()
                .contains(words)
                .doesNotContain("\n");
        assertThat(cache.resolve("models--o--m/refs/main")).doesNotExist();
        assertThat(cache.resolve("models--o--m/blobs/" + FakeHub.hash("SHA-256", weights)))
                .doesNotExist();
    }

    @Test
    void keepsAModelInTheHubsOwnLayout() throws IOException {
        assertThat(hub().find(NAME)).isEmpty();
        List<String> told = new ArrayList<>();
        Path folder =
                hub().pull(NAME, null, (file, done, size) -> told.add(file + done + "/" + size));

        Path model = cache.resolve("models--o--m");
        assertThat(folder).isEqualTo(model.resolve("snapshots/" + FakeHub.COMMIT));
        assertThat(folder.resolve(WEIGHTS)).isSymbolicLink().hasBinaryContent(weights);
        assertThat(Files.readSymbolicLink(folder.resolve(WEIGHTS)))
                .isEqualTo(Path.of("../../blobs/" + FakeHub.hash("SHA-256", weights)));
        assertThat(model.resolve("refs/main")).hasContent(FakeHub.COMMIT);
        assertThat(folder.resolve("README.md")).doesNotExist();
        assertThat(told).contains(WEIGHTS + SIZE + "/" + SIZE);
        assertThat(hub().find(NAME)).contains(folder);
        assertThat(hub().find(ModelName.parse("o/m@" + FakeHub.COMMIT))).contains(folder);
        assertThat(hub().find(ModelName.parse("o/m@other"))).isEmpty();
        assertThat(hub().list())
                .singleElement()
                .satisfies(
                        cached -> {
                            assertThat(cached.repository()).isEqualTo("o/m");
                            assertThat(cached.revision()).isEqualTo("main");
                            assertThat(cached.whole()).isTrue();
                            assertThat(cached.bytes()).isGreaterThan(SIZE);
                        });

        int before = fake.requests.size();
        assertThat(pull()).isEqualTo(folder);
        assertThat(fake.requests.subList(before, fake.requests.size()))
                .noneMatch(request -> request.startsWith("storage"));
    }

    @Test
    void goesOnWhereAConnectionWasCut() throws IOException {
        fake.cutAfter = SIZE / 3;
        Path folder = pull();
        assertThat(folder.resolve(WEIGHTS)).hasBinaryContent(weights);
        assertThat(fake.ranges()).contains("null").hasSizeGreaterThan(2);
    }

    @Test
    void goesOnWhereAnEarlierCommandStopped() throws IOException {
        Path blobs = Files.createDirectories(cache.resolve("models--o--m/blobs"));
        Path part = blobs.resolve(FakeHub.hash("SHA-256", weights) + ".incomplete");
        Files.write(part, java.util.Arrays.copyOf(weights, 1234));
        assertThat(pull().resolve(WEIGHTS)).hasBinaryContent(weights);
        assertThat(fake.ranges()).containsExactly("bytes=1234-");
        assertThat(part).doesNotExist();
    }

    @Test
    void startsAgainWhereTheServerKnowsNoRanges() throws IOException {
        Path blobs = Files.createDirectories(cache.resolve("models--o--m/blobs"));
        Files.write(blobs.resolve(FakeHub.hash("SHA-256", weights) + ".incomplete"), new byte[999]);
        fake.ignoresRange = true;
        assertThat(pull().resolve(WEIGHTS)).hasBinaryContent(weights);
    }

    @Test
    void throwsAwayWhatHasTheWrongHash() throws IOException {
        fake.wrongHash = true;
        assertRefused(WEIGHTS, "hash", "give the command again");
        try (Stream<Path> blobs = Files.list(cache.resolve("models--o--m/blobs"))) {
            assertThat(blobs).noneMatch(blob -> blob.toString().endsWith(".incomplete"));
        }
        fake.wrongHash = false;
        assertThat(pull().resolve(WEIGHTS)).hasBinaryContent(weights);
    }

    @Test
    void refusesMoreBytesThanWereAnnounced() {
        fake.extraBytes = 10;
        assertRefused("more than the 3000000 bytes");
    }

    @Test
    void givesUpOnAServerThatBringsNothing() {
        fake.files.put(WEIGHTS, weights);
        fake.ignoresRange = true;
        fake.cutAfter = 1;
        assertRefused("the connection broke", "it goes on from there");
    }

    @Test
    void theTokenGoesToTheHubAlone() throws IOException {
        fake.token = "secret";
        assertRefused("HF_TOKEN", "HTTP 401");
        ModelHub hub = new ModelHub(cache, fake.uri(), "secret", Duration.ZERO);
        assertThat(hub.pull(NAME, null, (_, _, _) -> {})).exists();
        assertThat(fake.seenByStorage).containsOnly("null");
    }

    @ParameterizedTest
    @CsvSource({
        "401, '', set HF_TOKEN",
        "403, '', accept its terms",
        "404, '', has no hf:o/m: check its name",
        "429, 3600, too many requests: try again in 3600 seconds",
        "429, '', try again later",
        "503, '', HTTP 503; try again later"
    })
    void saysWhyTheHubRefuses(int status, String retryAfter, String words) {
        fake.statusOfModel = status;
        fake.retryAfter = retryAfter;
        assertRefused(words);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 503})
    void triesAgainWhatMayPass(int status) throws IOException {
        fake.statusOfModel = status;
        fake.retryAfter = "0";
        fake.refusals = 2;
        assertThat(pull()).exists();
    }

    @Test
    void saysThatThereIsNoNetwork() {
        URI nowhere = URI.create("http://127.0.0.1:1");
        ModelHub hub = new ModelHub(cache, nowhere, null, Duration.ZERO);
        assertThatThrownBy(() -> hub.pull(NAME, null, (_, _, _) -> {}))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("cannot reach http://127.0.0.1:1")
                .hasMessageContaining("is there a network?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../evil", "/etc/passwd", "a/../../b", "a\\b", "a//b", ".", ""})
    void namesThatLeaveTheFolderAreRefused(String name) {
        fake.moreNames.add(name);
        assertRefused("it names a file '" + name + "'");
    }

    @Test
    void shardsAreThoseOfTheIndex() throws IOException {
        fake.files.remove(WEIGHTS);
        fake.files.put("a-1.safetensors", random(10));
        fake.files.put("a-2.safetensors", random(20));
        fake.files.put("other.safetensors", random(30));
        fake.files.put(
                "model.safetensors.index.json",
                text("{\"weight_map\": {\"x\": \"a-2.safetensors\", \"y\": \"a-1.safetensors\"}}"));
        Path folder = pull();
        assertThat(folder.resolve("a-1.safetensors")).exists();
        assertThat(folder.resolve("a-2.safetensors")).exists();
        assertThat(folder.resolve("other.safetensors")).doesNotExist();

        fake.files.put(
                "model.safetensors.index.json",
                text("{\"weight_map\": {\"x\": \"../a-1.safetensors\"}}"));
        assertThatThrownBy(this::pull).hasMessageContaining("it names a file '../a-1.safetensors'");
        fake.files.put(
                "model.safetensors.index.json", text("{\"weight_map\": {\"x\": \"b.bin\"}}"));
        assertThatThrownBy(this::pull).hasMessageContaining("hf:o/m has no file b.bin");
    }

    @Test
    void aVocabularyIsTakenWhereThereIsNoTokenizer() throws IOException {
        fake.files.put("vocab.txt", text("a"));
        assertThat(pull().resolve("vocab.txt")).doesNotExist();

        assertThat(hub().remove(NAME)).isPositive();
        fake.files.remove("tokenizer.json");
        assertThat(pull().resolve("vocab.txt")).hasContent("a");
    }

    @Test
    void whatSaysHowVectorsAreMadeIsTakenToo() throws IOException {
        List<String> names =
                List.of(
                        "modules.json",
                        "config_sentence_transformers.json",
                        "sentence_bert_config.json",
                        "1_Pooling/config.json",
                        "2_Dense/config.json",
                        "2_Dense/model.safetensors");
        names.forEach(name -> fake.files.put(name, text(name)));
        fake.files.put("2_Dense/pytorch_model.bin", text("not taken"));
        fake.files.put("onnx/config.json", text("not taken"));

        Path folder = pull();
        for (String name : names) {
            assertThat(folder.resolve(name)).hasContent(name);
        }
        assertThat(folder.resolve("2_Dense/pytorch_model.bin")).doesNotExist();
        assertThat(folder.resolve("onnx")).doesNotExist();
    }

    @Test
    void takesTheOneGgufFileOrTheOneThatIsNamed() throws IOException {
        fake.files.remove(WEIGHTS);
        assertRefused("has no model.safetensors and no .gguf file");
        fake.files.put("q4.gguf", random(10));
        Path folder = pull();
        assertThat(folder.resolve("q4.gguf")).exists();
        assertThat(hub().find(NAME)).contains(folder);
        fake.files.put("q8.gguf", random(20));
        assertThatThrownBy(this::pull).hasMessageContaining("--file: q4.gguf, q8.gguf");
        hub().pull(NAME, "q8.gguf", (_, _, _) -> {});
        assertThat(folder.resolve("q8.gguf")).exists();
        assertThatThrownBy(() -> hub().pull(NAME, "q9.gguf", (_, _, _) -> {}))
                .hasMessageContaining("has no file q9.gguf");
    }

    @Test
    void aCommitThatIsNoneIsRefused() {
        fake.commit = "../../x";
        assertRefused("it gives the commit '../../x'");
    }

    @Test
    void removesAModelAndFollowsNoLink(@TempDir Path elsewhere) throws IOException {
        Path kept = Files.writeString(elsewhere.resolve("kept"), "kept");
        Path folder = pull();
        Files.createSymbolicLink(folder.resolve("link"), kept);
        Files.createSymbolicLink(folder.resolve("folder"), elsewhere);
        assertThat(hub().remove(NAME)).isGreaterThanOrEqualTo(SIZE);
        assertThat(Files.exists(cache.resolve("models--o--m"), LinkOption.NOFOLLOW_LINKS))
                .isFalse();
        assertThat(kept).hasContent("kept");
        assertThatThrownBy(() -> hub().remove(NAME)).hasMessageContaining("there is no o/m");
    }

    @Test
    void theEnvironmentNamesTheCache() throws IOException {
        assertThat(ModelHub.cacheOf(Map.of("HF_HUB_CACHE", "/a", "HF_HOME", "/b")))
                .isEqualTo(Path.of("/a"));
        assertThat(ModelHub.cacheOf(Map.of("HF_HOME", "/b"))).isEqualTo(Path.of("/b/hub"));
        assertThat(ModelHub.cacheOf(Map.of("XDG_CACHE_HOME", "/c")))
                .isEqualTo(Path.of("/c/huggingface/hub"));
        assertThat(ModelHub.cacheOf(Map.of()))
                .isEqualTo(Path.of(System.getProperty("user.home"), ".cache/huggingface/hub"));
        assertThatThrownBy(() -> ModelHub.open(Map.of("HF_ENDPOINT", "nowhere")))
                .hasMessageContaining("HF_ENDPOINT is 'nowhere'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hf:",
                "hf:a/b/c",
                "hf:../x",
                "hf:a/..",
                "hf:a/b@",
                "hf:a/b@../x",
                "hf:a--b/c",
                "hf:a/b@x//y",
                "hf:/a",
                "hf:a/",
                "hf:a b/c"
            })
    void whatIsNoNameIsRefused(String name) {
        assertThatThrownBy(() -> ModelName.parse(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give ");
    }

    @Test
    void namesHaveRevisions() {
        assertThat(ModelName.parse("hf:gpt2")).isEqualTo(new ModelName("gpt2", "main"));
        assertThat(ModelName.parse("a/b@refs/pr/1")).isEqualTo(new ModelName("a/b", "refs/pr/1"));
        assertThat(ModelName.parse("a/b@v1")).hasToString("hf:a/b@v1");
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
