package heed.microscope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import heed.microscope.look.Look;
import heed.microscope.look.LookResult;
import heed.microscope.look.Selection;
import heed.microscope.look.TokenChoice;
import heed.microscope.relevance.Measure;
import heed.transformer.model.PretrainedModel;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TraversalTest {
    private static final String LONG =
            "It was the kind of evening that nobody remembers, and unremarkably so. ".repeat(30);

    @Test
    void blocksPartNoGroup() {
        assertThat(Traversal.blocks(List.of(new int[50], new int[14], new int[1], new int[70])))
                .extracting(block -> block.length)
                .containsExactly(64, 1, 70);
        assertThat(Traversal.blocks(List.of())).isEmpty();
        assertThat(Traversal.blocksOfAll(130))
                .extracting(block -> block.length)
                .containsExactly(64, 64, 2);
    }

    /** Whatever pool the blocks are read in. */
    @ParameterizedTest
    @EnumSource(Measure.class)
    void theNumberOfThreadsDoesNotChangeABit(Measure measure) throws Exception {
        Look look = new Look(measure, Selection.all(), new TokenChoice("evening"), 0, false, true);
        try (PretrainedModel model = PretrainedModel.open("minilm");
                ForkJoinPool one = new ForkJoinPool(1);
                ForkJoinPool five = new ForkJoinPool(5)) {
            LookResult alone = one.submit(() -> look.at(model, LONG, Listener.none())).get();
            LookResult many = five.submit(() -> look.at(model, LONG, Listener.none())).get();
            assertThat(many.queries()).hasSize(30).isEqualTo(alone.queries());
            assertThat(many.heads()).isEqualTo(alone.heads());
        }
    }

    @Test
    void whatWouldNotFitIsRefusedBeforehand() throws Exception {
        try (PretrainedModel model = PretrainedModel.open("minilm")) {
            MemoryNeed need = MemoryNeed.reading(model, 1L << 32, 1L << 32);
            assertThatThrownBy(() -> need.check("looking at all of it", "look at less"))
                    .isInstanceOf(QuestionException.class)
                    .hasMessageMatching(
                            "looking at all of it takes about [\\d,]+ MB of memory and [\\d,]+ MB are free:"
                                    + " look at less, or give the JVM a larger heap \\(-Xmx\\d+g\\)");
            MemoryNeed.reading(model, 100, 1).check("a little", "nothing");
        }
    }
}
