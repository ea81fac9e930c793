/** From text to the pieces that a model reads, and back to the words that a reader sees. */
@NullMarked
package heed.transformer.tokenizer;

import org.jspecify.annotations.NullMarked;
