package heed.bench;

import heed.attention.Attention;
import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.AttentionOutput;
import heed.attention.Heads;
import java.util.ArrayList;
import java.util.List;

/** The backward pass, given the forward pass. */
final class BackwardWorks {
    /** Five products of n × n × d where the forward pass has two. */
    private static final double OF_FORWARD = 2.5;

    static List<Work> works(Peers peers) {
        Shape shape = Shape.square(ForwardWorks.HEADS, 2048, 64);
        return List.of(work(peers, shape, false), work(peers, shape, true));
    }

    private static Work work(Peers peers, Shape shape, boolean causal) {
        return new Work(
                "backward n %d d %d %s"
                        .formatted(shape.queries(), shape.columns(), causal ? "causal" : "full"),
                OF_FORWARD * shape.gigaflop(causal),
                0,
                Work.TOLERANCE,
                threads -> contenders(peers, shape, causal, threads));
    }

    private static List<Contender> contenders(
            Peers peers, Shape shape, boolean causal, int threads) {
        Shape.Operands operands = shape.operands();
        float[] dOut = Shape.normal(4, shape.querySize(), 1);
        List<Contender> contenders = new ArrayList<>();
        contenders.add(heed(operands, dOut, causal, threads));
        peers.torch()
                .ifPresent(
                        p -> contenders.add(p.attentionBackward(operands, dOut, causal, threads)));
        return contenders;
    }

    private static Contender heed(
            Shape.Operands operands, float[] dOut, boolean causal, int threads) {
        AttentionInput input =
                AttentionInput.of(operands.queries(), operands.keys(), operands.values())
                        .withMask(causal ? AttentionMask.causal() : AttentionMask.full());
        AttentionOutput output = Attention.forward(input, threads);
        Shape shape = operands.shape();
        Heads dOutput = Heads.of(shape.heads(), shape.queries(), shape.columns(), dOut);
        return new HeedContender<>(
                HeedContender.NAME,
                () -> Attention.backward(input, output, dOutput, threads),
                gradients ->
                        Shape.concatenated(
                                gradients.dq().data(),
                                gradients.dk().data(),
                                gradients.dv().data()));
    }

    private BackwardWorks() {}
}
