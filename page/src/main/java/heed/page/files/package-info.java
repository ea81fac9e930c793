/** What the page is made of: markup, styles, and scripts. */
@NullMarked
package heed.page.files;

import org.jspecify.annotations.NullMarked;
