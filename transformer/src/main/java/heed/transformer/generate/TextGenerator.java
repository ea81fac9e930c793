package heed.transformer.generate;

import heed.attention.KvCache;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.model.CausalModel;
import heed.transformer.model.LayerCaches;
import heed.transformer.model.PretrainedDecoder;
import heed.transformer.tokenizer.StreamingDecoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Goes on with a text, left to right: the prompt in tiles, then token by token over a cache of keys
 * and values.
 */
public final class TextGenerator {
    /** Likeliest tokens that a step tells of, unless more are asked for. */
    private static final int ALTERNATIVES = 5;

    private final PretrainedDecoder decoder;
    private final int tile;
    private final int alternatives;

    /** Why no more came. */
    public enum Stop {
        /** As many tokens as were asked for. */
        LENGTH,
        /** The model's own end of the text. */
        END,
        /** A stop string. */
        STRING,
        /** The model reads no more tokens. */
        CONTEXT
    }

    /** A token and its log-probability, by the model's own logits. */
    public record Candidate(int id, double logprob) {}

    /**
     * A token that came.
     *
     * @param id its number in the vocabulary
     * @param text what can be told of the text by now, behind what was told before
     * @param logprob its log-probability, before temperature and penalties
     * @param top the likeliest tokens, the best first
     */
    public record Step(int id, String text, double logprob, List<Candidate> top) {
        public Step {
            top = List.copyOf(top);
        }
    }

    /**
     * All that came.
     *
     * @param text without the stop string, if one ended it
     */
    public record Result(List<Step> steps, String text, Stop stop) {
        public Result {
            steps = List.copyOf(steps);
        }
    }

    /**
     * @throws IllegalArgumentException if the model has no output layer
     */
    public TextGenerator(PretrainedDecoder decoder) {
        this(decoder, CausalModel.TILE, ALTERNATIVES);
    }

    /**
     * @param alternatives how many of the likeliest tokens each step tells of
     * @throws IllegalArgumentException if the model has no output layer
     */
    public TextGenerator(PretrainedDecoder decoder, int alternatives) {
        this(decoder, CausalModel.TILE, alternatives);
    }

    TextGenerator(PretrainedDecoder decoder, int tile, int alternatives) {
        if (!decoder.model().hasLogits()) {
            throw new IllegalArgumentException(
                    "%s has no output layer: it makes vectors of texts, and writes none"
                            .formatted(decoder.name()));
        }
        this.decoder = decoder;
        this.tile = tile;
        this.alternatives = alternatives;
    }

    /**
     * Goes on with a prompt.
     *
     * @param prompt at least one token
     * @param most tokens to come at most
     * @param storage what the keys and values of the tokens are kept as
     * @param stops strings that end the text
     * @param probe sees the attention of every pass: of the prompt, and of each token but the last
     * @param listener told of each token when it comes
     * @throws IllegalArgumentException if there is no prompt, or the model cannot read it
     */
    public Result generate(
            int[] prompt,
            int most,
            Sampler sampler,
            KvCache.Storage storage,
            List<String> stops,
            AttentionProbe probe,
            Consumer<Step> listener) {
        CausalModel model = decoder.model();
        if (prompt.length < 1 || prompt.length > model.positions()) {
            throw new IllegalArgumentException(
                    "a prompt of %d tokens, the model reads 1 to %d"
                            .formatted(prompt.length, model.positions()));
        }
        int room = (int) Math.min(model.positions(), (long) prompt.length + most);
        LayerCaches caches = model.newCaches(room, storage);
        StreamingDecoder streaming = decoder.tokenizer().streamingDecoder(prompt);
        StringBuilder text = new StringBuilder();
        List<Step> steps = new ArrayList<>();
        int[] all = prompt;
        int[] next = prompt;
        while (steps.size() < most) {
            if (caches.length() + next.length > model.positions() && !steps.isEmpty()) {
                return new Result(steps, text.append(streaming.end()).toString(), Stop.CONTEXT);
            }
            float[] logits = model.nextLogits(next, tile, caches, probe);
            int id = sampler.next(logits, all);
            if (decoder.ends().contains(id)) {
                return new Result(steps, text.append(streaming.end()).toString(), Stop.END);
            }
            String told = streaming.next(id);
            text.append(told);
            Step step = step(id, told, logits);
            steps.add(step);
            listener.accept(step);
            int end = firstStop(text, stops);
            if (end >= 0) {
                return new Result(steps, text.substring(0, end), Stop.STRING);
            }
            next = new int[] {id};
            all = Arrays.copyOf(all, all.length + 1);
            all[all.length - 1] = id;
        }
        return new Result(steps, text.append(streaming.end()).toString(), Stop.LENGTH);
    }

    private Step step(int id, String text, float[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        double logSum = max + Math.log(sum);
        List<Candidate> top =
                likeliest(logits).stream().map(i -> new Candidate(i, logits[i] - logSum)).toList();
        return new Step(id, text, logits[id] - logSum, top);
    }

    /** The numbers of the largest logits, the largest first; of equal ones the first. */
    private List<Integer> likeliest(float[] logits) {
        List<Integer> best = new ArrayList<>();
        for (int i = 0; i < logits.length; i++) {
            int at = best.size();
            while (at > 0 && logits[i] > logits[best.get(at - 1)]) {
                at--;
            }
            if (at < alternatives) {
                best.add(at, i);
                if (best.size() > alternatives) {
                    best.removeLast();
                }
            }
        }
        return best;
    }

    private static int firstStop(CharSequence text, List<String> stops) {
        return stops.stream()
                .mapToInt(stop -> text.toString().indexOf(stop))
                .filter(at -> at >= 0)
                .min()
                .orElse(-1);
    }
}
