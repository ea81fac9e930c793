/** {@code heed train}. */
@NullMarked
package heed.app.train;

import org.jspecify.annotations.NullMarked;
