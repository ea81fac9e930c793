package heed.microscope.cost;

import heed.microscope.QuestionException;
import heed.transformer.layer.MultiHeadAttention;
import heed.transformer.model.PretrainedModel;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The attention of a model, as far as its cost depends on it.
 *
 * @param name what to call it
 * @param layers number of layers
 * @param heads query heads of a layer
 * @param kvHeads key/value heads of a layer; divides {@code heads}
 * @param headDim d: columns of a query, a key and a value
 * @param causal whether a token attends to itself and earlier ones alone, or to all
 * @param estimate whether the numbers were guessed, not published
 */
public record ModelShape(
        String name,
        int layers,
        int heads,
        int kvHeads,
        int headDim,
        boolean causal,
        boolean estimate) {

    /** More than any model has: what is above is a slip of the finger. */
    public static final int MOST_LAYERS = 10_000;

    public static final int MOST_HEADS = 10_000;
    public static final int LARGEST_HEAD_DIM = 4096;

    private static final List<ModelShape> PRESETS =
            List.of(
                    new ModelShape("bert-base", 12, 12, 12, 64, false, false),
                    new ModelShape("gpt-2", 12, 12, 12, 64, true, false),
                    new ModelShape("gpt-4", 120, 96, 96, 128, true, true));

    /**
     * @throws QuestionException if a number is out of range, or heads cannot share key/value heads
     *     evenly
     */
    public ModelShape {
        checkRange("--layers", layers, MOST_LAYERS);
        checkRange("--heads", heads, MOST_HEADS);
        checkRange("--kv-heads", kvHeads, MOST_HEADS);
        checkRange("--head-dim", headDim, LARGEST_HEAD_DIM);
        if (heads % kvHeads != 0) {
            throw new QuestionException(
                    "%d heads are not a multiple of %d key/value heads".formatted(heads, kvHeads));
        }
    }

    /** The preset of this name. */
    public static Optional<ModelShape> preset(String name) {
        return PRESETS.stream().filter(shape -> shape.name.equalsIgnoreCase(name)).findFirst();
    }

    /**
     * That of a model that is there.
     *
     * @param name what to call it
     */
    public static ModelShape of(String name, PretrainedModel model) {
        List<MultiHeadAttention> layers = model.attention();
        MultiHeadAttention layer = layers.getFirst();
        return new ModelShape(
                name,
                layers.size(),
                layer.heads(),
                layer.kvHeads(),
                layer.keyColumns(),
                model.isCausal(),
                false);
    }

    /** Shapes of well-known models. */
    public static List<ModelShape> presets() {
        return PRESETS;
    }

    /** The names of the presets, for a message. */
    public static String presetNames() {
        return PRESETS.stream().map(ModelShape::name).collect(Collectors.joining(", "));
    }

    public ModelShape withCausal(boolean causal) {
        return new ModelShape(name, layers, heads, kvHeads, headDim, causal, estimate);
    }

    private static void checkRange(String option, int value, int largest) {
        if (value < 1 || value > largest) {
            throw new QuestionException(
                    "%s must be from 1 to %d, not %d".formatted(option, largest, value));
        }
    }
}
