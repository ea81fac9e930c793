/** What the microscope found, as the page is told it. */
@NullMarked
package heed.page.answer;

import org.jspecify.annotations.NullMarked;
