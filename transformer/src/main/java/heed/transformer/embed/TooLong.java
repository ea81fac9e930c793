package heed.transformer.embed;

/** What becomes of a text of more tokens than a vector can be made of. */
public enum TooLong {
    /** No text of the call is embedded. */
    REFUSE,
    /** Its first tokens are embedded, with the special tokens around them. */
    CUT
}
