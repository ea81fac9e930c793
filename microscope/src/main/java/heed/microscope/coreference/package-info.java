/** Heads against pronouns: minimal pairs, in which one word decides who is meant. */
@NullMarked
package heed.microscope.coreference;

import org.jspecify.annotations.NullMarked;
