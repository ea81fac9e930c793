/** {@code heed serve}: the page. */
@NullMarked
package heed.app.serve;

import org.jspecify.annotations.NullMarked;
