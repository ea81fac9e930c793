package heed.transformer.model;

import heed.attention.KvCache;
import java.util.List;

/**
 * What a decoder remembers of the tokens that it has read: a cache of keys and values for every
 * layer. Belongs to one text; one thread at a time may use it.
 */
public record LayerCaches(List<KvCache> layers) {
    public LayerCaches {
        layers = List.copyOf(layers);
    }

    /** Tokens read. */
    public int length() {
        return layers.getFirst().length();
    }

    /** Forgets all tokens from position {@code length} on. */
    public void truncate(int length) {
        layers.forEach(cache -> cache.truncate(length));
    }
}
