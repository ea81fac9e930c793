/** The command line. */
@NullMarked
package heed.app;

import org.jspecify.annotations.NullMarked;
