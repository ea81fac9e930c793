/** {@code heed heads}: what each head of a model does. */
@NullMarked
package heed.app.heads;

import org.jspecify.annotations.NullMarked;
