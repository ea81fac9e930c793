/**
 * What the commands share: where text comes from and results go, how work is shown, how a model is
 * found.
 */
@NullMarked
package heed.app.terminal;

import org.jspecify.annotations.NullMarked;
