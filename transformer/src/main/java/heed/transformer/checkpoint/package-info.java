/**
 * Checkpoints: files of trained weights, read into {@link heed.transformer.checkpoint.Weights} by
 * name.
 */
@NullMarked
package heed.transformer.checkpoint;

import org.jspecify.annotations.NullMarked;
