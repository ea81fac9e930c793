package heed.app.terminal;

import heed.transformer.model.PretrainedEncoder;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The option {@code --model} where any model will do, and one is always there. */
public final class ModelOption {
    @Option(
            names = "--model",
            paramLabel = "MODEL",
            defaultValue = PretrainedEncoder.MINILM,
            description = Models.MODEL_OR_DEFAULT)
    private String model = PretrainedEncoder.MINILM;

    /** What the user calls it. */
    public String name() {
        return model;
    }

    /**
     * Where it is.
     *
     * @param err gets the progress of a download
     */
    public String find(PrintWriter err) throws IOException {
        return Models.find(model, err);
    }

    /**
     * Opens it.
     *
     * @param err gets the progress of a download, and what there is to say of the model
     */
    public PretrainedModel open(PrintWriter err) throws IOException {
        PretrainedModel opened = PretrainedModel.open(find(err));
        note(opened.note(), err);
        return opened;
    }

    /** Tells what there is to say of a model. */
    public static void note(Optional<String> note, PrintWriter err) {
        note.ifPresent(err::println);
        err.flush();
    }
}
