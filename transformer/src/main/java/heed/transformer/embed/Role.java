package heed.transformer.embed;

/**
 * What a text is in a search; models that were taught to tell these apart have a prompt for each.
 */
public enum Role {
    /** Neither: the model's default prompt is put before the text, if it has one. */
    NONE,
    /** What is asked for: the prompt {@code query}, if there is one. */
    QUERY,
    /**
     * What is searched: the prompt {@code document}, {@code passage} or {@code corpus}, if there is
     * one.
     */
    DOCUMENT
}
