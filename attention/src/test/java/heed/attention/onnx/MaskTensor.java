package heed.attention.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import heed.attention.Heads;
import java.util.Arrays;

/**
 * The part of {@code attn_mask} that one sequence of a batch sees. Dimensions are broadcast from
 * the right; the last may be shorter than the number of keys, which are then hidden.
 */
record MaskTensor(Tensor mask, int sequence, int heads, int queries, int keys) {

    MaskTensor {
        int[] shape = mask.shape();
        AttentionNode.require(
                mask.rank() >= 1
                        && mask.rank() <= 4
                        && shape[mask.rank() - 1] <= keys
                        && broadcasts(mask, 1, queries)
                        && broadcasts(mask, 2, heads),
                "attn_mask %s for %d heads, %d queries and %d keys"
                        .formatted(Arrays.toString(shape), heads, queries, keys));
    }

    private static boolean broadcasts(Tensor mask, int fromRight, int size) {
        int dimension = dimension(mask, fromRight);
        return dimension == 1 || dimension == size;
    }

    private static int dimension(Tensor mask, int fromRight) {
        int index = mask.rank() - 1 - fromRight;
        return index < 0 ? 1 : mask.shape()[index];
    }

    boolean isBoolean() {
        return mask.type() == DataType.BOOL;
    }

    boolean[][][] allowed() {
        boolean[][][] allowed = new boolean[heads][queries][keys];
        for (int head = 0; head < heads; head++) {
            for (int query = 0; query < queries; query++) {
                for (int key = 0; key < width(); key++) {
                    allowed[head][query][key] = at(head, query, key) != 0;
                }
            }
        }
        return allowed;
    }

    Heads bias() {
        Heads bias = Heads.zeros(heads, queries, keys);
        Arrays.fill(bias.data(), Float.NEGATIVE_INFINITY);
        for (int head = 0; head < heads; head++) {
            for (int query = 0; query < queries; query++) {
                int row = bias.index(head, query);
                for (int key = 0; key < width(); key++) {
                    bias.data()[row + key] = (float) at(head, query, key);
                }
            }
        }
        return bias;
    }

    private int width() {
        return dimension(mask, 0);
    }

    private double at(int head, int query, int key) {
        int index = Math.min(sequence, dimension(mask, 3) - 1);
        index = index * dimension(mask, 2) + Math.min(head, dimension(mask, 2) - 1);
        index = index * dimension(mask, 1) + Math.min(query, dimension(mask, 1) - 1);
        return mask.values()[index * width() + key];
    }
}
