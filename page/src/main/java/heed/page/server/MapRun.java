package heed.page.server;

import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.microscope.Units;
import heed.microscope.look.Look;
import heed.microscope.map.HeadMap;
import heed.microscope.map.QueriesAndKeys;
import heed.microscope.relevance.Measure;
import heed.microscope.relevance.Relevance;
import heed.page.answer.Answers;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What maps are drawn of: a text that a model has read, or queries and keys of a file.
 *
 * @param tokens by their names, or none if nobody knows them
 * @param maps makes the map of a head that is there
 */
record MapRun(int layers, int heads, List<String> tokens, Function<HeadId, HeadMap> maps) {

    /**
     * A text that a model is to read.
     *
     * @return has it read, and tells how far it is
     * @throws QuestionException if it has more tokens than the model reads or the memory holds
     */
    static Function<Listener, MapRun> reading(PretrainedModel model, String text) {
        Tokens tokens = ModelRun.encode(model, text);
        Look.checkLength(model, tokens);
        int n = tokens.size();
        Relevance.need(Measure.RAW, model, n, n)
                .check("a map of %,d tokens".formatted(n), "give less text");
        return listener -> {
            AttentionTrace trace = AttentionTrace.ofAll();
            var _ = ModelRun.of(model, tokens, trace, listener);
            int[] all = IntStream.range(0, n).toArray();
            return new MapRun(
                    trace.layers(),
                    trace.heads(),
                    Answers.texts(Units.pieces(tokens)),
                    head -> HeadMap.of(trace.weights(head.layer(), all), head.head()));
        };
    }

    /** Queries and keys, as one layer. */
    static MapRun of(QueriesAndKeys matrices) {
        return new MapRun(1, matrices.heads(), List.of(), head -> matrices.map(head.head()));
    }

    /**
     * The map of a head.
     *
     * @throws QuestionException if there is no such head, or its map does not fit the memory
     */
    HeadMap map(HeadId head) {
        if (head.layer() >= layers || head.head() >= heads) {
            throw new QuestionException(
                    "there is no head %s: the last is %s"
                            .formatted(head, new HeadId(layers - 1, heads - 1)));
        }
        return maps.apply(head);
    }
}
