/**
 * Ring attention (Liu et al. 2023) on Apache Spark: attention over a sequence that outgrows one
 * machine. It is exact, a worker holds {@code O(n / p)}, and a lost worker costs its own tasks
 * alone.
 *
 * <p>{@link heed.ring.RingAttention} is where to begin. Words that the code uses:
 *
 * <ul>
 *   <li>part: one of p shares of the sequence, as {@link heed.ring.Zigzag} deals them out; a task
 *       computes what the queries of a part attend to
 *   <li>tile: some rows of the keys and values of one part, a few MiB: what travels
 *   <li>block: some rows of anything else ({@link heed.ring.RowBlock})
 * </ul>
 */
@NullMarked
package heed.ring;

import org.jspecify.annotations.NullMarked;
