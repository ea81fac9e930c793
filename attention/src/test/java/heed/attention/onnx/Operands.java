package heed.attention.onnx;

import heed.attention.KvCache;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of a node.
 *
 * @param attnMask what is broadcast to {@code [batch, heads, n_q, n_k]}, or null
 * @param pastKey keys that precede {@code k}, or null
 * @param pastValue values that precede {@code v}, or null
 * @param lengths number of keys in each sequence that are no padding, or null
 */
record Operands(
        Packed q,
        Packed k,
        Packed v,
        @Nullable Tensor attnMask,
        @Nullable Packed pastKey,
        @Nullable Packed pastValue,
        @Nullable Tensor lengths) {

    /** Past keys and values followed by the new ones. */
    KvCache present(int sequence) {
        KvCache present = new KvCache(k.heads(), k.columns(), v.columns(), k.rows());
        if (pastKey != null && pastValue != null) {
            present.append(pastKey.sequence(sequence), pastValue.sequence(sequence));
        }
        present.append(k.sequence(sequence), v.sequence(sequence));
        return present;
    }

    /** Number of keys of a sequence that are no padding. */
    int length(int sequence, int keys) {
        return lengths == null ? keys : Math.min(keys, (int) lengths.values()[sequence]);
    }

    /** Position of the first query less that of the first key. */
    int offset(int sequence, int queries) {
        if (pastKey != null) {
            return pastKey.rows();
        }
        return lengths == null ? 0 : (int) lengths.values()[sequence] - queries;
    }
}
