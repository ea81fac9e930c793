package heed.microscope.look;

import heed.microscope.HeadId;
import heed.microscope.QuestionException;
import heed.transformer.model.PretrainedModel;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The heads to take together. */
public sealed interface Selection {
    /** Every head of a model. */
    record All() implements Selection {}

    /** The heads of a layer. */
    record OfLayer(int layer) implements Selection {
        @Override
        public String toString() {
            return "L" + layer;
        }
    }

    /** One head. */
    record OfHead(HeadId head) implements Selection {
        @Override
        public String toString() {
            return head.toString();
        }
    }

    /**
     * Any heads.
     *
     * @param parts single heads and whole layers, of which none has a head of another
     */
    record Several(List<Selection> parts) implements Selection {
        public Several {
            parts = List.copyOf(parts);
        }

        @Override
        public String toString() {
            return parts.stream().map(Selection::toString).collect(Collectors.joining(","));
        }
    }

    static Selection all() {
        return new All();
    }

    static Selection of(HeadId head) {
        return new OfHead(head);
    }

    static Selection ofLayer(int layer) {
        return new OfLayer(layer);
    }

    /**
     * Reads {@code L3H1}, {@code L5} for all heads of a layer, or several of these: {@code
     * L3H1,L0H2,L5}.
     *
     * @throws QuestionException if it is not written so
     */
    static Selection parse(String names) {
        List<Selection> parts =
                Stream.of(names.split(",", -1)).map(name -> part(name.strip())).toList();
        return parts.size() == 1 ? parts.getFirst() : new Several(parts);
    }

    private static Selection part(String name) {
        return name.matches("[Ll]\\d{1,6}")
                ? ofLayer(Integer.parseInt(name.substring(1)))
                : of(HeadId.parse(name));
    }

    /**
     * The heads of a model, in order.
     *
     * @throws QuestionException if it has no such layer or head, or one is named twice
     */
    default List<HeadId> in(PretrainedModel model) {
        int layers = model.attention().size();
        return switch (this) {
            case All _ -> HeadId.all(layers, model.heads());
            case OfLayer(int layer) -> {
                requireLayer(layer, model);
                yield HeadId.all(layers, model.heads())
                        .subList(layer * model.heads(), (layer + 1) * model.heads());
            }
            case OfHead(HeadId head) -> {
                requireLayer(head.layer(), model);
                if (head.head() >= model.heads()) {
                    throw new QuestionException(
                            "there is no head %s: a layer of %s has heads 0 to %d"
                                    .formatted(head, model.name(), model.heads() - 1));
                }
                yield List.of(head);
            }
            case Several(List<Selection> parts) -> {
                Set<HeadId> heads = new TreeSet<>(HeadId.IN_ORDER);
                for (Selection part : parts) {
                    for (HeadId head : part.in(model)) {
                        if (!heads.add(head)) {
                            throw new QuestionException(
                                    "%s is chosen twice: name each head once".formatted(head));
                        }
                    }
                }
                yield List.copyOf(heads);
            }
        };
    }

    private static void requireLayer(int layer, PretrainedModel model) {
        int layers = model.attention().size();
        if (layer < 0 || layer >= layers) {
            throw new QuestionException(
                    "there is no layer %d: %s has layers 0 to %d"
                            .formatted(layer, model.name(), layers - 1));
        }
    }
}
