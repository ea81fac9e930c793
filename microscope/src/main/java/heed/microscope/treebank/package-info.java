/**
 * Heads against the syntax of a treebank: CoNLL-U, accuracies, and a plain baseline beside each.
 */
@NullMarked
package heed.microscope.treebank;

import org.jspecify.annotations.NullMarked;
