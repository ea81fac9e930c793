package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.Embedding;
import heed.transformer.layer.LayerNorm;
import heed.transformer.layer.Linear;
import heed.transformer.layer.Parameters;
import java.util.List;

/**
 * Where the layers of a GPT-2 come from: what its tensors are called, how they lie, and whether
 * they are learnt.
 */
sealed interface Gpt2Layers {
    /** The same below a name. */
    Gpt2Layers at(String name);

    Names names();

    boolean has(String name);

    Linear linear(int in, int out) throws CheckpointException;

    /** So many layers beside one another. */
    List<Linear> parts(int in, int out, int parts) throws CheckpointException;

    LayerNorm norm(int features, double epsilon) throws CheckpointException;

    Embedding embedding(int entries, int features) throws CheckpointException;

    /** An output layer with a weight of its own. */
    Linear head(int in, int out) throws CheckpointException;

    /** An output layer whose weight is this embedding. */
    Linear tied(int in, int out) throws CheckpointException;

    /** What the tensors of a block and of the model are called. */
    record Names(
            String words,
            String positions,
            String blocks,
            String attentionNorm,
            String queryKeyValue,
            String output,
            String feedForwardNorm,
            String inner,
            String outer,
            String norm,
            String head) {

        static final Names HUGGING_FACE =
                new Names(
                        "wte",
                        "wpe",
                        "h",
                        "ln_1",
                        "attn.c_attn",
                        "attn.c_proj",
                        "ln_2",
                        "mlp.c_fc",
                        "mlp.c_proj",
                        "ln_f",
                        "lm_head");

        static final Names GGUF =
                new Names(
                        "token_embd",
                        "position_embd",
                        "blk",
                        "attn_norm",
                        "attn_qkv",
                        "attn_output",
                        "ffn_norm",
                        "ffn_up",
                        "ffn_down",
                        "output_norm",
                        "output");
    }

    /**
     * Weights of a checkpoint. Linear layers are {@code [in, out]} at Hugging Face, {@code [out,
     * in]} in GGUF files.
     */
    record Stored(Weights weights, Names names) implements Gpt2Layers {
        @Override
        public Gpt2Layers at(String name) {
            return new Stored(weights.at(name), names);
        }

        @Override
        public boolean has(String name) {
            return weights.has(name);
        }

        @Override
        public Linear linear(int in, int out) throws CheckpointException {
            return names.equals(Names.GGUF)
                    ? Linear.stored(weights, in, out)
                    : Linear.of(weights, in, out);
        }

        @Override
        public List<Linear> parts(int in, int out, int parts) throws CheckpointException {
            return names.equals(Names.GGUF)
                    ? Linear.storedParts(weights, in, out, parts)
                    : Linear.parts(weights, in, out, parts);
        }

        @Override
        public LayerNorm norm(int features, double epsilon) throws CheckpointException {
            return LayerNorm.of(weights, features, epsilon);
        }

        @Override
        public Embedding embedding(int entries, int features) throws CheckpointException {
            return Embedding.of(weights, entries, features);
        }

        @Override
        public Linear head(int in, int out) throws CheckpointException {
            return Linear.stored(weights, in, out);
        }

        @Override
        public Linear tied(int in, int out) throws CheckpointException {
            return Linear.tied(weights.stored("weight", out, in));
        }
    }

    /** Parameters that are learnt, as they are kept at Hugging Face. */
    record Trained(Parameters parameters) implements Gpt2Layers {
        @Override
        public Gpt2Layers at(String name) {
            return new Trained(parameters.at(name));
        }

        @Override
        public Names names() {
            return Names.HUGGING_FACE;
        }

        @Override
        public boolean has(String name) {
            return parameters.has(name);
        }

        @Override
        public Linear linear(int in, int out) {
            return Linear.trained(parameters, in, out);
        }

        @Override
        public List<Linear> parts(int in, int out, int parts) {
            return Linear.trainedParts(parameters, in, out, parts);
        }

        @Override
        public LayerNorm norm(int features, double epsilon) {
            return LayerNorm.trained(parameters, features, epsilon);
        }

        @Override
        public Embedding embedding(int entries, int features) {
            return Embedding.trained(parameters, entries, features);
        }

        @Override
        public Linear head(int in, int out) {
            return tied(in, out);
        }

        @Override
        public Linear tied(int in, int out) {
            return Linear.trainedTied(parameters.get("weight", out, in));
        }
    }
}
