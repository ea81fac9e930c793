/**
 * What the attention of a model means: from the recorded queries, keys and log-sum-exps of a run to
 * the relevance of one token for another. A library: it prints nothing and draws nothing.
 *
 * <p>{@code A[i,j]} is the weight from query i to key j: rows look, columns are looked at. Heads
 * are written {@code L4H5}, layer and head from 0.
 */
@NullMarked
package heed.microscope;

import org.jspecify.annotations.NullMarked;
