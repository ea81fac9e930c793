package heed.microscope;

import heed.transformer.layer.MultiHeadAttention;
import heed.transformer.model.PretrainedModel;

/**
 * What it takes to read a text and to look at it, counted before any of it is done.
 *
 * @param bytes of the heap
 */
public record MemoryNeed(long bytes) {
    /** Features that a token has while a layer works, in units of the model's own. */
    private static final int ACTIVATIONS = 16;

    /** Bytes for a char of a text while it is cut into tokens and words. */
    private static final long TOKENIZING = 100;

    private static final long MEBI = 1L << 20;

    /** What a run holds besides. */
    private static final long REST = 64 * MEBI;

    /** Cutting a text into tokens. */
    public static MemoryNeed tokenizing(String text) {
        return new MemoryNeed(TOKENIZING * text.length());
    }

    /**
     * Reading, and keeping what shows its attention.
     *
     * @param tokens of the text
     * @param queries tokens whose queries are kept
     */
    public static MemoryNeed reading(PretrainedModel model, long tokens, long queries) {
        long bytes = REST;
        for (MultiHeadAttention layer : model.attention()) {
            bytes +=
                    Float.BYTES
                            * (queries * layer.heads() * (layer.keyColumns() + 1L)
                                    + tokens
                                            * layer.kvHeads()
                                            * (layer.keyColumns() + layer.valueColumns()));
        }
        long atOnce = model.isCausal() ? Math.min(tokens, 128) : tokens;
        return new MemoryNeed(
                bytes
                        + Float.BYTES
                                * atOnce
                                * ACTIVATIONS
                                * model.attention().getFirst().features());
    }

    /** A block of rows for each thread, of which every element takes so many bytes. */
    public static MemoryNeed traversal(long tokens, long bytesOfElement) {
        long threads = Runtime.getRuntime().availableProcessors();
        return new MemoryNeed(threads * Traversal.BLOCK * tokens * bytesOfElement);
    }

    public MemoryNeed plus(long more) {
        return new MemoryNeed(bytes + more);
    }

    public MemoryNeed plus(MemoryNeed other) {
        return plus(other.bytes);
    }

    /**
     * Refuses what does not fit the heap.
     *
     * @param what the work, as {@code looking at 9000 tokens}
     * @param instead what to ask for
     * @throws QuestionException if it does not fit
     */
    public void check(String what, String instead) {
        Runtime runtime = Runtime.getRuntime();
        if (bytes > free(runtime)) {
            runtime.gc();
        }
        long free = free(runtime);
        if (bytes > free) {
            throw new QuestionException(
                    "%s takes about %,d MB of memory and %,d MB are free: %s, or give the JVM a larger heap (-Xmx%dg)"
                            .formatted(
                                    what,
                                    bytes / MEBI,
                                    free / MEBI,
                                    instead,
                                    (runtime.maxMemory() - free + bytes) / (1024 * MEBI) + 1));
        }
    }

    private static long free(Runtime runtime) {
        return runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
    }
}
