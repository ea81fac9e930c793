package heed.microscope.map;

import heed.attention.AttentionMask;
import heed.attention.Heads;
import heed.microscope.MemoryNeed;
import heed.microscope.QuestionException;
import heed.transformer.checkpoint.NpyFile;
import heed.transformer.checkpoint.SafetensorsFile;
import heed.transformer.checkpoint.StoredTensor;
import heed.transformer.checkpoint.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Queries and keys that somebody has, of a model that need not be Heed's. They stay in their files
 * until a head's map is asked for.
 *
 * @param q {@code [H, n_q, d]}, or {@code [n_q, d]} for one head
 * @param k {@code [Hkv, n_k, d]}, or {@code [n_k, d]} for one head
 * @param causal whether a query sees no key that comes after it
 */
public record QueriesAndKeys(StoredTensor q, StoredTensor k, boolean causal) {
    private static final List<String> Q_NAMES = List.of("q", "Q", "query", "queries");
    private static final List<String> K_NAMES = List.of("k", "K", "key", "keys");
    private static final int MATRIX = 2;
    private static final int HEADS_OF_MATRICES = 3;

    /** Tokens at most: the levels of more would not fit an array. */
    private static final int MOST_TOKENS = 1 << 20;

    /**
     * @throws QuestionException if their shapes do not fit together
     */
    public QueriesAndKeys {
        for (StoredTensor each : List.of(q, k)) {
            int dimensions = each.shape().size();
            boolean fits = dimensions == MATRIX || dimensions == HEADS_OF_MATRICES;
            if (!fits || each.shape().contains(0)) {
                throw new QuestionException(
                        "%s has shape %s: queries and keys are [heads, tokens, columns], or [tokens, columns]"
                                .formatted(each.name(), each.shape()));
            }
        }
        if (!q.shape().getLast().equals(k.shape().getLast())) {
            throw new QuestionException(
                    "queries have %d columns, keys have %d"
                            .formatted(q.shape().getLast(), k.shape().getLast()));
        }
        if (heads(q) % heads(k) != 0) {
            throw new QuestionException(
                    "%d query heads are not a multiple of %d key heads"
                            .formatted(heads(q), heads(k)));
        }
        if (Math.max(tokens(q), tokens(k)) > MOST_TOKENS) {
            throw new QuestionException(
                    "a map has at most %,d tokens, not %,d"
                            .formatted(MOST_TOKENS, Math.max(tokens(q), tokens(k))));
        }
    }

    /**
     * Opens a safetensors file that holds both, or two NumPy files, queries first.
     *
     * @throws QuestionException if a file holds something else
     * @throws IOException if a file cannot be read
     */
    public static QueriesAndKeys open(List<Path> files, boolean causal) throws IOException {
        if (files.size() == 2) {
            return new QueriesAndKeys(
                    NpyFile.open(files.getFirst()), NpyFile.open(files.getLast()), causal);
        }
        if (files.size() != 1 || files.getFirst().toString().endsWith(".npy")) {
            throw new QuestionException(
                    "queries and keys are in one safetensors file, or in two of NumPy (Q.npy,K.npy)");
        }
        Path file = files.getFirst();
        Weights tensors = SafetensorsFile.open(file).weights();
        return new QueriesAndKeys(
                tensor(tensors, Q_NAMES, file), tensor(tensors, K_NAMES, file), causal);
    }

    private static StoredTensor tensor(Weights tensors, List<String> names, Path file)
            throws IOException {
        String name =
                names.stream()
                        .filter(tensors::has)
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new QuestionException(
                                                "%s has no tensor %s; it has %s"
                                                        .formatted(
                                                                file,
                                                                String.join(" or ", names),
                                                                tensors.names())));
        return tensors.stored(name);
    }

    /** How many query heads there are. */
    public int heads() {
        return heads(q);
    }

    private static int heads(StoredTensor tensor) {
        return tensor.shape().size() == MATRIX ? 1 : tensor.shape().getFirst();
    }

    private static int tokens(StoredTensor tensor) {
        return tensor.shape().get(tensor.shape().size() - 2);
    }

    /**
     * The map of a head.
     *
     * @param head of the queries
     * @throws QuestionException if there is no such head, it holds NaN or infinite numbers, or its
     *     map does not fit the memory
     */
    public HeadMap map(int head) {
        if (head < 0 || head >= heads()) {
            throw new QuestionException(
                    "there is no head %d: heads are 0 to %d".formatted(head, heads() - 1));
        }
        long floats = (long) (tokens(q) + tokens(k)) * q.shape().getLast();
        new MemoryNeed(floats * Float.BYTES)
                .check("reading %,d queries and keys".formatted(tokens(q)), "give fewer");
        Heads queries = head(q, head);
        Heads keys = head(k, head / (heads() / heads(k)));
        return HeadMap.of(queries, keys, causal ? AttentionMask.causal() : AttentionMask.full());
    }

    private static Heads head(StoredTensor tensor, int head) {
        int columns = tensor.shape().getLast();
        int count = Math.multiplyExact(tokens(tensor), columns);
        float[] data = new float[count];
        tensor.dequantize((long) head * count, data, 0, count);
        for (float value : data) {
            if (!Float.isFinite(value)) {
                throw new QuestionException(
                        "head %d of %s holds %s".formatted(head, tensor.name(), value));
            }
        }
        return Heads.of(1, tokens(tensor), columns, data);
    }
}
