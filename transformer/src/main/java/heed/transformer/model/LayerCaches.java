package heed.transformer.model;

import heed.attention.KvCache;
import java.util.Arrays;
import java.util.List;

/**
 * What a decoder remembers of the tokens that it has read: a cache of keys and values for every
 * layer. Belongs to one text; one thread at a time may use it.
 */
public final class LayerCaches {
    private final List<KvCache> layers;
    private int expected;
    private int[] ids = {};
    private boolean readAsLong;

    public LayerCaches(List<KvCache> layers) {
        this.layers = List.copyOf(layers);
    }

    /** The cache of each layer. */
    public List<KvCache> layers() {
        return layers;
    }

    /** Tokens read. */
    public int length() {
        return layers.getFirst().length();
    }

    /** Forgets all tokens from position {@code length} on. */
    public void truncate(int length) {
        layers.forEach(cache -> cache.truncate(length));
        expected = Math.min(expected, length);
    }

    /** Says how long the text will be, before it is read in several passes. */
    void expect(int length) {
        expected = length;
    }

    /** Tokens of the text, as far as is known, with so many more. */
    int expected(int more) {
        return Math.max(expected, length() + more);
    }

    /** The tokens read, if each was {@linkplain #note noted}. */
    int[] ids() {
        return Arrays.copyOf(ids, length());
    }

    /** Whether keys were turned as those of a long text are: see {@link Llama.LongContext}. */
    boolean areReadAsLong() {
        return readAsLong;
    }

    /** Notes tokens that are about to be read, and how. */
    void note(int[] more, boolean asLong) {
        int length = length();
        ids = Arrays.copyOf(ids, length + more.length);
        System.arraycopy(more, 0, ids, length, more.length);
        readAsLong = asLong;
    }
}
