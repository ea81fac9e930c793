/** {@code heed bench}: attention the naive way beside tiles. */
@NullMarked
package heed.app.bench;

import org.jspecify.annotations.NullMarked;
