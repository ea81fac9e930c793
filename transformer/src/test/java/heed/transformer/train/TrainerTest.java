package heed.transformer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.layer.Activation;
import heed.transformer.layer.Parameter;
import heed.transformer.model.Gpt2;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
    private static final Gpt2.Config CONFIG =
            new Gpt2.Config(7, 12, 20, 30, 2, 2, 1e-5, Activation.GELU_TANH);

    @TempDir private Path folder;

    private static TrainingSettings settings(int steps, int patience, double rate, double dropout) {
        return new TrainingSettings(
                12,
                4,
                2,
                steps,
                new LearningRateSchedule(rate, rate / 10, 2, steps),
                new AdamW.Settings(0.9, 0.99, 1e-8, 0.1, 1),
                dropout,
                5,
                patience,
                3);
    }

    /** Each token follows on the one before it but for some noise. */
    private static TokenDataset dataset(int tokens) {
        Random random = new Random(4);
        int[] ids = new int[tokens];
        for (int i = 1; i < tokens; i++) {
            ids[i] = random.nextInt(10) == 0 ? random.nextInt(7) : (ids[i - 1] * 3 + 1) % 7;
        }
        return new TokenDataset(ids, 12);
    }

    private static Trainer trainer(TrainingSettings settings) {
        return new Trainer(CONFIG, RandomWeights.of(CONFIG, true, 2), dataset(3000), settings);
    }

    /** Notes the evaluations, and stops after so many steps by an exception. */
    private final class Watcher implements Trainer.Listener {
        private final Trainer trainer;
        private final int stopAt;
        private final List<Integer> best = new ArrayList<>();

        Watcher(Trainer trainer, int stopAt) {
            this.trainer = trainer;
            this.stopAt = stopAt;
        }

        @Override
        public void stepped(int step, double loss) {
            if (step == stopAt) {
                throw new IllegalStateException("stopped");
            }
        }

        @Override
        public void evaluated(TrainingHistory.Evaluation evaluation, boolean isBest)
                throws IOException {
            if (isBest) {
                best.add(evaluation.step());
            }
            TrainingCheckpoint.write(folder, trainer);
        }
    }

    private static List<float[]> values(Trainer trainer) {
        return trainer.parameters().all().stream().map(Parameter::value).toList();
    }

    private void run(Trainer trainer) throws IOException {
        trainer.run(new Watcher(trainer, -1));
    }

    @Test
    void itLearns() throws IOException {
        Trainer trainer = trainer(settings(60, 0, 1e-2, 0));
        Watcher watcher = new Watcher(trainer, -1);
        trainer.run(watcher);
        List<TrainingHistory.Evaluation> evaluations = trainer.history().evaluations();
        assertThat(evaluations).hasSize(13);
        assertThat(evaluations.getFirst().validation()).isBetween(1.8, 2.1);
        // The source has 0.1 · ln 70 + 0.9 · ln (1 / 0.9143) + … ≈ 0.46 nats.
        assertThat(evaluations.getLast().validation()).isBetween(0.4, 0.8);
        assertThat(watcher.best.getLast()).isEqualTo(trainer.history().best().step());
        assertThat(trainer.history().losses()).hasSize(60);
    }

    @Test
    void aRunThatWasStoppedGoesOnToTheSameBits() throws IOException {
        Trainer whole = trainer(settings(23, 0, 1e-2, 0.1));
        run(whole);
        for (int stop : new int[] {1, 5, 13, 22}) {
            Trainer stopped = trainer(settings(23, 0, 1e-2, 0.1));
            assertThatThrownBy(() -> stopped.run(new Watcher(stopped, stop))).hasMessage("stopped");
            Trainer resumed = TrainingCheckpoint.read(folder).resume(dataset(3000));
            assertThat(resumed.history().losses()).hasSize((stop - 1) / 5 * 5);
            run(resumed);
            assertThat(values(resumed)).containsExactlyElementsOf(values(whole));
            assertThat(resumed.history().losses()).isEqualTo(whole.history().losses());
            assertThat(resumed.history().evaluations()).isEqualTo(whole.history().evaluations());
        }
    }

    @Test
    void patienceEndsATraining() throws IOException {
        // A rate so high that it gets worse, but not infinite.
        Trainer trainer = trainer(settings(500, 2, 0.5, 0));
        run(trainer);
        assertThat(trainer.history().losses().length).isLessThan(500);
        int best = trainer.history().best().step();
        assertThat(trainer.history().evaluations().getLast().step()).isEqualTo(best + 10);
        assertThat(trainer.isFinished()).isTrue();
    }

    @Test
    void aLossThatIsNoNumberEndsATrainingByALine() {
        Trainer trainer = trainer(settings(50, 0, 1e30, 0));
        assertThatThrownBy(() -> run(trainer))
                .isInstanceOf(TrainingException.class)
                .hasMessageContaining("the learning rate of 1.0E30 is too high");
    }

    @Test
    void aCheckpointThatIsTornOrOfAnotherTextIsRefused() throws IOException {
        run(trainer(settings(5, 0, 1e-2, 0)));
        Path file = folder.resolve(TrainingCheckpoint.FILE);
        byte[] whole = Files.readAllBytes(file);
        assertThatThrownBy(() -> TrainingCheckpoint.read(folder).resume(dataset(3001)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("another text");
        byte[] changed = whole.clone();
        changed[whole.length - 40] ^= 1;
        Files.write(file, changed);
        assertThatThrownBy(() -> TrainingCheckpoint.read(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("is damaged");
        for (int length : new int[] {0, 7, 100, whole.length / 2, whole.length - 1}) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> TrainingCheckpoint.read(folder))
                    .isInstanceOf(CheckpointException.class)
                    .message()
                    .hasLineCount(1);
        }
        Files.delete(file);
        assertThatThrownBy(() -> TrainingCheckpoint.read(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("to go on from");
    }

    @Test
    void settingsThatDoNotFitAreRefused() {
        assertThatThrownBy(
                        () ->
                                new TrainingSettings(
                                        12,
                                        4,
                                        3,
                                        10,
                                        new LearningRateSchedule(1, 1, 0, 10),
                                        new AdamW.Settings(0.9, 0.99, 1e-8, 0.1, 1),
                                        0,
                                        5,
                                        0,
                                        1))
                .hasMessage("3 passes do not divide a batch of 4");
        assertThatThrownBy(() -> settings(0, 0, 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> settings(9, 0, 1, 1))
                .hasMessage("dropout must be at least 0 and less than 1, not 1.0");
        Gpt2.Config small = new Gpt2.Config(7, 11, 20, 30, 1, 2, 1e-5, Activation.GELU_TANH);
        assertThatThrownBy(
                        () ->
                                new Trainer(
                                        small,
                                        RandomWeights.of(small, true, 1),
                                        dataset(300),
                                        settings(9, 0, 1, 0)))
                .hasMessage("a context of 12 for a model that reads 11 tokens");
    }
}
