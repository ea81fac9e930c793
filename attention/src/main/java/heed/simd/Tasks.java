package heed.simd;

import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * Numbered pieces of work that may be done in any order, at once.
 *
 * @param count how many there are
 * @param worker called once by each thread that takes part: makes what does tasks by their number,
 *     with buffers of its own
 */
public record Tasks(int count, Supplier<? extends IntConsumer> worker) {}
