package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.Linear;
import java.util.List;

/** What the tensors of a BERT are called in a checkpoint, and how those of linear layers lie. */
enum BertNames {
    /** BERT exported to ONNX: weights {@code [in, out]}. */
    ONNX(
            "encoder.layer",
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
            "attention.output.LayerNorm",
            "intermediate.dense",
            "output.dense",
            "output.LayerNorm"),
    /** BERT and RoBERTa at Hugging Face: weights {@code [out, in]}. */
    BERT(
            ONNX.blocks,
            ONNX.query,
            ONNX.key,
            ONNX.value,
            ONNX.attentionOutput,
            ONNX.attentionNorm,
            ONNX.intermediate,
            ONNX.output,
            ONNX.outputNorm),
    /** DistilBERT at Hugging Face: weights {@code [out, in]}. */
    DISTILBERT(
            "transformer.layer",
            "attention.q_lin",
            "attention.k_lin",
            "attention.v_lin",
            "attention.out_lin",
            "sa_layer_norm",
            "ffn.lin1",
            "ffn.lin2",
            "output_layer_norm");

    /** What stands before all names where the encoder is a part of a larger model. */
    private static final List<String> PREFIXES = List.of("bert", "roberta", "distilbert");

    final String blocks;
    final String query;
    final String key;
    final String value;
    final String attentionOutput;
    final String attentionNorm;
    final String intermediate;
    final String output;
    final String outputNorm;

    BertNames(String... names) {
        blocks = names[0];
        query = names[1];
        key = names[2];
        value = names[3];
        attentionOutput = names[4];
        attentionNorm = names[5];
        intermediate = names[6];
        output = names[7];
        outputNorm = names[8];
    }

    /** The weights of the encoder: those below a prefix, if there is one. */
    Weights body(Weights weights) {
        return PREFIXES.stream()
                .filter(prefix -> weights.has(prefix + ".embeddings.word_embeddings.weight"))
                .findFirst()
                .map(weights::at)
                .orElse(weights);
    }

    /** A linear layer, packed for many tokens. */
    Linear linear(Weights weights, int in, int out) throws CheckpointException {
        return this == ONNX ? Linear.of(weights, in, out) : Linear.transposed(weights, in, out);
    }
}
