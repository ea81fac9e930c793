/** Real models: checkpoints, tokenizers, layers, and the models built of them. */
module heed.transformer {
    requires transitive heed.attention;
    requires jdk.incubator.vector;
    requires static transitive org.jspecify;
}
