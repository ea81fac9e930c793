package heed.transformer.embed;

import heed.simd.ThreadTeam;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.model.PretrainedDecoder;
import heed.transformer.model.PretrainedEncoder;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokenizer;
import heed.transformer.tokenizer.Tokens;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Sentence embeddings (Reimers &amp; Gurevych 2019, §3): a text's last hidden states, pooled into
 * one vector, as the files of the model say. Where vectors have length 1, as those of most models,
 * the dot product of two is their cosine similarity.
 *
 * <p>Any number of threads may use it at a time. The texts of a call that are of similar length are
 * packed one behind the other and go through an encoder together, so that its linear layers
 * multiply large matrices. Nothing is padded, and a text's vector does not depend on what it is
 * packed with beyond the last digits of a float.
 */
public final class TextEmbedder implements AutoCloseable {
    /** Tokens of a pack, unless a single text has more. */
    private static final int PACK_TOKENS = 1024;

    private final PretrainedModel model;
    private final SentenceConfig config;
    private final List<Pooling> pooling;
    private final TooLong tooLong;
    private final int maxTokens;
    private final int threads;
    private final int dimensions;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    /**
     * Opens a model with all that its files say.
     *
     * @param model what {@link PretrainedModel#open} takes
     * @throws CheckpointException if there is no such model, or its files cannot be used
     * @throws IOException if they cannot be read
     */
    public static TextEmbedder open(String model) throws IOException {
        return builder(model).open();
    }

    /** Opens a model with settings of one's own. */
    public static Builder builder(String model) {
        return new Builder(model);
    }

    /** Settings of an embedder. */
    public static final class Builder {
        private final String model;
        private List<Pooling> pooling = List.of();
        private TooLong tooLong = TooLong.REFUSE;
        private int maxTokens = Integer.MAX_VALUE;
        private int threads = Integer.MAX_VALUE;

        private Builder(String model) {
            this.model = model;
        }

        /** How states are pooled, several joined, in place of what the model's files say. */
        public Builder pooling(Pooling... pooling) {
            this.pooling = List.of(pooling);
            return this;
        }

        /** What becomes of a text that is too long; it is refused unless this says otherwise. */
        public Builder tooLong(TooLong tooLong) {
            this.tooLong = tooLong;
            return this;
        }

        /**
         * Tokens of a text at most, special tokens and prompt included, in place of what the
         * model's files say; no more than the model reads.
         */
        public Builder maxTokens(int maxTokens) {
            if (maxTokens < 1) {
                throw new IllegalArgumentException(
                        "a text needs 1 token at least, not " + maxTokens);
            }
            this.maxTokens = maxTokens;
            return this;
        }

        /**
         * Threads that a call uses at most, itself included; all processors unless this is said.
         */
        public Builder threads(int threads) {
            if (threads < 1) {
                throw new IllegalArgumentException("1 thread at least, not " + threads);
            }
            this.threads = threads;
            return this;
        }

        /**
         * Opens the model.
         *
         * @throws IllegalArgumentException if the pooling or the maximum that was set does not go
         *     with it
         * @throws CheckpointException if there is no such model, or its files cannot be used
         * @throws IOException if they cannot be read
         */
        public TextEmbedder open() throws IOException {
            SentenceConfig config = config(model);
            PretrainedModel opened = PretrainedModel.open(config.transformer());
            try {
                return new TextEmbedder(this, opened, config);
            } catch (IOException | RuntimeException e) {
                opened.close();
                throw e;
            }
        }

        private static SentenceConfig config(String model) throws IOException {
            if (model.equals(PretrainedEncoder.MINILM)) {
                return SentenceConfig.miniLm(model);
            }
            return model.isBlank() || model.equals(PretrainedDecoder.SHAKESPEARE)
                    ? SentenceConfig.unsaid(model)
                    : SentenceConfig.read(Path.of(model));
        }
    }

