package heed.bench;

import heed.attention.AttentionMask;
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
                        threads -> contenders(peers, shape, threads)));
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
