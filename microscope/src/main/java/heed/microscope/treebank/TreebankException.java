package heed.microscope.treebank;

import java.io.IOException;

/** A file is no treebank, or no list of pairs; the message names the file and the line. */
public final class TreebankException extends IOException {
    private static final long serialVersionUID = 1;

    public TreebankException(String message) {
        super(message);
    }
}
