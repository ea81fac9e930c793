package heed.bench;

import heed.transformer.layer.AttentionProbe;
import heed.transformer.model.CausalModel;
import heed.transformer.model.LayerCaches;
import heed.transformer.model.PretrainedDecoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * SmolLM2-135M reads a prompt, and goes on token by token, beside llama.cpp on the same file and on
 * the format that is its fastest. Heed takes all processors that its JVM sees.
 */
final class LlamaWorks {
    private static final int PROMPT = 512;
    private static final int SHORT_PROMPT = 8;
    private static final int TOKENS = 128;

    static List<Work> works() {
        return List.of(
                work("prefill of %d".formatted(PROMPT), "prefill %d".formatted(PROMPT), PROMPT, 0),
                work(
                        "decode of %d".formatted(TOKENS),
                        "decode %d %d".formatted(SHORT_PROMPT, TOKENS),
                        SHORT_PROMPT,
                        TOKENS));
    }

    private static Work work(String name, String line, int prompt, int tokens) {
        return new Work(
                "SmolLM2-135M Q4_1, " + name,
                0,
                0,
                Work.NOT_EQUAL,
                threads -> contenders(line, prompt, tokens, threads));
    }

    private static List<Contender> contenders(String line, int prompt, int tokens, int threads) {
        List<Contender> contenders = new ArrayList<>();
        contenders.add(heed(prompt, tokens));
        for (String format : List.of("Q4_1", "Q4_0")) {
            contenders.add(new LlamaCpp(format, line, threads));
        }
        return contenders;
    }

    private static Contender heed(int prompt, int tokens) {
        CausalModel model;
        try {
            model = PretrainedDecoder.open(LlamaCpp.model("Q4_1")).model();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int[] ids = new int[prompt + tokens];
        Arrays.setAll(ids, i -> 100 + i * 7919 % 40_000);
        return new HeedContender<>(
                HeedContender.NAME, () -> read(model, ids, prompt), logits -> logits);
    }

    private static float[] read(CausalModel model, int[] ids, int prompt) {
        LayerCaches caches = model.newCaches();
        float[] logits =
                model.nextLogits(
                        Arrays.copyOf(ids, prompt), prompt, caches, AttentionProbe.none());
        for (int i = prompt; i < ids.length; i++) {
            logits = model.nextLogits(new int[] {ids[i]}, 1, caches, AttentionProbe.none());
        }
        return logits;
    }

    private LlamaWorks() {}
}
