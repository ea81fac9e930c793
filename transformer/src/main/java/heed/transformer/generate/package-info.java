/** Text that a decoder goes on with, one token at a time. */
@NullMarked
package heed.transformer.generate;

import org.jspecify.annotations.NullMarked;
