/** {@code heed plan}: what attention over a sequence will cost. */
@NullMarked
package heed.app.plan;

import org.jspecify.annotations.NullMarked;
