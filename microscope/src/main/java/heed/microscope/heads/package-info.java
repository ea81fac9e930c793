/** What each head of a model does: measures of its attention, and the labels that they earn. */
@NullMarked
package heed.microscope.heads;

import org.jspecify.annotations.NullMarked;
