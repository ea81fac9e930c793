/** {@code heed embed}: texts as vectors. */
@NullMarked
package heed.app.embed;

import org.jspecify.annotations.NullMarked;
