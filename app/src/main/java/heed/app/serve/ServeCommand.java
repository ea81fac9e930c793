package heed.app.serve;

import heed.app.terminal.BadInputException;
import heed.app.terminal.Failure;
import heed.app.terminal.ModelOption;
import heed.app.terminal.Models;
import heed.app.terminal.Verbose;
import heed.microscope.map.QueriesAndKeys;
import heed.page.server.ModelShelf;
import heed.page.server.PageServer;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code heed serve}: attention in a browser of this machine. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Opens a page in the browser: type a text, and see what its words attend to.",
            "",
            "The page is for this machine alone: the address that is printed lets its browser in. Ctrl-C ends it.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  heed serve",
            "  heed serve --model ./gpt2 --model minilm --port 8080 --no-open",
            "  heed serve --qk qk.safetensors --causal"
        })
public final class ServeCommand implements Callable<Integer> {
    private static final int LAST_PORT = 65_535;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "0",
            description = "Where it listens on 127.0.0.1 (default: one that is free).")
    private int port;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = {
                "A model to choose from, the first is chosen; may be given several times (default: minilm and"
                        + " shakespeare).",
                Models.MODEL_OR_DEFAULT
            })
    private List<String> models = Models.BUILT_IN;

    @Option(
            names = "--qk",
            paramLabel = "FILE",
            split = ",",
            description = {
                "Queries and keys of anyone's, whose map the page opens: a safetensors file with the tensors q and k,"
                        + " or two of NumPy, Q.npy,K.npy. [heads, tokens, columns], or [tokens, columns]."
            })
    private List<Path> queriesAndKeys = List.of();

    @Option(names = "--causal", description = "With --qk: a query sees no key that comes after it.")
    private boolean causal;

    @Option(names = "--no-open", description = "Prints the address, and opens no browser.")
    private boolean noOpen;

    @Mixin final Verbose verbose = new Verbose();

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    @Override
    public Integer call() throws Exception {
        if (port < 0 || port > LAST_PORT) {
            throw new BadInputException(
                    "--port must be 0 to %d, not %d".formatted(LAST_PORT, port));
        }
        if (causal && queriesAndKeys.isEmpty()) {
            throw new BadInputException("--causal says how to read --qk: give both");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (ModelShelf shelf = new ModelShelf()) {
            Set<String> names = new HashSet<>();
            for (String model : new LinkedHashSet<>(models)) {
                String name = Models.shown(model);
                shelf.add(names.add(name) ? name : model, open(model));
            }
            String view = queriesAndKeys.isEmpty() ? "" : addMatrices(shelf);
            try (PageServer server = start(shelf)) {
                URI address = URI.create(server.address() + view);
                out.println(address);
                out.println("Ctrl-C ends it.");
                out.flush();
                if (!noOpen) {
                    browse(address);
                }
                endOnInterrupt();
                asked.await();
            }
        } finally {
            ended.countDown();
        }
        return 0;
    }

    /** Puts the queries and keys there, and returns what opens their map. */
    private String addMatrices(ModelShelf shelf) throws IOException {
        QueriesAndKeys opened;
        try {
            opened = QueriesAndKeys.open(queriesAndKeys, causal);
        } catch (FileSystemException e) {
            throw new BadInputException(
                    "%s cannot be read: %s".formatted(e.getFile(), Failure.reason(e)), e);
        }
        String name = String.valueOf(queriesAndKeys.getFirst().getFileName());
        shelf.add(name, opened);
        return "#view=map&matrices=" + URLEncoder.encode(name, StandardCharsets.UTF_8);
    }

    private PretrainedModel open(String model) throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        PretrainedModel opened = PretrainedModel.open(Models.find(model, err));
        ModelOption.note(opened.note(), err);
        return opened;
    }

    private PageServer start(ModelShelf shelf) {
        try {
            return PageServer.start(port, shelf);
        } catch (IllegalStateException e) {
            throw new BadInputException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The desktop's own way; where there is none, the address is printed. */
    private static void browse(URI address) {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        List<String> command =
                system.contains("mac")
                        ? List.of("open", address.toString())
                        : system.contains("windows")
                                ? List.of(
                                        "rundll32",
                                        "url.dll,FileProtocolHandler",
                                        address.toString())
                                : List.of("xdg-open", address.toString());
        try {
            new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            // No desktop here: who reads the address opens it.
        }
    }

    /** Ctrl-C begins the end of the JVM, which waits until the server has stopped. */
    private void endOnInterrupt() {
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    asked.countDown();
                                    try {
                                        var _ = ended.await(5, TimeUnit.SECONDS);
                                    } catch (InterruptedException e) {
                                        Thread.currentThread().interrupt();
                                    }
                                },
                                "heed-end"));
    }
}
