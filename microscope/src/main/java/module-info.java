/** What the attention of a model means. */
module heed.microscope {
    requires transitive heed.attention;
    requires transitive heed.transformer;
    requires java.management;
    requires tools.jackson.databind;
    requires static transitive org.jspecify;

    exports heed.microscope;
    exports heed.microscope.coreference;
    exports heed.microscope.cost;
    exports heed.microscope.export;
    exports heed.microscope.generate;
    exports heed.microscope.heads;
    exports heed.microscope.look;
    exports heed.microscope.map;
    exports heed.microscope.relevance;
    exports heed.microscope.treebank;
}
