/** The page: its server on loopback, and what it answers. */
@NullMarked
package heed.page.server;

import org.jspecify.annotations.NullMarked;
