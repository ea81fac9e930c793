package heed.app.heads;

import heed.microscope.HeadId;
import heed.microscope.coreference.PairScores;
import heed.microscope.heads.HeadLabel;
import heed.microscope.heads.HeadMeasure;
import heed.microscope.heads.HeadProfile;
import heed.microscope.heads.SimilarHeads;
import heed.microscope.treebank.Direction;
import heed.microscope.treebank.RelationScores;
import heed.microscope.treebank.TreebankScores;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What {@code heads} found.
 *
 * @param model what the user calls the model
 * @param source what was read, in words
 * @param tokens that were read
 * @param profiles of the heads that are shown, in the order in which they are shown
 * @param similar the heads that attend like the one that was chosen
 * @param treebank the scores on a treebank
 * @param pairs the scores on cases of reference
 */
record HeadsReport(
        String model,
        String source,
        long tokens,
        List<HeadProfile> profiles,
        List<SimilarHeads.Similar> similar,
        Optional<TreebankScores> treebank,
        Optional<PairScores> pairs) {

    /** What a head has earned by its profile and on the treebank. */
    List<HeadLabel> labels(HeadProfile profile) {
        List<HeadLabel> labels = new ArrayList<>(profile.labels());
        treebank.ifPresent(
                scores -> {
                    for (RelationScores relation : scores.relations()) {
                        for (Direction direction : Direction.values()) {
                            RelationScores.Best best = relation.best(direction);
                            if (best.head().equals(profile.head())
                                    && relation.isEarned(direction)) {
                                String name = relation.relation() + ", " + direction.words();
                                labels.add(new HeadLabel(name, best.accuracy()));
                            }
                        }
                    }
                });
        return labels;
    }

    /** The measures that apply to a head at least. */
    List<HeadMeasure> measures() {
        return HeadMeasure.of(profiles);
    }

    /** The one head that was chosen, if one was. */
    Optional<HeadId> chosen() {
        return profiles.size() == 1 ? Optional.of(profiles.getFirst().head()) : Optional.empty();
    }
}
