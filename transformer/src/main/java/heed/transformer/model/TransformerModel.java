package heed.transformer.model;

import heed.transformer.layer.MultiHeadAttention;
import java.util.List;

/** A transformer: blocks of attention and feed-forward layers over the vectors of tokens. */
public sealed interface TransformerModel permits CausalModel, Encoder {
    /** What the shape of every family holds. */
    interface Shape {
        /** Pieces that it knows. */
        int vocabulary();

        /** Tokens that it can read at most. */
        int positions();

        /** Features of a token. */
        int hidden();

        /** Attention heads of a layer. */
        int heads();
    }

    /** Its shape. */
    Shape config();

    /** The attention of every layer. */
    List<MultiHeadAttention> attention();

    /** Pieces that it knows. */
    default int vocabulary() {
        return config().vocabulary();
    }

    /** Tokens that it can read at most. */
    default int positions() {
        return config().positions();
    }

    /** Features of a token. */
    default int hidden() {
        return config().hidden();
    }

    /** Attention heads of a layer. */
    default int heads() {
        return config().heads();
    }
}
