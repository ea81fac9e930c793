/** What attention costs, counted and tried. */
@NullMarked
package heed.microscope.cost;

import org.jspecify.annotations.NullMarked;
