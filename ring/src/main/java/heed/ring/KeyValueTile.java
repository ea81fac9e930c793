package heed.ring;

import java.io.Serializable;

/** Keys and values of some consecutive tokens: what travels. */
record KeyValueTile(RowBlock k, RowBlock v) implements Serializable {
    Span span() {
        return new Span(k.from(), k.from() + k.rows());
    }

    long bytes() {
        return (long) k.bytes().length + v.bytes().length;
    }
}
