package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.JsonConfig;
import heed.transformer.checkpoint.OnnxFile;
import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.Activation;
import java.util.List;
import java.util.OptionalInt;

/** Reads the shape of a BERT off a {@code config.json} or an ONNX file. */
final class BertConfigs {
    /** ε of the layer norms of every BERT that is known; DistilBERT has no other. */
    static final double EPSILON = 1e-12;

    /** RoBERTa's piece of padding, where its configuration names none. */
    private static final int ROBERTA_PADDING = 1;

    static Bert.Config bert(JsonConfig json) throws CheckpointException {
        return bert(json, 0, 2);
    }

    /** Its positions begin behind the number of the padding: as many fewer tokens can be read. */
    static Bert.Config roberta(JsonConfig json) throws CheckpointException {
        List<Integer> padding = json.ids("pad_token_id");
        return bert(json, 1 + (padding.isEmpty() ? ROBERTA_PADDING : padding.getFirst()), 2);
    }

    private static Bert.Config bert(JsonConfig json, int firstPosition, int tokenTypes)
            throws CheckpointException {
        requireEncoder(json);
        return new Bert.Config(
                json.positive("vocab_size"),
                json.positive("max_position_embeddings") - firstPosition,
                firstPosition,
                json.positive("type_vocab_size", tokenTypes),
                json.positive("hidden_size"),
                json.positive("intermediate_size"),
                json.positive("num_hidden_layers"),
                json.positive("num_attention_heads"),
                json.positive("layer_norm_eps", EPSILON),
                activation(json, "hidden_act"));
    }

    static Bert.Config distilBert(JsonConfig json) throws CheckpointException {
        return new Bert.Config(
                json.positive("vocab_size"),
                json.positive("max_position_embeddings"),
                0,
                0,
                json.positive("dim"),
                json.positive("hidden_dim"),
                json.positive("n_layers"),
                json.positive("n_heads"),
                EPSILON,
                activation(json, "activation"));
    }

    private static void requireEncoder(JsonConfig json) throws CheckpointException {
        if (json.flag("is_decoder", false)) {
            throw json.cannot("is_decoder is true; only encoders can be read");
        }
        String positions = json.string("position_embedding_type", "absolute");
        if (!positions.equals("absolute")) {
            throw json.cannot(
                    "position_embedding_type is %s; only absolute can be read", positions);
        }
    }

    static Activation activation(JsonConfig json, String key) throws CheckpointException {
        String name = json.string(key, "gelu");
        return switch (name) {
            case "gelu" -> Activation.GELU;
            case "gelu_new", "gelu_pytorch_tanh" -> Activation.GELU_TANH;
            default ->
                    throw json.cannot(
                            "%s is %s; gelu, gelu_new and gelu_pytorch_tanh can be read",
                            key, name);
        };
    }

    /**
     * Takes the model of an ONNX file, whose weights tell its shape.
     *
     * @param config what they do not tell
     * @throws CheckpointException if it is no BERT
     */
    static Bert of(OnnxFile file, ConfigFile config) throws CheckpointException {
        Weights weights = file.weights();
        List<Integer> words = weights.stored("embeddings.word_embeddings.weight").shape();
        List<Integer> positions = weights.stored("embeddings.position_embeddings.weight").shape();
        List<Integer> intermediate =
                weights.stored("encoder.layer.0.intermediate.dense.bias").shape();
        if (words.size() != 2 || positions.size() != 2 || intermediate.size() != 1) {
            throw new CheckpointException(
                    "%s is not a BERT: its embeddings have shapes %s and %s"
                            .formatted(file.source(), words, positions));
        }
        OptionalInt inGraph = file.headsBehind("encoder.layer.0.attention.self.query.bias");
        OptionalInt heads = inGraph.isPresent() ? inGraph : config.heads();
        if (heads.isEmpty()) {
            throw new CheckpointException(
                    ("%s does not say how many heads it has: put a config.json with"
                                    + " num_attention_heads beside it")
                            .formatted(file.source()));
        }
        try {
            return new Bert(
                    new Bert.Config(
                            words.get(0),
                            positions.get(0),
                            words.get(1),
                            intermediate.get(0),
                            weights.count("encoder.layer"),
                            heads.getAsInt(),
                            config.epsilon()),
                    weights);
        } catch (IllegalArgumentException e) {
            throw new CheckpointException("%s: %s".formatted(file.source(), e.getMessage()), e);
        }
    }

    private BertConfigs() {}
}
