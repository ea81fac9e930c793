package heed.transformer.checkpoint;

import java.util.List;

/**
 * A tensor of a checkpoint.
 *
 * @param shape its dimensions
 * @param data its elements, row-major; shared, not copied, and not to be written
 */
public record Tensor(List<Integer> shape, float[] data) {
    public Tensor {
        shape = List.copyOf(shape);
        long elements = 1;
        for (int dimension : shape) {
            elements *= dimension;
        }
        if (elements != data.length) {
            throw new IllegalArgumentException(
                    "a tensor of shape %s has %d elements, not %d"
                            .formatted(shape, elements, data.length));
        }
    }
}
