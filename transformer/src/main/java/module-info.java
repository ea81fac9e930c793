/** Real models: checkpoints, tokenizers, layers, and the models built of them. */
module heed.transformer {
    requires transitive heed.attention;
    requires ai.djl.tokenizers;
    requires ai.djl.api;
    requires com.google.protobuf;
    requires java.net.http;
    requires jdk.incubator.vector;
    requires org.slf4j; // the tokenizers log to it, and do not say so
    requires org.tribuo.util.onnx;
    requires tools.jackson.databind;
    requires static transitive org.jspecify;

    exports heed.transformer.checkpoint;
    exports heed.transformer.embed;
    exports heed.transformer.generate;
    exports heed.transformer.hub;
    exports heed.transformer.layer;
    exports heed.transformer.model;
    exports heed.transformer.tokenizer;
    exports heed.transformer.train;
}
