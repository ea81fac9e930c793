/** Charts of lines, as pictures. */
@NullMarked
package heed.app.chart;

import org.jspecify.annotations.NullMarked;
