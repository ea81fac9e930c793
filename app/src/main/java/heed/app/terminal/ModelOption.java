package heed.app.terminal;

import heed.transformer.model.PretrainedEncoder;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.io.PrintWriter;
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
     * @param err gets the progress of a download
     */
    public PretrainedModel open(PrintWriter err) throws IOException {
        return PretrainedModel.open(find(err));
    }
}
