/** What attention costs, counted and tried. */
@NullMarked
package heed.app.cost;

import org.jspecify.annotations.NullMarked;
