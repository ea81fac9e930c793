/** {@code heed models}: models by name. */
@NullMarked
package heed.app.models;

import org.jspecify.annotations.NullMarked;
