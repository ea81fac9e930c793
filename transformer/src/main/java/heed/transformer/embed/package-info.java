/** Texts as vectors, as the files of a sentence-transformers model say. */
@NullMarked
package heed.transformer.embed;

import org.jspecify.annotations.NullMarked;
