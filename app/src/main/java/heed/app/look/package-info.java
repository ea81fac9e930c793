/** {@code heed look}: which tokens each token of a text attends to. */
@NullMarked
package heed.app.look;

import org.jspecify.annotations.NullMarked;
