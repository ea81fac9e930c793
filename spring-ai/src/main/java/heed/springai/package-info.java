/** Sentence embeddings as an embedding model of Spring AI. */
@NullMarked
package heed.springai;

import org.jspecify.annotations.NullMarked;
