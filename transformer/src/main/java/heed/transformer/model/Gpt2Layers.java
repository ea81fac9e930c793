package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.Embedding;
import heed.transformer.layer.LayerNorm;
import heed.transformer.layer.Linear;
import heed.transformer.layer.Parameters;
import java.util.Arrays;
import java.util.List;

/** Where the layers of a GPT-2 come from: a checkpoint, or parameters that are learnt. */
sealed interface Gpt2Layers {
    /** The same below a name. */
    Gpt2Layers at(String name);

    boolean has(String name);

    Linear linear(int in, int out) throws CheckpointException;

    /** So many layers beside one another. */
    List<Linear> parts(int in, int out, int parts) throws CheckpointException;

    LayerNorm norm(int features, double epsilon) throws CheckpointException;

    Embedding embedding(int entries, int features) throws CheckpointException;

    /** An output layer, whose weight {@code [out, in]} may also be the embedding. */
    Linear output(int in, int out) throws CheckpointException;

    /** Weights of a checkpoint. */
    record Stored(Weights weights) implements Gpt2Layers {
        @Override
        public Gpt2Layers at(String name) {
            return new Stored(weights.at(name));
        }

        @Override
        public boolean has(String name) {
            return weights.has(name);
        }

        @Override
        public Linear linear(int in, int out) throws CheckpointException {
            return Linear.stored(weights, in, out);
        }

        @Override
        public List<Linear> parts(int in, int out, int parts) throws CheckpointException {
            int[] outs = new int[parts];
            Arrays.fill(outs, out);
            return Linear.parts(weights, in, outs);
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
        public Linear output(int in, int out) throws CheckpointException {
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
        public Linear output(int in, int out) {
            return Linear.trainedTied(parameters.get("weight", out, in));
        }
    }
}
