/** All weights of a run in a file, for those who go on elsewhere: written as they are made. */
@NullMarked
package heed.microscope.export;

import org.jspecify.annotations.NullMarked;
