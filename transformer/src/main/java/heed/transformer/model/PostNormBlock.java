package heed.transformer.model;

import heed.attention.AttentionMask;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.Activation;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.layer.LayerNorm;
import heed.transformer.layer.Linear;
import heed.transformer.layer.MultiHeadAttention;

/**
 * A block of an encoder as in Vaswani et al. 2017: each sublayer is added to what it was given, and
 * the sum normed. BERT's and MPNet's.
 */
record PostNormBlock(
        MultiHeadAttention attention,
        LayerNorm attentionNorm,
        Linear intermediate,
        Activation activation,
        Linear output,
        LayerNorm outputNorm) {

    /**
     * Takes the feed-forward layer from a block's weights, under the names of a BERT's.
     *
     * @param inner features inside the feed-forward layer
     * @throws CheckpointException if one is missing or of another shape
     */
    static PostNormBlock of(
            Weights weights,
            MultiHeadAttention attention,
            LayerNorm attentionNorm,
            int inner,
            Activation activation,
            double epsilon)
            throws CheckpointException {
        int hidden = attention.features();
        return new PostNormBlock(
                attention,
                attentionNorm,
                Linear.packed(weights.at("intermediate.dense"), hidden, inner),
                activation,
                Linear.packed(weights.at("output.dense"), inner, hidden),
                LayerNorm.of(weights.at("output.LayerNorm"), hidden, epsilon));
    }

    float[] forward(float[] x, AttentionMask mask, int layer, AttentionProbe probe) {
        probe.entering(layer, x);
        float[] attended = attention.forward(x, mask, layer, probe);
        attentionNorm.applyToSum(attended, x);

        float[] y = output.forward(intermediate.forward(attended, activation));
        outputNorm.applyToSum(y, attended);
        return y;
    }
}
