package heed.transformer.embed;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.JsonConfig;
import heed.transformer.checkpoint.Weights;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/** What is done to a pooled vector. */
sealed interface VectorStep {
    /**
     * Numbers in the vector that comes out where one of so many goes in.
     *
     * @throws IllegalArgumentException if none of so many can go in
     */
    int dimensions(int in);

    /** What sentence-transformers calls the vector of a text. */
    String SENTENCE = "sentence_embedding";

    /**
     * Refuses a module that reads or writes something else than the vector of a text.
     *
     * @throws CheckpointException if it does
     */
    static void requireOfSentence(JsonConfig config) throws CheckpointException {
        for (String key : List.of("module_input_name", "module_output_name")) {
            String name = config.string(key, SENTENCE);
            if (!name.equals(SENTENCE)) {
                throw config.cannot("%s is %s; only %s can be read", key, name, SENTENCE);
            }
        }
    }

    /** The vector that becomes of one; it may be the same array. */
    double[] apply(double[] vector);

    /** Scales a vector to length 1. */
    enum Normalize implements VectorStep {
        INSTANCE;

        /** The smallest length that a vector is divided by, as in PyTorch's {@code normalize}. */
        private static final double SMALLEST_NORM = 1e-12;

        @Override
        public int dimensions(int in) {
            return in;
        }

        @Override
        public double[] apply(double[] vector) {
            double squares = 0;
            for (double value : vector) {
                squares += value * value;
            }
            double norm = Math.max(Math.sqrt(squares), SMALLEST_NORM);
            for (int i = 0; i < vector.length; i++) {
                vector[i] /= norm;
            }
            return vector;
        }
    }

    /**
     * {@code activation(W x + b)}.
     *
     * @param source where it is kept, for messages
     * @param in numbers of x
     * @param weight {@code [out, in]}
     * @param bias {@code [out]}, or none
     */
    record Dense(
            String source,
            int in,
            float[] weight,
            float @Nullable [] bias,
            DoubleUnaryOperator activation)
            implements VectorStep {

        /**
         * Reads a module of sentence-transformers.
         *
         * @param source its folder
         * @throws CheckpointException if it is one that is not known, or a weight is missing or of
         *     another shape
         */
        static Dense of(JsonConfig config, String source, Weights weights)
                throws CheckpointException {
            requireOfSentence(config);
            if (config.flag("use_residual", false)) {
                throw config.cannot(
                        "this Dense layer has a residual; only one without can be read");
            }
            int in = config.positive("in_features");
            int out = config.positive("out_features");
            return new Dense(
                    source,
                    in,
                    weights.get("linear.weight", out, in),
                    config.flag("bias", true) ? weights.get("linear.bias", out) : null,
                    activation(config));
        }

        /** A layer without bias and activation. */
        static Dense of(Weights weights, String name, String source) throws CheckpointException {
            var weight = weights.get(name);
            if (weight.shape().size() != 2) {
                throw new CheckpointException(
                        "tensor %s of shape %s is no matrix".formatted(name, weight.shape()));
            }
            return new Dense(
                    "%s of %s".formatted(name, source),
                    weight.shape().getLast(),
                    weight.data(),
                    null,
                    DoubleUnaryOperator.identity());
        }

        private static DoubleUnaryOperator activation(JsonConfig config)
                throws CheckpointException {
            String name = config.string("activation_function", "torch.nn.modules.activation.Tanh");
            return switch (name.substring(name.lastIndexOf('.') + 1)) {
                case "Identity" -> DoubleUnaryOperator.identity();
                case "Tanh" -> Math::tanh;
                case "ReLU" -> x -> Math.max(0, x);
                case "Sigmoid" -> x -> 1 / (1 + Math.exp(-x));
                case "SiLU" -> x -> x / (1 + Math.exp(-x));
                default ->
                        throw config.cannot(
                                "activation_function is %s; Identity, Tanh, ReLU, Sigmoid and SiLU can be read",
                                name);
            };
        }

        @Override
        public int dimensions(int in) {
            if (in != this.in) {
                throw new IllegalArgumentException(
                        "%s takes vectors of %d numbers, but those that come to it have %d"
                                .formatted(source, this.in, in));
            }
            return weight.length / in;
        }

        @Override
        public double[] apply(double[] x) {
            double[] y = new double[weight.length / in];
            for (int row = 0; row < y.length; row++) {
                double sum = bias == null ? 0 : bias[row];
                for (int i = 0; i < in; i++) {
                    sum += x[i] * weight[row * in + i];
                }
                y[row] = activation.applyAsDouble(sum);
            }
            return y;
        }
    }
}
