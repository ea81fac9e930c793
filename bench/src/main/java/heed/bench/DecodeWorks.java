package heed.bench;

import heed.attention.Attention;
import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.BFloat16Heads;
import java.util.ArrayList;
import java.util.List;

/** One query against a long cache: what limits it is reading the keys and values. */
final class DecodeWorks {
    private static final int KEYS = 65_536;

    static List<Work> works(Peers peers) {
        Shape shape = new Shape(ForwardWorks.HEADS, 1, KEYS, 64);
        return List.of(
                new Work(
                        "decode 1 query × %d keys d 64".formatted(KEYS),
                        0,
                        2 * 4.0 * shape.keySize() / 1e9,
                        Work.TOLERANCE,
                        threads -> contenders(peers, shape, threads)),
                new Work(
                        "decode from bfloat16 beside float32, %d keys d 64".formatted(KEYS),
                        0,
                        0,
                        Work.NOT_EQUAL,
                        threads -> halvesAndFloats(shape, threads)));
    }

    private static List<Contender> halvesAndFloats(Shape shape, int threads) {
        Shape.Operands operands = shape.operands();
        AttentionInput halves =
                AttentionInput.of(
                        operands.queries(),
                        BFloat16Heads.rounded(operands.keys()),
                        BFloat16Heads.rounded(operands.values()));
        return List.of(
                new HeedContender<>(
                        "Heed, bfloat16",
                        () -> Attention.forward(halves, threads),
                        output -> output.out().data()),
                ForwardWorks.heed("Heed, float32", operands, AttentionMask.full(), threads));
    }

    private static List<Contender> contenders(Peers peers, Shape shape, int threads) {
        Shape.Operands operands = shape.operands();
        List<Contender> contenders = new ArrayList<>();
        contenders.add(
                ForwardWorks.heed(HeedContender.NAME, operands, AttentionMask.full(), threads));
        peers.torch().ifPresent(p -> contenders.add(p.attention(operands, false, threads)));
        return contenders;
    }

    private DecodeWorks() {}
}
