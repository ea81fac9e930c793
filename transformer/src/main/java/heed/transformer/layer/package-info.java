/**
 * The layers that models are built of. Activations are row-major float arrays {@code [tokens,
 * features]}.
 */
@NullMarked
package heed.transformer.layer;

import org.jspecify.annotations.NullMarked;
