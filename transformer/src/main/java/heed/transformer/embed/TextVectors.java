package heed.transformer.embed;

/**
 * Embedded texts.
 *
 * @param vectors {@code [texts, dimensions]}
 * @param tokens for each text how many tokens its vector was made of, prompt and special tokens
 *     included
 */
public record TextVectors(float[][] vectors, int[] tokens) {}
