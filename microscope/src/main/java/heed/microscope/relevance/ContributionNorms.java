package heed.microscope.relevance;

import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.transformer.layer.MultiHeadAttention;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * {@code ‖f(x_j)‖} of every token for some heads (Kobayashi et al. 2020): O(n) for each head.
 *
 * @param ofHead {@code [n]} for each
 */
record ContributionNorms(Map<HeadId, double[]> ofHead) {

    static ContributionNorms of(
            AttentionTrace trace, List<MultiHeadAttention> attention, List<HeadId> heads) {
        return new ContributionNorms(
                heads.parallelStream()
                        .collect(
                                Collectors.toConcurrentMap(
                                        head -> head,
                                        head ->
                                                attention
                                                        .get(head.layer())
                                                        .contributionNorms(
                                                                trace.values(head.layer()),
                                                                head.head()))));
    }
}
