/** Pictures of attention, for paper and screen: vector graphics and images. */
@NullMarked
package heed.page.figure;

import org.jspecify.annotations.NullMarked;
