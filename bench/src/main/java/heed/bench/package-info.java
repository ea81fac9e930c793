/**
 * Heed beside PyTorch and ONNX Runtime, in one process and in turn.
 *
 * <p>{@link heed.bench.Compare} is the command. A {@link heed.bench.Work} is done by several {@link
 * heed.bench.Contender}s, each in its own best way; a {@link heed.bench.Race} checks that they come
 * to the same result and times them in rounds: A B C, A B C, and so on.
 */
@NullMarked
package heed.bench;

import org.jspecify.annotations.NullMarked;
