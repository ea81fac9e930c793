package heed.microscope.look;

import java.util.Arrays;

/** The largest of some numbers with their keys, largest first; of equal ones the first added. */
final class Largest {
    private final int[] keys;
    private final double[] values;
    private int size;

    Largest(int count) {
        keys = new int[count];
        values = new double[count];
    }

    void clear() {
        size = 0;
    }

    void add(int key, double value) {
        if (size == keys.length && (size == 0 || !(value > values[size - 1]))) {
            return;
        }
        int at = size < keys.length ? size++ : size - 1;
        for (; at > 0 && value > values[at - 1]; at--) {
            keys[at] = keys[at - 1];
            values[at] = values[at - 1];
        }
        keys[at] = key;
        values[at] = value;
    }

    int size() {
        return size;
    }

    int key(int i) {
        return keys[i];
    }

    double value(int i) {
        return values[i];
    }

    int[] keys() {
        return Arrays.copyOf(keys, size);
    }
}
