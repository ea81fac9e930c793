/** A text's attention as one HTML file that needs nothing else. */
@NullMarked
package heed.page.document;

import org.jspecify.annotations.NullMarked;
