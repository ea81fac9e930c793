/** Vector kernels. */
@NullMarked
package heed.simd;

import org.jspecify.annotations.NullMarked;
