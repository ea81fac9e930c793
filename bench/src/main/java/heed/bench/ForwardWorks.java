package heed.bench;

import heed.attention.Attention;
import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import java.util.ArrayList;
import java.util.List;

/** The forward pass. */
final class ForwardWorks {
    static final int HEADS = 12;

    /** Largest n at which a peer that stores all scores is asked: 12 · n² · 4 bytes. */
    private static final int MOST_STORED = 2048;

    static List<Work> works(Peers peers) {
        List<Work> works = new ArrayList<>();
        for (int n : new int[] {512, 2048, 8192}) {
            works.add(work(peers, Shape.square(HEADS, n, 64), false));
            works.add(work(peers, Shape.square(HEADS, n, 64), true));
        }
        works.add(work(peers, Shape.square(HEADS, 2048, 128), false));
        works.add(work(peers, Shape.square(HEADS, 2048, 128), true));
        return works;
    }

    /** What takes minutes. */
    static List<Work> longWorks(Peers peers) {
        Shape shape = Shape.square(HEADS, 32768, 64);
        return List.of(
                work(peers, shape, false),
                work(peers, shape, true),
                new Work(
                        "window 1024 beside all causal keys, n 32768 d 64",
                        0,
                        0,
                        Work.NOT_EQUAL,
                        threads -> windowAndAll(shape, threads)));
    }

    private static List<Contender> windowAndAll(Shape shape, int threads) {
        Shape.Operands operands = shape.operands();
        return List.of(
                heed("Heed, window", operands, AttentionMask.slidingWindow(1024), threads),
                heed("Heed, all keys", operands, AttentionMask.causal(), threads));
    }

    static Work work(Peers peers, Shape shape, boolean causal) {
        return new Work(
                "forward n %d d %d %s"
                        .formatted(shape.queries(), shape.columns(), causal ? "causal" : "full"),
                shape.gigaflop(causal),
                0,
                Work.TOLERANCE,
                threads -> contenders(peers, shape, causal, threads));
    }

    private static List<Contender> contenders(
            Peers peers, Shape shape, boolean causal, int threads) {
        Shape.Operands operands = shape.operands();
        AttentionMask mask = causal ? AttentionMask.causal() : AttentionMask.full();
        List<Contender> contenders = new ArrayList<>();
        contenders.add(heed(HeedContender.NAME, operands, mask, threads));
        peers.torch().ifPresent(p -> contenders.add(p.attention(operands, causal, threads)));
        // Without a mask ONNX Runtime does not store the scores; with one it does.
        boolean stored = shape.queries() <= MOST_STORED;
        if (stored || !causal) {
            peers.onnx()
                    .ifPresent(
                            p -> contenders.add(p.multiHeadAttention(operands, causal, threads)));
        }
        if (stored) {
            peers.onnx().ifPresent(p -> contenders.add(p.attention(operands, causal, threads)));
        }
        return contenders;
    }

    static Contender heed(String name, Shape.Operands operands, AttentionMask mask, int threads) {
        AttentionInput input =
                AttentionInput.of(operands.queries(), operands.keys(), operands.values())
                        .withMask(mask);
        return new HeedContender<>(
                name, () -> Attention.forward(input, threads), output -> output.out().data());
    }

    private ForwardWorks() {}
}
