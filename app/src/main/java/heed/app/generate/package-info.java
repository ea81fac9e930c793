/** {@code heed generate}: a decoder goes on with a text. */
@NullMarked
package heed.app.generate;

import org.jspecify.annotations.NullMarked;
