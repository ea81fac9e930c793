package heed.attention;

import static heed.attention.Preconditions.check;

import heed.attention.kernel.BackwardKernel;
import heed.attention.kernel.BackwardProblem;
import heed.attention.kernel.HeadView;
import heed.simd.ThreadTeam;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Checks what the backward pass is given, and makes room for what it gives. */
final class Backward {

    static AttentionGradients run(
            AttentionInput input,
            AttentionOutput output,
            Heads dOut,
            int threads,
            @Nullable Heads dBias) {
        checkShape("an output", output.out(), input);
        checkShape("an output gradient", dOut, input);
        List<Heads> zeros =
                zeros(
                        threads,
                        List.of(
                                () -> input.q().zerosLike(input.k().columns()),
                                () -> input.k().zerosLike(input.k().columns()),
                                () -> input.v().zerosLike(input.v().columns())));
        AttentionGradients gradients =
                new AttentionGradients(
                        zeros.get(0),
                        zeros.get(1),
                        zeros.get(2),
                        sinkGradients(input, output, dOut),
                        dBias);
        add(input, output, dOut, threads, gradients);
        return gradients;
    }

    /** Overwrites the gradients of queries, keys and values. */
    static void overwrite(
            AttentionInput input,
            AttentionOutput output,
            Heads dOut,
            int threads,
            AttentionGradients gradients) {
        checkShape("an output", output.out(), input);
        checkShape("an output gradient", dOut, input);
        checkShape("a gradient of queries", gradients.dq(), input.q(), input.k().columns());
        checkShape("a gradient of keys", gradients.dk(), input.k(), input.k().columns());
        checkShape("a gradient of values", gradients.dv(), input.v(), input.v().columns());
        gradients.dq().fill(0);
        gradients.dk().fill(0);
        gradients.dv().fill(0);
        add(input, output, dOut, threads, gradients);
    }

    private static void add(
            AttentionInput input,
            AttentionOutput output,
            Heads dOut,
            int threads,
            AttentionGradients gradients) {
        check(threads >= 1, "attention needs at least 1 thread, not %d", threads);
        KeyValueHeads k = input.k();
        int slices = BackwardKernel.slices(k.heads(), k.rows(), threads);
        List<Supplier<Heads>> further =
                Collections.nCopies(slices - 1, () -> gradients.dq().zerosLike(k.columns()));
        List<HeadView> dq = new ArrayList<>();
        dq.add(gradients.dq().view());
        zeros(threads, further).forEach(part -> dq.add(part.view()));
        Heads dBias = gradients.dBias();
        BackwardKernel.run(
                new BackwardProblem(
                        input.forKernel(),
                        output.out().view(),
                        output.lse(),
                        dOut.view(),
                        dq,
                        BackwardKernel.segments(k.heads(), k.rows()),
                        gradients.dk().view(),
                        gradients.dv().view(),
                        dBias == null ? null : dBias.view()),
                threads);
    }

    /** Made by several threads: with many, one would take longer for it than they for the rest. */
    private static List<Heads> zeros(int threads, List<Supplier<Heads>> makers) {
        Heads[] zeros = new Heads[makers.size()];
        ThreadTeam.run(threads, zeros.length, () -> i -> zeros[i] = makers.get(i).get());
        return List.of(zeros);
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

    static void checkShape(String what, Heads out, AttentionInput input) {
        checkShape(what, out, input.q(), input.v().columns());
    }

    private static void checkShape(String what, Heads heads, KeyValueHeads like, int columns) {
        check(
                heads.heads() == like.heads()
                        && heads.rows() == like.rows()
                        && heads.columns() == columns,
                "%s of shape [%d, %d, %d] where the input asks for [%d, %d, %d]",
                what,
                heads.heads(),
                heads.rows(),
                heads.columns(),
                like.heads(),
                like.rows(),
                columns);
    }

    private Backward() {}
}
