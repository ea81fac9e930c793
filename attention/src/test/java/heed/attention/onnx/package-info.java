/** The {@code Attention} operator of ONNX on the public API, and its conformance suite. */
@NullMarked
package heed.attention.onnx;

import org.jspecify.annotations.NullMarked;
