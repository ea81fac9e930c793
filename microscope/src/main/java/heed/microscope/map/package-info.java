/** One head over a whole document, as a map that is zoomed from all of it to single weights. */
@NullMarked
package heed.microscope.map;

import org.jspecify.annotations.NullMarked;
