/** Where a model's files come from: a hub, over the network, and its cache on this machine. */
@NullMarked
package heed.transformer.hub;

import org.jspecify.annotations.NullMarked;
