/** Models, one file each: configuration, block, forward pass. */
@NullMarked
package heed.transformer.model;

import org.jspecify.annotations.NullMarked;
