package heed.app.heads;

import heed.app.terminal.BadInputException;
import heed.app.terminal.Failure;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.coreference.AgreementPairs;
import heed.microscope.coreference.PairScorer;
import heed.microscope.coreference.PairsFile;
import heed.microscope.coreference.ReferenceCase;
import heed.microscope.heads.HeadMeasure;
import heed.microscope.heads.HeadProfile;
import heed.microscope.heads.HeadSurvey;
import heed.microscope.treebank.ConlluFile;
import heed.microscope.treebank.Treebank;
import heed.microscope.treebank.TreebankScores;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Has the microscope measure the heads of a model, on whatever the user gave. */
final class HeadsSurvey {
    private static final String GENDER = "gender";
    private static final String NUMBER = "number";

    private final PretrainedModel model;
    private final String name;
    private final @Nullable HeadMeasure sort;
    private final Listener listener;
    private final HeadSurvey survey;

    /**
     * @param name what the user calls the model
     * @param sort what to rank the heads by, or null
     * @param chosen the one head to measure, or null for all
     */
    HeadsSurvey(
            PretrainedModel model,
            String name,
            @Nullable HeadMeasure sort,
            @Nullable HeadId chosen,
            Listener listener) {
        this.model = model;
        this.name = name;
        this.sort = sort;
        this.listener = listener;
        this.survey = new HeadSurvey(model, chosen, listener);
    }

    HeadsReport ofText(String text) {
        return report(survey.readText(text), Optional.empty());
    }

    HeadsReport ofRandom(int count, long seed) {
        return report(survey.readRandom(count, seed), Optional.empty());
    }

    HeadsReport ofTreebank(Path file, boolean split) throws IOException {
        Treebank treebank = new Treebank(read(file, ConlluFile::read));
        TreebankScores scores =
                treebank.score(model, split, run -> survey.add(run, Listener.none()), listener);
        return report("treebank %s".formatted(file.getFileName()), Optional.of(scores));
    }

    HeadsReport ofPairs(String given) throws IOException {
        List<ReferenceCase> cases =
                given.equals(GENDER)
                        ? AgreementPairs.gender()
                        : given.equals(NUMBER) ? AgreementPairs.number() : read(given);
        return new HeadsReport(
                name,
                "cases of reference, " + given,
                0,
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.of(PairScorer.score(model, cases, listener)));
    }

    private static List<ReferenceCase> read(String file) throws IOException {
        Path path = Path.of(file);
        if (!Files.exists(path)) {
            throw new BadInputException(
                    "there is no file %s: give %s, %s, or a file of cases"
                            .formatted(file, GENDER, NUMBER));
        }
        return read(path, PairsFile::read);
    }

    /** Reads a file, or fails. */
    private interface Reading<T> {
        T read(Path file) throws IOException;
    }

    private static <T> T read(Path file, Reading<T> reading) throws IOException {
        if (Files.isDirectory(file)) {
            throw new BadInputException("cannot read %s: it is a folder".formatted(file));
        }
        try {
            return reading.read(file);
        } catch (FileSystemException e) {
            throw new BadInputException("cannot read %s: %s".formatted(file, Failure.reason(e)), e);
        }
    }

    private HeadsReport report(String source, Optional<TreebankScores> scores) {
        List<HeadProfile> profiles = survey.profiles();
        if (sort != null) {
            HeadMeasure by = sort;
            if (profiles.stream().allMatch(profile -> Double.isNaN(profile.get(by)))) {
                throw new BadInputException(
                        "nothing to sort by: '%s' cannot be measured here".formatted(by.words()));
            }
            profiles =
                    profiles.stream()
                            .sorted(
                                    Comparator.comparingDouble(
                                            (HeadProfile profile) ->
                                                    Double.isNaN(profile.get(by))
                                                            ? Double.POSITIVE_INFINITY
                                                            : -profile.get(by)))
                            .toList();
        }
        return new HeadsReport(
                name,
                source,
                survey.tokens(),
                profiles,
                survey.similar(),
                scores,
                Optional.empty());
    }
}
