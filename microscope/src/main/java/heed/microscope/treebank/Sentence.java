package heed.microscope.treebank;

import java.util.List;

/**
 * A sentence of a treebank.
 *
 * @param text as a model reads it
 * @param words its syntactic words, in order
 */
public record Sentence(String text, List<Word> words) {

    /**
     * A syntactic word.
     *
     * @param form as the treebank has it
     * @param start index in the text of its first char
     * @param end index in the text behind its last char
     * @param head index of the word that it depends on, from 0; −1 for the root
     * @param relation to its head, without what stands behind a colon
     */
    public record Word(String form, int start, int end, int head, String relation) {}

    public Sentence {
        words = List.copyOf(words);
    }
}
