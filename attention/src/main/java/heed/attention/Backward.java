package heed.attention;

import static heed.attention.Preconditions.check;

import heed.attention.kernel.BackwardKernel;
import heed.attention.kernel.BackwardProblem;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks what the backward pass is given, and makes room for what it gives. */
final class Backward {

    static AttentionGradients run(
            AttentionInput input,
            AttentionOutput output,
            Heads dOut,
            int threads,
            @Nullable Heads dBias) {
        check(threads >= 1, "attention needs at least 1 thread, not %d", threads);
        checkShape("an output", output.out(), input);
        checkShape("an output gradient", dOut, input);
        KeyValueHeads k = input.k();
        List<Heads> dq =
                Stream.generate(() -> input.q().zerosLike(k.columns()))
                        .limit(BackwardKernel.segments(k.heads(), k.rows()))
                        .toList();
        Heads dk = k.zerosLike(k.columns());
        Heads dv = input.v().zerosLike(input.v().columns());
        BackwardKernel.run(
                new BackwardProblem(
                        input.forKernel(),
                        output.out().view(),
                        output.lse(),
                        dOut.view(),
                        dq.stream().map(Heads::view).toList(),
                        dk.view(),
                        dv.view(),
                        dBias == null ? null : dBias.view()),
                threads);
        return new AttentionGradients(
                dq.getFirst(), dk, dv, sinkGradients(input, output, dOut), dBias);
    }

    /**
     * {@code −Σ_i exp(sink − LSE_i) · Δ_i}, with {@code Δ_i = Σ dO_i ∘ O_i}: a sink is a score
     * without a value.
     */
    private static float @Nullable [] sinkGradients(
            AttentionInput input, AttentionOutput output, Heads dOut) {
        float[] sinks = input.sinks();
        if (sinks == null) {
            return null;
        }
        float[] gradients = new float[sinks.length];
        for (int head = 0; head < sinks.length; head++) {
            double sum = 0;
            for (int i = 0; i < dOut.rows(); i++) {
                double delta = 0;
                for (int c = 0; c < dOut.columns(); c++) {
                    delta += (double) dOut.get(head, i, c) * output.out().get(head, i, c);
                }
                float lse = output.lse(head, i);
                if (lse != Float.NEGATIVE_INFINITY) {
                    sum += Math.exp(sinks[head] - (double) lse) * delta;
                }
            }
            gradients[head] = (float) -sum;
        }
        return gradients;
    }

    private static void checkShape(String what, Heads out, AttentionInput input) {
        Heads q = input.q();
        int columns = input.v().columns();
        check(
                out.heads() == q.heads() && out.rows() == q.rows() && out.columns() == columns,
                "%s of shape [%d, %d, %d] for an input whose output is [%d, %d, %d]",
                what,
                out.heads(),
                out.rows(),
                out.columns(),
                q.heads(),
                q.rows(),
                columns);
    }

    private Backward() {}
}
