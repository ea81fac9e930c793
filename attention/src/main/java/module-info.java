/** The engine: exact attention in tiles, on the vector units of a CPU. */
@SuppressWarnings("module") // heed.transformer is compiled after this module
module heed.attention {
    requires jdk.incubator.vector;
    requires static transitive org.jspecify;

    exports heed.attention;
    exports heed.simd to
            heed.transformer;
}