    private TextEmbedder(Builder settings, PretrainedModel model, SentenceConfig config)
            throws CheckpointException {
        this.model = model;
        this.config = config;
        tooLong = settings.tooLong;
        threads = settings.threads;
        int said = config.maxTokens().orElse(model.positions());
        maxTokens =
                Math.min(
                        model.positions(),
                        settings.maxTokens == Integer.MAX_VALUE ? said : settings.maxTokens);
        if (!settings.pooling.isEmpty()) {
            pooling = settings.pooling;
        } else if (!config.pooling().isEmpty()) {
            pooling = config.pooling();
        } else {
            pooling = List.of(model.isCausal() ? Pooling.LAST_TOKEN : Pooling.MEAN);
        }
        try {
            checkRoom();
        } catch (IllegalArgumentException e) {
            throw ofFiles(settings.maxTokens == Integer.MAX_VALUE, e);
        }
        try {
            dimensions = dimensionsOf(pooling.size() * model.hidden());
        } catch (IllegalArgumentException e) {
            throw ofFiles(settings.pooling.isEmpty(), e);
        }
    }

    /** What is wrong with the files, or with a setting in their place. */
    private static CheckpointException ofFiles(boolean isOfFiles, IllegalArgumentException e) {
        if (!isOfFiles) {
            throw e;
        }
        return new CheckpointException(String.valueOf(e.getMessage()), e);
    }

    private int dimensionsOf(int pooled) {
        int numbers = pooled;
        for (VectorStep step : config.steps()) {
            numbers = step.dimensions(numbers);
        }
        return numbers;
    }

    /** What is cut must leave a token of the text. */
    private void checkRoom() {
        int special = model.tokenizer().encode("").size();
        if (special >= maxTokens) {
            throw new IllegalArgumentException(
                    "%s would take at most %d tokens of a text, of which %d are special tokens: allow more"
                            .formatted(model.name(), maxTokens, special));
        }
    }

    /** What the model was opened by. */
    public String name() {
        return model.name();
    }

    /** A line that whoever uses the model should read, if there is something to say. */
    public Optional<String> note() {
        return model.note();
    }

    /** Numbers in a vector. */
    public int dimensions() {
        return dimensions;
    }

    /** Tokens of a text at most, special tokens and prompt included. */
    public int maxTokens() {
        return maxTokens;
    }

    /** What a vector is put together of. */
    public List<Pooling> pooling() {
        return pooling;
    }

    /** Whether the model's files say how to pool; else it is a guess, unless the caller said so. */
    public boolean isPoolingKnown() {
        return !config.pooling().isEmpty();
    }

    /** What the model was taught to have before a text of this role, or nothing. */
    public String prompt(Role role) {
        return config.prompts().of(role);
    }

    /** Whether the model was taught to tell what is asked for from what is searched. */
    public boolean tellsRolesApart() {
        return config.prompts().tellRolesApart();
    }

    /**
     * A vector for each text {@code [texts, dimensions]}, in their order; the model's default
     * prompt, if it has one, goes before each.
     *
     * @throws IllegalArgumentException if a text has too many tokens and is not to be cut; the
     *     message names its number, from 1. No text has been embedded then.
     */
    public float[][] embed(List<String> texts) {
        return embed(texts, Role.NONE);
    }

    /** The same, with the model's prompt for the role before each text, if it has one. */
    public float[][] embed(List<String> texts, Role role) {
        return embed(texts, prompt(role), done -> {}).vectors();
    }

