package heed.app.models;

import heed.app.terminal.BadInputException;
import heed.app.terminal.Models;
import heed.app.terminal.Terminal;
import heed.app.terminal.Verbose;
import heed.transformer.hub.ModelHub;
import heed.transformer.hub.ModelName;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code heed models}: the models that can be named. */
@Command(
        name = "models",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Lists the models that are there by name; fetches and removes models of the Hugging Face hub.",
            "",
            "They are kept in the hub's own cache, which Python shares: HF_HUB_CACHE or HF_HOME name another"
                    + " one, HF_ENDPOINT another hub, HF_TOKEN your token.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  heed models",
            "  heed models pull hf:HuggingFaceTB/SmolLM2-135M",
            "  heed look \"The cat sat.\" --model HuggingFaceTB/SmolLM2-135M"
        })
public final class ModelsCommand implements Callable<Integer> {

    enum Format {
        TEXT,
        JSON
    }

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "TEXT",
            description = "text (default) or json.")
    private Format format = Format.TEXT;

    @Mixin final Verbose verbose = new Verbose();

    @Override
    public Integer call() throws IOException {
        List<ModelHub.Cached> cached = hub().list();
        PrintWriter out = spec.commandLine().getOut();
        if (format == Format.JSON) {
            out.println(JsonMapper.shared().writeValueAsString(json(cached)));
            return 0;
        }
        out.printf("%-40s %-14s %s%n", "Model", "Revision", "Size");
        Models.BUILT_IN.forEach(name -> out.printf("%-40s %-14s %s%n", name, "–", "built in"));
        for (ModelHub.Cached model : cached) {
            out.printf(
                    "%-40s %-14s %s%s%n",
                    model.repository(),
                    Terminal.shortened(model.revision(), 14),
                    megabytes(model.bytes()),
                    model.whole() ? "" : ", not whole: 'heed models pull' fetches the rest");
        }
        return 0;
    }

    private static List<Map<String, Object>> json(List<ModelHub.Cached> cached) {
        List<Map<String, Object>> list = new ArrayList<>();
        Models.BUILT_IN.forEach(name -> list.add(Map.of("name", name)));
        for (ModelHub.Cached model : cached) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("name", model.repository());
            entry.put("revision", model.revision());
            entry.put("commit", model.commit());
            entry.put("bytes", model.bytes());
            entry.put("whole", model.whole());
            entry.put("folder", model.folder().toString());
            list.add(entry);
        }
        return list;
    }

    @Command(
            name = "pull",
            mixinStandardHelpOptions = true,
            description = "Fetches a model, or what is missing of it, and prints its folder.")
    int pull(
            @Parameters(paramLabel = "hf:OWNER/NAME[@REV]", description = "What to fetch.")
                    String model,
            @Option(
                            names = "--file",
                            paramLabel = "FILE",
                            description =
                                    "This file of it alone, such as one .gguf file of several.")
                    @Nullable String file)
            throws IOException {
        ModelName name = Models.name(model);
        spec.commandLine()
                .getOut()
                .println(
                        Models.usable(Models.pull(hub(), name, file, spec.commandLine().getErr())));
        return 0;
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            description = "Removes a model with all its revisions.")
    int remove(@Parameters(paramLabel = "OWNER/NAME", description = "What to remove.") String model)
            throws IOException {
        ModelName name = Models.name(model);
        if (!name.revision().equals(ModelName.MAIN)) {
            throw new BadInputException(
                    "all revisions of a model are removed together: leave out @%s"
                            .formatted(name.revision()));
        }
        long bytes = hub().remove(name);
        spec.commandLine().getOut().printf("removed %s: %s%n", name.repository(), megabytes(bytes));
        return 0;
    }

    @Command(
            name = "where",
            mixinStandardHelpOptions = true,
            description = "Prints the folder of a model, or of all.")
    int where(
            @Parameters(
                            paramLabel = "OWNER/NAME[@REV]",
                            arity = "0..1",
                            description = "The model; the cache if none is given.")
                    @Nullable String model)
            throws IOException {
        ModelHub hub = hub();
        if (model == null) {
            spec.commandLine().getOut().println(hub.cache());
            return 0;
        }
        ModelName name = Models.name(model);
        spec.commandLine()
                .getOut()
                .println(
                        Models.usable(
                                hub.find(name)
                                        .orElseThrow(
                                                () ->
                                                        new BadInputException(
                                                                "there is no %s in %s: 'heed models pull %s' fetches it"
                                                                        .formatted(
                                                                                name.repository(),
                                                                                hub.cache(),
                                                                                name)))));
        return 0;
    }

    private static ModelHub hub() throws IOException {
        return ModelHub.open(System.getenv());
    }

    private static String megabytes(long bytes) {
        return "%,.1f MB".formatted(bytes / 1e6);
    }
}
