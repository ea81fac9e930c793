/** JMH benchmarks of Heed alone, for work on its kernels: {@code bench/compare jmh}. */
@NullMarked
package heed.bench.jmh;

import org.jspecify.annotations.NullMarked;
