/** Learning: the matrices of a decoder from a text, by the tokens that follow. */
@NullMarked
package heed.transformer.train;

import org.jspecify.annotations.NullMarked;
