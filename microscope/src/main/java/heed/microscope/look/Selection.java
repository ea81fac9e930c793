package heed.microscope.look;

import heed.microscope.HeadId;
import heed.microscope.QuestionException;
import heed.transformer.model.PretrainedModel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The heads to take together: all of them, those of a layer, or one.
 *
 * @param layer the one layer, or null
 * @param head the one head of it, or null
 */
public record Selection(@Nullable Integer layer, @Nullable HeadId head) {

    public static Selection all() {
        return new Selection(null, null);
    }

    public static Selection of(HeadId head) {
        return new Selection(head.layer(), head);
    }

    public static Selection ofLayer(int layer) {
        return new Selection(layer, null);
    }

    /**
     * The heads of a model, in order.
     *
     * @throws QuestionException if it has no such layer or head
     */
    public List<HeadId> in(PretrainedModel model) {
        int layers = model.attention().size();
        if (layer != null && (layer < 0 || layer >= layers)) {
            throw new QuestionException(
                    "there is no layer %d: %s has layers 0 to %d"
                            .formatted(layer, model.name(), layers - 1));
        }
        if (head != null && head.head() >= model.heads()) {
            throw new QuestionException(
                    "there is no head %s: a layer of %s has heads 0 to %d"
                            .formatted(head, model.name(), model.heads() - 1));
        }
        return HeadId.all(layers, model.heads()).stream()
                .filter(id -> layer == null || id.layer() == layer)
                .filter(id -> head == null || id.equals(head))
                .toList();
    }
}
