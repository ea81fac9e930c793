/** Sentence embeddings for programs that are built on LangChain4j. */
module heed.langchain4j {
    requires transitive heed.transformer;
    requires transitive langchain4j.core;
    requires static transitive org.jspecify;

    exports heed.langchain4j;
}
