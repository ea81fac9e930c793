package heed.bench;

import heed.transformer.layer.Activation;
import heed.transformer.model.Gpt2;
import heed.transformer.train.AdamW;
import heed.transformer.train.LearningRateSchedule;
import heed.transformer.train.RandomWeights;
import heed.transformer.train.TokenDataset;
import heed.transformer.train.Trainer;
import heed.transformer.train.TrainingSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Steps of training a GPT-2 on characters, beside PyTorch in a process of its own, compiled and as it
 * is; the faster of the two counts. Both take random weights and random tokens, and dropout draws
 * other numbers, so results are not compared here: the tests do that.
 */
final class TrainWorks {
    static final String ENVIRONMENT = "torch";
    private static final int VOCABULARY = 65;

    /** A model and its batches. */
    private record Shape(
            String name,
            int layers,
            int heads,
            int width,
            int context,
            int batch,
            double dropout,
            int steps) {

        /** Floating-point operations of a step: products forward, and twice that backward. */
        double gigaflop() {
            double products = 12.0 * layers * width * width + (double) VOCABULARY * width;
            double attention = (double) layers * context * width;
            return steps * 6 * (products + attention) * batch * context / 1e9;
        }
    }

    /** Much more code than attention alone has is to be compiled: some hundred small steps. */
    private static final double WARM_UP_SECONDS = 15;

    private static final List<Shape> SHAPES =
            List.of(
                    new Shape("shakespeare-char-small", 4, 4, 128, 64, 12, 0, 20),
                    new Shape("shakespeare-char", 6, 6, 192, 128, 32, 0.1, 2));

    static boolean isHere() {
        return PythonWorker.isHere(ENVIRONMENT);
    }

    static List<Work> works() {
        return SHAPES.stream().map(TrainWorks::work).toList();
    }

    private static Work work(Shape shape) {
        return new Work(
                "train %s, %d steps of %d × %d"
                        .formatted(shape.name(), shape.steps(), shape.batch(), shape.context()),
                shape.gigaflop(),
                0,
                Work.NOT_EQUAL,
                threads -> contenders(shape, threads));
    }

    private static List<Contender> contenders(Shape shape, int threads) {
        List<Contender> contenders = new ArrayList<>();
        contenders.add(heed(shape));
        if (isHere()) {
            contenders.add(new TorchTraining(shape, "compiled", threads));
            contenders.add(new TorchTraining(shape, "eager", threads));
        }
        return contenders;
    }

    /** Each run trains on, one evaluation's worth of steps. */
    private static Contender heed(Shape shape) {
        Gpt2.Config config =
                new Gpt2.Config(
                        VOCABULARY,
                        shape.context(),
                        shape.width(),
                        4 * shape.width(),
                        shape.layers(),
                        shape.heads(),
                        1e-5,
                        Activation.GELU_TANH);
        TokenDataset dataset =
                new TokenDataset(
                        new Random(1).ints(20_000, 0, VOCABULARY).toArray(), shape.context());
        return new HeedContender<>(
                HeedContender.NAME,
                new Steps(config, dataset, shape)::run,
                loss -> loss,
                WARM_UP_SECONDS);
    }

    /** Trains as many steps as a work has, whenever it is asked to. */
    private static final class Steps {
        private final Trainer trainer;
        private final int steps;

        Steps(Gpt2.Config config, TokenDataset dataset, Shape shape) {
            steps = shape.steps();
            trainer =
                    new Trainer(
                            config,
                            RandomWeights.of(config, true, 1),
                            dataset,
                            new TrainingSettings(
                                    shape.context(),
                                    shape.batch(),
                                    1,
                                    Integer.MAX_VALUE,
                                    new LearningRateSchedule(1e-3, 1e-3, 0, 1),
                                    new AdamW.Settings(0.9, 0.99, 1e-8, 0.1, 1),
                                    shape.dropout(),
                                    Integer.MAX_VALUE,
                                    0,
                                    1));
        }

        float[] run() {
            return new float[] {(float) trainer.steps(steps)};
        }
    }

    /** PyTorch, in a process of its own. */
    private static final class TorchTraining implements Contender {
        /**
         * What was its fastest: memory that is kept instead of given back, and threads that wait as
         * they do by themselves.
         */
        private static final Map<String, String> VARIABLES =
                Map.of(
                        "MALLOC_MMAP_THRESHOLD_", "4294967296",
                        "MALLOC_TRIM_THRESHOLD_", "8589934592",
                        "MALLOC_TOP_PAD_", "268435456",
                        "OMP_WAIT_POLICY", "",
                        "OPENBLAS_NUM_THREADS", "");

        private final PythonWorker worker;
        private final String work;

        TorchTraining(Shape shape, String mode, int threads) {
            work = "step " + shape.steps();
            worker =
                    new PythonWorker(
                            ENVIRONMENT,
                            "torch_train_worker.py",
                            VARIABLES,
                            List.of(
                                    String.valueOf(shape.layers()),
                                    String.valueOf(shape.heads()),
                                    String.valueOf(shape.width()),
                                    String.valueOf(shape.context()),
                                    String.valueOf(shape.batch()),
                                    String.valueOf(VOCABULARY),
                                    String.valueOf(shape.dropout()),
                                    String.valueOf(threads),
                                    mode));
        }

        @Override
        public String name() {
            return Torch.NAME;
        }

        @Override
        public void run() {
            var _ = worker.run(work, "done");
        }

        @Override
        public float[] result() {
            throw new UnsupportedOperationException("weights and batches differ");
        }

        @Override
        public void close() {
            worker.close();
        }
    }

    private TrainWorks() {}
}
