/** Which tokens each token of a text attends to: the question, and its answer. */
@NullMarked
package heed.microscope.look;

import org.jspecify.annotations.NullMarked;
