package heed.app.plan;

import heed.app.terminal.BadInputException;
import heed.app.terminal.Models;
import heed.app.terminal.OutputOption;
import heed.app.terminal.Verbose;
import heed.microscope.cost.AttentionCost;
import heed.microscope.cost.ClusterCost;
import heed.microscope.cost.EngineSpeed;
import heed.microscope.cost.LayerRun;
import heed.microscope.cost.ModelShape;
import heed.microscope.cost.Quantities;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code heed plan}: what attention over a sequence will cost, told in advance. */
@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Tells what attention over a sequence will cost, before it is run: scores, operations, memory, time.",
            "",
            "The time is predicted from a trial of less than a second on this machine.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  heed plan gpt-2 --context 128000",
            "  heed plan --model minilm",
            "  heed plan --layers 32 --heads 32 --kv-heads 8 --head-dim 128 --context 32768",
            "  heed plan gpt-2 --context 16384 --measure",
            "  heed plan gpt-2 --context 1000000 --workers 8"
        })
public final class PlanCommand implements Callable<Integer> {
    /** A wait that is worth a line. */
    private static final double LONG_SECONDS = 5;

    private static final double BYTES_PER_GIGABIT = 1e9 / 8;

    enum Format {
        TEXT,
        JSON
    }

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "PRESET",
            description = {
                "bert-base: 12 layers × 12 heads, d 64, full.",
                "gpt-2: 12 layers × 12 heads, d 64, causal.",
                "gpt-4: 120 layers × 96 heads, d 128, causal; an estimate, since its shape was never published."
            })
    private @Nullable String preset;

    @Option(
            names = "--model-shape",
            paramLabel = "PRESET",
            description = "The preset, given as an option.")
    private @Nullable String modelShape;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = {
                "The shape of a model that is there, from its own files: minilm, shakespeare, or:",
                Models.MODEL + " An .onnx file with its tokenizer.json beside it will do too."
            })
    private @Nullable String model;

    @Option(
            names = "--context",
            paramLabel = "N",
            description = "Tokens in the sequence (with --model: all that it reads).")
    private @Nullable Long context;

    @Option(
            names = "--layers",
            paramLabel = "N",
            description = "Instead of a preset: layers of the model.")
    private @Nullable Integer layers;

    @Option(names = "--heads", paramLabel = "N", description = "… query heads of a layer.")
    private @Nullable Integer heads;

    @Option(
            names = "--kv-heads",
            paramLabel = "N",
            description = "… key/value heads of a layer (default: as many as --heads).")
    private @Nullable Integer kvHeads;

    @Option(names = "--head-dim", paramLabel = "D", description = "… columns of a head.")
    private @Nullable Integer headDim;

    @Option(
            names = "--causal",
            description = "A token attends to itself and earlier ones (default without a preset).")
    private boolean causal;

    @Option(names = "--full", description = "Every token attends to all tokens.")
    private boolean full;

    @Option(
            names = "--measure",
            description = "Runs one layer, on random numbers, and compares its time.")
    private boolean measure;

    @Option(
            names = "--workers",
            paramLabel = "P",
            description =
                    "Also: ring attention ('heed ring') on so many machines like this one, for a layer.")
    private @Nullable Integer workers;

    @Option(
            names = "--network",
            paramLabel = "GBIT",
            defaultValue = "10",
            description =
                    "… whose network brings so many Gbit/s to each (default: ${DEFAULT-VALUE}).")
    private double network = 10;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "TEXT",
            description = "text (default) or json.")
    private Format format = Format.TEXT;

    @Mixin private final OutputOption output = new OutputOption();

    @Mixin final Verbose verbose = new Verbose();

    @Override
    public Integer call() throws IOException {
        checkShape();
        AttentionCost cost = cost();
        output.check();
        if (workers != null) {
            ClusterCost.check(workers, network * BYTES_PER_GIGABIT);
        }
        int threads = Runtime.getRuntime().availableProcessors();
        LayerRun layer = measure ? LayerRun.fitting(cost, Runtime.getRuntime().maxMemory()) : null;
        EngineSpeed speed = EngineSpeed.measure(cost, threads);
        OptionalDouble measured = layer == null ? OptionalDouble.empty() : run(layer, speed);
        Plan plan = new Plan(cost, speed, measured, cluster(cost, speed));
        output.write(render(plan), spec.commandLine().getOut());
        return 0;
    }

    private Optional<ClusterCost> cluster(AttentionCost cost, EngineSpeed speed) {
        return Optional.ofNullable(workers)
                .map(p -> new ClusterCost(cost, speed, p, network * BYTES_PER_GIGABIT));
    }

    /** The shape is said once, and so is the mask. */
    private void checkShape() {
        if (causal && full) {
            throw new BadInputException("give --causal or --full, not both");
        }
        if (preset != null && modelShape != null) {
            throw new BadInputException(
                    "give the preset once: %s or --model-shape %s".formatted(preset, modelShape));
        }
        String name = presetName();
        boolean numbers = Stream.of(layers, heads, kvHeads, headDim).anyMatch(Objects::nonNull);
        if (name != null && numbers) {
            throw new BadInputException(
                    "give a preset or --layers, --heads, --kv-heads and --head-dim, not both");
        }
        if (model != null && (name != null || numbers)) {
            throw new BadInputException(
                    "give --model %s or %s, not both"
                            .formatted(
                                    model,
                                    name == null
                                            ? "--layers, --heads, --kv-heads and --head-dim"
                                            : "the preset " + name));
        }
        if (model == null && context == null) {
            throw new BadInputException("give --context N, the tokens in the sequence");
        }
    }

    private @Nullable String presetName() {
        return preset == null ? modelShape : preset;
    }

    private AttentionCost cost() throws IOException {
        if (model == null) {
            return AttentionCost.of(masked(shape()), Objects.requireNonNull(context));
        }
        String found = Models.find(model, spec.commandLine().getErr());
        try (PretrainedModel opened = PretrainedModel.open(found)) {
            return AttentionCost.of(
                    masked(ModelShape.of(model, opened)),
                    context == null ? opened.positions() : context);
        }
    }

    private ModelShape masked(ModelShape shape) {
        return causal || full ? shape.withCausal(causal) : shape;
    }

    private ModelShape shape() {
        String name = presetName();
        if (name != null) {
            return ModelShape.preset(name)
                    .orElseThrow(
                            () ->
                                    new BadInputException(
                                            "there is no preset %s: take %s, or give --layers, --heads and --head-dim, or --model"
                                                    .formatted(name, ModelShape.presetNames())));
        }
        if (layers == null || heads == null || headDim == null) {
            throw new BadInputException(
                    "give a preset (%s), a --model, or all of --layers, --heads and --head-dim"
                            .formatted(ModelShape.presetNames()));
        }
        return new ModelShape(
                "custom", layers, heads, kvHeads == null ? heads : kvHeads, headDim, true, false);
    }

    private OptionalDouble run(LayerRun layer, EngineSpeed speed) {
        double expected = speed.layerSeconds(layer.cost());
        if (expected > LONG_SECONDS) {
            spec.commandLine()
                    .getErr()
                    .println(
                            "heed: running one layer, about %s …"
                                    .formatted(Quantities.duration(expected)));
        }
        return OptionalDouble.of(layer.seconds(speed.threads()));
    }

    private String render(Plan plan) {
        return switch (format) {
            case TEXT -> PlanText.render(plan);
            case JSON -> PlanJson.render(plan);
        };
    }
}