    /**
     * Embeds texts, and tells now and then how many have been embedded so far.
     *
     * @param prompt what goes before each text; may be empty
     * @throws IllegalArgumentException as above
     * @throws IllegalStateException if the embedder is closed
     */
    public TextVectors embed(List<String> texts, String prompt, IntConsumer progress) {
        lock.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException(
                        "the embedder of %s is closed".formatted(model.name()));
            }
            return ThreadTeam.withAtMost(threads, () -> embedOpen(texts, prompt, progress));
        } finally {
            lock.readLock().unlock();
        }
    }

    private TextVectors embedOpen(List<String> texts, String prompt, IntConsumer progress) {
        int[][] ids = new int[texts.size()][];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = encode(i, prompt + texts.get(i));
        }
        int skipped = config.includesPrompt() || prompt.isEmpty() ? 0 : tokensOfPrompt(prompt);
        float[][] vectors =
                switch (model) {
                    case PretrainedEncoder encoder -> pack(encoder, ids, skipped, progress);
                    case PretrainedDecoder decoder -> oneByOne(decoder, ids, skipped, progress);
                };
        return new TextVectors(vectors, Arrays.stream(ids).mapToInt(each -> each.length).toArray());
    }

    private int[] encode(int text, String promptAndText) {
        Tokens tokens = encode(promptAndText);
        if (tokens.size() == 0) {
            throw new IllegalArgumentException(
                    "text %d has no tokens, and %s adds none".formatted(text + 1, model.name()));
        }
        if (tokens.size() > maxTokens && tooLong == TooLong.REFUSE) {
            throw new IllegalArgumentException(
                    "text %d has %d tokens, %s takes at most %d"
                            .formatted(text + 1, tokens.size(), model.name(), maxTokens));
        }
        return tokens.first(maxTokens).ids();
    }

    private Tokens encode(String text) {
        Tokenizer tokenizer = model.tokenizer();
        return tokenizer.encode(config.lowerCase() ? LowerCase.of(text, tokenizer) : text);
    }

    /** Tokens of a prompt that stands alone and is cut as texts are, without what ends it. */
    private int tokensOfPrompt(String prompt) {
        List<Tokens.Piece> pieces = encode(prompt).first(maxTokens).pieces();
        return pieces.size() - (!pieces.isEmpty() && pieces.getLast().special() ? 1 : 0);
    }

    private float[][] pack(
            PretrainedEncoder encoder, int[][] ids, int skipped, IntConsumer progress) {
        int[] byLength =
                IntStream.range(0, ids.length)
                        .boxed()
                        .sorted(Comparator.comparingInt(i -> ids[i].length))
                        .mapToInt(Integer::intValue)
                        .toArray();
        float[][] vectors = new float[ids.length][];
        for (int from = 0; from < byLength.length; ) {
            int to = endOfPack(ids, byLength, from);
            embedPack(encoder, ids, Arrays.copyOfRange(byLength, from, to), skipped, vectors);
            progress.accept(to);
            from = to;
        }
        return vectors;
    }

    /** Behind the last of the texts that go into a pack with the first: at least that one. */
    private static int endOfPack(int[][] ids, int[] byLength, int from) {
        int to = from + 1;
        int tokens = ids[byLength[from]].length;
        while (to < byLength.length && tokens + ids[byLength[to]].length <= PACK_TOKENS) {
            tokens += ids[byLength[to]].length;
            to++;
        }
        return to;
    }

    /** Embeds the texts with the given numbers in one forward pass. */
    private void embedPack(
            PretrainedEncoder encoder, int[][] ids, int[] pack, int skipped, float[][] vectors) {
        int[] lengths = Arrays.stream(pack).map(text -> ids[text].length).toArray();
        int[] packed = Arrays.stream(pack).flatMap(text -> Arrays.stream(ids[text])).toArray();
        float[] hidden = encoder.model().forward(packed, lengths, AttentionProbe.none());
        int row = 0;
        for (int i = 0; i < pack.length; i++) {
            vectors[pack[i]] = vector(hidden, row, row + lengths[i], skipped);
            row += lengths[i];
        }
    }

    private float[][] oneByOne(
            PretrainedDecoder decoder, int[][] ids, int skipped, IntConsumer progress) {
        float[][] vectors = new float[ids.length][];
        for (int text = 0; text < ids.length; text++) {
            float[] hidden = decoder.read(ids[text], AttentionProbe.none());
            vectors[text] = vector(hidden, 0, ids[text].length, skipped);
            progress.accept(text + 1);
        }
        return vectors;
    }

    /**
     * The vector of the rows {@code first … end − 1}.
     *
     * @param skipped tokens at the beginning that have no part in it, if there are more
     */
    private float[] vector(float[] hidden, int first, int end, int skipped) {
        int features = model.hidden();
        int from = skipped < end - first ? first + skipped : first;
        double[] vector = new double[pooling.size() * features];
        for (int i = 0; i < pooling.size(); i++) {
            double[] part = new double[features];
            pooling.get(i).pool(hidden, features, first, from, end, part);
            System.arraycopy(part, 0, vector, i * features, features);
        }
        for (VectorStep step : config.steps()) {
            vector = step.apply(vector);
        }
        float[] floats = new float[vector.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) vector[i];
        }
        return floats;
    }

    /** Closes the model, once the calls under way are done. Further calls are refused. */
    @Override
    public void close() {
        if (lock.getReadHoldCount() > 0) {
            throw new IllegalStateException(
                    "the embedder of %s cannot be closed from within a call"
                            .formatted(model.name()));
        }
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                model.close();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
