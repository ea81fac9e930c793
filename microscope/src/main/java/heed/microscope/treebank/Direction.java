package heed.microscope.treebank;

/** Which word of a pair looks at which. */
public enum Direction {
    /** The dependent at its head. */
    TO_HEAD("dependent → head"),
    /** The head at its dependent. */
    TO_DEPENDENT("head → dependent");

    private final String words;

    Direction(String words) {
        this.words = words;
    }

    /** What it is called. */
    public String words() {
        return words;
    }
}
