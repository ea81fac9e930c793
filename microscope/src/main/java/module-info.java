/** What the attention of a model means. */
module heed.microscope {
    requires transitive heed.attention;
    requires transitive heed.transformer;
    requires static transitive org.jspecify;

    exports heed.microscope;
}
