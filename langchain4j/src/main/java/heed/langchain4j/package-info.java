/** Sentence embeddings as an embedding model of LangChain4j. */
@NullMarked
package heed.langchain4j;

import org.jspecify.annotations.NullMarked;
