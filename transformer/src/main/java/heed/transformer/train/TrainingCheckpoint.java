package heed.transformer.train;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.SafetensorsFile;
import heed.transformer.checkpoint.SafetensorsWriter;
import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.Parameter;
import heed.transformer.layer.Parameters;
import heed.transformer.model.Gpt2;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * All that a training needs to go on to the same bits: weights, the optimizer's state, how it went
 * so far. The batches and what is dropped follow from the seed and the step.
 *
 * <p>It is a safetensors file; its metadata say what is trained, on what, and how.
 */
public final class TrainingCheckpoint {
    /** What it is called in the folder of a training. */
    public static final String FILE = "checkpoint.safetensors";

    private static final String RUN = "heed.training";
    private static final String SUM = "heed.crc32c";
    private static final String MEAN = "mean/";
    private static final String SQUARE = "square/";
    private static final String LOSSES = "losses";
    private static final String HEAD = "lm_head.weight";

    private final Path file;
    private final Run run;
    private final Weights weights;

    /**
     * What a training is, and how far it has come.
     *
     * @param model the shape of the model
     * @param settings how it is trained
     * @param tied whether its output layer is its embedding
     * @param data {@link TokenDataset#fingerprint}
     */
    public record Run(
            Gpt2.Config model,
            TrainingSettings settings,
            boolean tied,
            String data,
            List<TrainingHistory.Evaluation> evaluations) {}

    private TrainingCheckpoint(Path file, Run run, Weights weights) {
        this.file = file;
        this.run = run;
        this.weights = weights;
    }

    /** Whether a folder holds one. */
    public static boolean isIn(Path folder) {
        return Files.isRegularFile(folder.resolve(FILE));
    }

    /**
     * Writes one into a folder, in the place of the one that is there.
     *
     * @throws IOException if it cannot be written: the one that was there is still there
     */
    public static void write(Path folder, Trainer trainer) throws IOException {
        Map<String, float[]> tensors = tensors(trainer);
        Run run =
                new Run(
                        trainer.model().config(),
                        trainer.settings(),
                        !trainer.parameters().has(HEAD),
                        trainer.dataset().fingerprint(),
                        trainer.history().evaluations());
        SafetensorsWriter writer =
                new SafetensorsWriter()
                        .note(RUN, JsonMapper.shared().writeValueAsString(run))
                        .note(SUM, String.valueOf(sum(tensors.values())));
        tensors.forEach((name, data) -> writer.put(name, List.of(data.length), data));
        writer.write(folder.resolve(FILE));
    }

    private static Map<String, float[]> tensors(Trainer trainer) {
        Map<String, float[]> tensors = new LinkedHashMap<>();
        for (AdamW.Slot slot : trainer.optimizer().slots()) {
            String name = slot.parameter().name();
            tensors.put(name, slot.parameter().value());
            tensors.put(MEAN + name, slot.mean());
            tensors.put(SQUARE + name, slot.square());
        }
        tensors.put(LOSSES, trainer.history().losses());
        return tensors;
    }

    private static long sum(Iterable<float[]> tensors) {
        CRC32C sum = new CRC32C();
        for (float[] tensor : tensors) {
            ByteBuffer bytes = ByteBuffer.allocate(tensor.length * Float.BYTES);
            bytes.asFloatBuffer().put(tensor);
            sum.update(bytes);
        }
        return sum.getValue();
    }

    /**
     * Reads the one of a folder.
     *
     * @throws CheckpointException if there is none, or it is torn
     * @throws IOException if it cannot be read
     */
    public static TrainingCheckpoint read(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException("%s has no %s to go on from".formatted(folder, FILE));
        }
        SafetensorsFile tensors = SafetensorsFile.open(file);
        String json = tensors.metadata().get(RUN);
        if (json == null) {
            throw new CheckpointException("%s is no checkpoint of a training".formatted(file));
        }
        Run run;
        try {
            run = JsonMapper.shared().readValue(json, Run.class);
        } catch (JacksonException e) {
            throw new CheckpointException(
                    "%s is a checkpoint of another version: %s"
                            .formatted(file, e.getOriginalMessage()),
                    e);
        }
        TrainingCheckpoint checkpoint = new TrainingCheckpoint(file, run, tensors.weights());
        checkpoint.checkSum(tensors.metadata().getOrDefault(SUM, ""));
        return checkpoint;
    }

    /** What is trained, and how. */
    public Run run() {
        return run;
    }

    private void checkSum(String expected) throws CheckpointException {
        List<float[]> tensors = new ArrayList<>();
        for (String name : names()) {
            tensors.add(weights.get(name).data());
        }
        if (!expected.equals(String.valueOf(sum(tensors)))) {
            throw new CheckpointException(
                    "%s is damaged: its contents are not those that were written".formatted(file));
        }
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        for (Parameter parameter : parameters().all()) {
            names.add(parameter.name());
            names.add(MEAN + parameter.name());
            names.add(SQUARE + parameter.name());
        }
        names.add(LOSSES);
        return names;
    }

    private Parameters parameters() {
        return Parameters.zeros(Gpt2.shapes(run.model(), run.tied()));
    }

    /**
     * A trainer that goes on where it was written.
     *
     * @param dataset the same text as then
     * @throws CheckpointException if it is another text, or the tensors are of other shapes
     */
    public Trainer resume(TokenDataset dataset) throws CheckpointException {
        if (!dataset.fingerprint().equals(run.data())) {
            throw new CheckpointException(
                    "%s was written while learning from another text".formatted(file));
        }
        Trainer trainer = new Trainer(run.model(), parameters(), dataset, run.settings());
        for (AdamW.Slot slot : trainer.optimizer().slots()) {
            String name = slot.parameter().name();
            read(name, slot.parameter().value());
            read(MEAN + name, slot.mean());
            read(SQUARE + name, slot.square());
            slot.parameter().changed();
        }
        float[] losses = weights.get(LOSSES).data();
        trainer.optimizer().restore(losses.length);
        trainer.history().restore(losses, run.evaluations());
        return trainer;
    }

    private void read(String name, float[] into) throws CheckpointException {
        System.arraycopy(weights.get(name, into.length), 0, into, 0, into.length);
    }
}
