package heed.app.generate;

import heed.app.terminal.BadInputException;
import heed.app.terminal.Models;
import heed.app.terminal.Terminal;
import heed.app.terminal.Verbose;
import heed.attention.KvCache;
import heed.microscope.relevance.LastTokenRelevance;
import heed.transformer.generate.Sampler;
import heed.transformer.generate.TextGenerator;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.model.ChatFormat;
import heed.transformer.model.PretrainedDecoder;
import heed.transformer.tokenizer.Tokens;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code heed generate}: a decoder goes on with a text. */
@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Goes on with a text, token by token, with a decoder of the GPT-2 or the Llama family.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  heed generate \"ROMEO:\"",
            "  heed generate \"Once upon a time\" --model SmolLM2.gguf --max-tokens 40",
            "  heed generate \"The trophy didn't fit because\" --model FOLDER --watch"
        })
public final class GenerateCommand implements Callable<Integer> {
    private static final int SHOWN = 3;
    private static final int IN_JSON = 5;

    enum Format {
        TEXT,
        JSON
    }

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "PROMPT", description = "The text to go on with.")
    private String prompt = "";

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            defaultValue = PretrainedDecoder.SHAKESPEARE,
            description = "shakespeare (default), or: " + Models.MODEL)
    private String model = PretrainedDecoder.SHAKESPEARE;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            defaultValue = "64",
            description = "Tokens to come at most (default 64).")
    private int maxTokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "0",
            description =
                    "0 takes the best token each time (default); 1 draws by the model's odds.")
    private double temperature;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "0",
            description = "Draws from the K best alone.")
    private int topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "1",
            description = "Draws from the best whose odds reach P together.")
    private double topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            defaultValue = "0",
            description = "Draws from those whose odds are at least P times the best one's.")
    private double minP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "R",
            defaultValue = "1",
            description = "Makes tokens that were there before less likely, if above 1.")
    private double repetitionPenalty;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Of the random choices (default 0).")
    private long seed;

    @Option(
            names = "--cache",
            paramLabel = "TYPE",
            defaultValue = "FLOAT32",
            description =
                    "What keys and values are kept as: float32 (default), or bfloat16, which takes half the"
                            + " memory.")
    private KvCache.Storage cache = KvCache.Storage.FLOAT32;

    @Option(names = "--stop", paramLabel = "S", description = "A string that ends the text.")
    private List<String> stops = new ArrayList<>();

    @Option(
            names = "--chat",
            description =
                    "Takes the prompt as a message to a model that was taught to converse, written down by its"
                            + " chat template.")
    private boolean chat;

    @Option(
            names = "--watch",
            description = "Prints under each new token the tokens that mattered most to it.")
    private boolean watch;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "TEXT",
            description = "text (default) or json.")
    private Format format = Format.TEXT;

    @Mixin final Verbose verbose = new Verbose();

    @Override
    public Integer call() throws IOException {
        Sampler.Settings settings = settings();
        if (maxTokens < 1) {
            throw new BadInputException("--max-tokens must be at least 1, not " + maxTokens);
        }
        if (stops.stream().anyMatch(String::isEmpty)) {
            throw new BadInputException("--stop needs a text");
        }
        try (PretrainedDecoder decoder = open()) {
            if (!decoder.model().hasLogits()) {
                throw new BadInputException(
                        "%s has no output layer: it makes vectors of texts (heed embed), and writes none"
                                .formatted(model));
            }
            Tokens tokens = encoded(decoder);
            if (tokens.size() == 0) {
                throw new BadInputException("the prompt is empty: give a text to go on with");
            }
            if (tokens.size() > decoder.model().positions()) {
                throw new BadInputException(
                        "the prompt has %d tokens, the model reads %d"
                                .formatted(tokens.size(), decoder.model().positions()));
            }
            Run run = new Run(decoder, tokens);
            TextGenerator.Result result =
                    new TextGenerator(decoder)
                            .generate(
                                    tokens.ids(),
                                    maxTokens,
                                    new Sampler(settings),
                                    cache,
                                    stops,
                                    run.probe,
                                    run::came);
            run.end(result);
            return 0;
        }
    }

    private Tokens encoded(PretrainedDecoder decoder) {
        if (!chat) {
            return decoder.tokenizer().encode(prompt);
        }
        ChatFormat format =
                decoder.chat()
                        .orElseThrow(
                                () ->
                                        new BadInputException(
                                                "%s has no chat template: leave out --chat"
                                                        .formatted(model)));
        return decoder.tokenizer().encode(Chat.prompt(format, prompt), false);
    }

    private PretrainedDecoder open() throws IOException {
        return PretrainedDecoder.open(Models.find(model, spec.commandLine().getErr()));
    }

    private Sampler.Settings settings() {
        try {
            return new Sampler.Settings(temperature, topK, topP, minP, repetitionPenalty, seed);
        } catch (IllegalArgumentException e) {
            throw new BadInputException(String.valueOf(e.getMessage()), e);
        }
    }

    /** One generation, told as it comes or, as JSON, at its end. */
    private final class Run {
        private final PretrainedDecoder decoder;
        private final Tokens tokens;
        private final PrintWriter out = spec.commandLine().getOut();
        private final @Nullable LastTokenRelevance watching;
        private final AttentionProbe probe;
        private final List<String> names = new ArrayList<>();
        private final List<Map<String, Object>> steps = new ArrayList<>();
        private final StringBuilder held = new StringBuilder();
        private int told;

        Run(PretrainedDecoder decoder, Tokens tokens) {
            this.decoder = decoder;
            this.tokens = tokens;
            boolean looks = watch || format == Format.JSON;
            watching = looks ? new LastTokenRelevance(decoder.model().attention()) : null;
            probe = watching == null ? AttentionProbe.none() : watching;
            for (int id : tokens.ids()) {
                names.add(name(id));
            }
            if (format == Format.TEXT && !watch && !chat) {
                out.print(prompt);
                out.flush();
            }
        }

        void came(TextGenerator.Step step) {
            String name = name(step.id());
            if (format == Format.JSON) {
                steps.add(json(step, name));
            } else if (watching != null) {
                String looksAt =
                        watching.top(SHOWN).stream()
                                .map(
                                        share ->
                                                "%s %.2f"
                                                        .formatted(
                                                                shown(names.get(share.index())),
                                                                share.weight()))
                                .collect(Collectors.joining("  "));
                out.println(Terminal.padded(shown(name), 16) + " ← " + looksAt);
                out.flush();
            } else {
                tell(step.text());
            }
            names.add(name);
        }

        /** Holds back what may be the beginning of a stop string, and one that is whole. */
        private void tell(String text) {
            held.append(text);
            int longest = stops.stream().mapToInt(String::length).max().orElse(1);
            int ready =
                    stops.stream()
                            .mapToInt(held::indexOf)
                            .filter(at -> at >= 0)
                            .reduce(held.length() - (longest - 1), Math::min);
            if (ready > 0) {
                out.print(held.substring(0, ready));
                out.flush();
                held.delete(0, ready);
                told += ready;
            }
        }

        void end(TextGenerator.Result result) {
            String stop = result.stop().name().toLowerCase(Locale.ROOT);
            if (format == Format.JSON) {
                Map<String, Object> json = new LinkedHashMap<>();
                json.put("model", model);
                json.put("prompt", prompt);
                json.put("promptTokens", promptTokens());
                json.put("tokens", steps);
                json.put("text", result.text());
                json.put("stop", stop);
                out.println(JsonMapper.shared().writeValueAsString(json));
            } else if (!watch) {
                out.println(result.text().substring(Math.min(told, result.text().length())));
            }
            out.flush();
            if (result.stop() == TextGenerator.Stop.CONTEXT) {
                spec.commandLine()
                        .getErr()
                        .printf(
                                "heed: the model reads %d tokens, and they are full%n",
                                decoder.model().positions());
            }
        }

        private List<Map<String, Object>> promptTokens() {
            List<Map<String, Object>> list = new ArrayList<>();
            for (int id : tokens.ids()) {
                list.add(Map.of("token", name(id), "id", id));
            }
            return list;
        }

        private Map<String, Object> json(TextGenerator.Step step, String name) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("token", name);
            json.put("id", step.id());
            json.put("logprob", step.logprob());
            json.put("top", step.top());
            List<Map<String, Object>> attends = new ArrayList<>();
            if (watching != null) {
                for (LastTokenRelevance.Share share : watching.top(IN_JSON)) {
                    Map<String, Object> entry = new LinkedHashMap<>();
                    entry.put("token", names.get(share.index()));
                    entry.put("index", share.index());
                    entry.put("weight", share.weight());
                    attends.add(entry);
                }
            }
            json.put("attends", attends);
            return json;
        }

        private String name(int id) {
            return decoder.tokenizer().decode(id);
        }
    }

    private static String shown(String token) {
        return token.strip().isEmpty() ? "␣" : token.strip();
    }
}
