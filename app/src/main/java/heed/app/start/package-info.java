/** What the launcher makes once, so that every start after it is fast. */
@NullMarked
package heed.app.start;

import org.jspecify.annotations.NullMarked;
