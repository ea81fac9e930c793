package heed.bench;

import heed.simd.PackedMatrix;
import java.util.ArrayList;
import java.util.List;

/** Linear layers: {@code y = x · weight + bias}. */
final class LinearWorks {

    /**
     * What a linear layer is computed from.
     *
     * @param rows rows of x
     * @param in columns of x
     * @param out columns of y
     * @param x {@code [rows, in]}
     * @param weight {@code [in, out]}
     * @param bias {@code [out]}
     */
    record Operands(int rows, int in, int out, float[] x, float[] weight, float[] bias) {

        static Operands of(int rows, int in, int out) {
            return new Operands(
                    rows,
                    in,
                    out,
                    Shape.normal(1, rows * in, 1),
                    Shape.normal(2, in * out, 1 / Math.sqrt(in)),
                    Shape.normal(3, out, 1));
        }

        /** {@code [out, in]}. */
        float[] transposedWeight() {
            float[] transposed = new float[weight.length];
            for (int i = 0; i < in; i++) {
                for (int j = 0; j < out; j++) {
                    transposed[j * in + i] = weight[i * out + j];
                }
            }
            return transposed;
        }
    }

    static List<Work> works(Peers peers) {
        return List.of(
                work(peers, 512, 768, 3072),
                work(peers, 512, 3072, 768),
                work(peers, 1, 768, 3072));
    }

    private static Work work(Peers peers, int rows, int in, int out) {
        return new Work(
                "linear %d × %d × %d".formatted(rows, in, out),
                2.0 * rows * in * out / 1e9,
                0,
                Work.TOLERANCE,
                threads -> contenders(peers, Operands.of(rows, in, out), threads));
    }

    private static List<Contender> contenders(Peers peers, Operands operands, int threads) {
        List<Contender> contenders = new ArrayList<>();
        contenders.add(heed(operands, threads));
        peers.torch().ifPresent(p -> contenders.add(p.linear(operands, threads)));
        peers.onnx().ifPresent(p -> contenders.add(p.linear(operands, threads)));
        return contenders;
    }

    private static Contender heed(Operands operands, int threads) {
        int rows = operands.rows();
        PackedMatrix weight = PackedMatrix.pack(operands.in(), operands.out(), operands.weight());
        return new HeedContender<>(
                HeedContender.NAME,
                () -> {
                    float[] y = new float[rows * operands.out()];
                    weight.multiply(operands.x(), rows, operands.bias(), y, threads);
                    return y;
                },
                y -> y);
    }

    private LinearWorks() {}
}
