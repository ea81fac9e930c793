/** How much one token matters to another: one choice of measure, and how far to believe it. */
@NullMarked
package heed.microscope.relevance;

import org.jspecify.annotations.NullMarked;
