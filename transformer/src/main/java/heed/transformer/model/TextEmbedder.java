package heed.transformer.model;

import heed.transformer.layer.AttentionProbe;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Sentence embeddings (Reimers &amp; Gurevych 2019, §3): the mean of a text's last hidden states,
 * special tokens included, scaled to length 1. The dot product of two is their cosine similarity.
 *
 * <p>Texts of similar length are packed one behind the other and go through the model together, so
 * that its linear layers multiply large matrices. Nothing is padded, and a text's vector does not
 * depend on what it is packed with beyond the last digits of a float.
 */
public final class TextEmbedder {
    /** Tokens of a pack, unless a single text has more. */
    private static final int PACK_TOKENS = 1024;

    /** The smallest length that a vector is divided by, as in PyTorch's {@code normalize}. */
    private static final double SMALLEST_NORM = 1e-12;

    private final PretrainedBert bert;

    /**
     * @param bert the model; it stays the caller's to close
     */
    public TextEmbedder(PretrainedBert bert) {
        this.bert = bert;
    }

    /** Numbers in a vector. */
    public int dimensions() {
        return bert.model().config().hidden();
    }

    /**
     * A vector of length 1 for each text {@code [texts, dimensions]}, in their order.
     *
     * @throws IllegalArgumentException if a text has more tokens than the model reads; the message
     *     names its number, from 1
     */
    public float[][] embed(List<String> texts) {
        return embed(texts, done -> {});
    }

    /**
     * The same, and tells now and then how many texts have been embedded so far.
     *
     * @throws IllegalArgumentException if a text has more tokens than the model reads; the message
     *     names its number, from 1. No text has been embedded then.
     */
    public float[][] embed(List<String> texts, IntConsumer progress) {
        int[][] ids = encode(texts);
        int[] byLength =
                IntStream.range(0, ids.length)
                        .boxed()
                        .sorted(Comparator.comparingInt(i -> ids[i].length))
                        .mapToInt(Integer::intValue)
                        .toArray();
        float[][] vectors = new float[ids.length][];
        for (int from = 0; from < byLength.length; ) {
            int to = endOfPack(ids, byLength, from);
            embedPack(ids, Arrays.copyOfRange(byLength, from, to), vectors);
            progress.accept(to);
            from = to;
        }
        return vectors;
    }

    private int[][] encode(List<String> texts) {
        int limit = bert.model().config().positions();
        int[][] ids = new int[texts.size()][];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = bert.tokenizer().encode(texts.get(i)).ids();
            if (ids[i].length > limit) {
                throw new IllegalArgumentException(
                        "text %d has %d tokens, %s reads at most %d"
                                .formatted(i + 1, ids[i].length, bert.name(), limit));
            }
        }
        return ids;
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
    private void embedPack(int[][] ids, int[] pack, float[][] vectors) {
        int[] lengths = Arrays.stream(pack).map(text -> ids[text].length).toArray();
        int[] packed = Arrays.stream(pack).flatMap(text -> Arrays.stream(ids[text])).toArray();
        float[] hidden = bert.model().forward(packed, lengths, AttentionProbe.none());
        int row = 0;
        for (int i = 0; i < pack.length; i++) {
            vectors[pack[i]] = unit(sum(hidden, row, lengths[i]));
            row += lengths[i];
        }
    }

    /** The sum of some rows. Their mean points the same way. */
    private double[] sum(float[] hidden, int firstRow, int rows) {
        int features = dimensions();
        double[] sum = new double[features];
        for (int row = firstRow; row < firstRow + rows; row++) {
            for (int i = 0; i < features; i++) {
                sum[i] += hidden[row * features + i];
            }
        }
        return sum;
    }

    private static float[] unit(double[] x) {
        double squares = 0;
        for (double value : x) {
            squares += value * value;
        }
        double norm = Math.max(Math.sqrt(squares), SMALLEST_NORM);
        float[] unit = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            unit[i] = (float) (x[i] / norm);
        }
        return unit;
    }
}
