package heed.page.figure;

import java.awt.Graphics2D;

/** A picture that can be drawn on anything. Lengths are in CSS pixels. */
public interface Figure {
    int width();

    int height();

    /** Draws it, its background too. */
    void paint(Graphics2D graphics);
}
