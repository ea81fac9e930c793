/** Text that a decoder goes on with, and what it attended to as it chose each token. */
@NullMarked
package heed.microscope.generate;

import org.jspecify.annotations.NullMarked;
