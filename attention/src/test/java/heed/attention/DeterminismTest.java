package heed.attention;

import static heed.attention.Agreement.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same bits whatever the number of threads, and whoever else computes. */
class DeterminismTest {
    private static final Shape SHAPE = new Shape(6, 3, 515, 643, 40, 24);

    static Stream<AttentionInput> inputs() {
        AttentionInput input = SHAPE.input(1, 3);
        AttentionMask documents = AttentionMask.documents(200, 1, 99, 343);
        return Stream.of(
                input,
                input.withMask(AttentionMask.causal()),
                input.withMask(AttentionMask.slidingWindow(70, 9).or(documents)),
                input.withBias(AttentionBias.alibi(6)).withSinks(1, 2, 3, 4, 5, 6).withSoftCap(9),
                input.withMask(AttentionMask.causal()).withDropout(new AttentionDropout(0.3, 5)),
                new Shape(3, 1, 1, 20_000, 40, 24).input(2));
    }

    @ParameterizedTest
    @MethodSource("inputs")
    @Tag("numeric")
    void anyNumberOfThreadsGivesTheSameBits(AttentionInput input) {
        AttentionOutput one = Attention.forward(input, 1);
        for (int threads = 2; threads <= 5; threads++) {
            assertSameBits(Attention.forward(input, threads), one);
        }
        assertSameBits(Attention.forward(input), one);
        assertSameBits(Attention.forward(input, 1), one);
    }

    @ParameterizedTest
    @MethodSource("inputs")
    @Tag("numeric")
    void arraysThatAreThereGetTheSameBits(AttentionInput input) {
        AttentionOutput fresh = Attention.forward(input, 2);
        AttentionOutput output =
                new AttentionOutput(
                        used(input.q(), input.v().columns()), new float[fresh.lse().length]);
        Attention.forward(input, output, 2);
        assertSameBits(output, fresh);
        Heads dOut = used(fresh.out(), fresh.out().columns());
        AttentionGradients expected = Attention.backward(input, fresh, dOut, 2);
        AttentionGradients gradients =
                new AttentionGradients(
                        used(input.q(), input.q().columns()),
                        used(input.k(), input.k().columns()),
                        used(input.v(), input.v().columns()),
                        null,
                        null);
        Attention.backward(input, output, dOut, gradients, 2);
        assertThat(gradients.dq().data()).isEqualTo(expected.dq().data());
        assertThat(gradients.dk().data()).isEqualTo(expected.dk().data());
        assertThat(gradients.dv().data()).isEqualTo(expected.dv().data());
    }

    /** What holds something already. */
    private static Heads used(KeyValueHeads like, int columns) {
        Heads heads = like.zerosLike(columns);
        for (int i = 0; i < heads.data().length; i++) {
            heads.data()[i] = i % 7 - 3;
        }
        return heads;
    }

    @Test
    void arraysOfAnotherShapeAreRefused() {
        Heads right = Heads.zeros(2, 5, 8);
        AttentionInput input = AttentionInput.of(right, right, right);
        AttentionOutput output = Attention.forward(input);
        Heads wrong = Heads.zeros(2, 4, 8);
        assertThat(
                        catchThrowable(
                                () ->
                                        Attention.forward(
                                                input,
                                                new AttentionOutput(wrong, new float[8]),
                                                1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("an output of shape [2, 4, 8] where the input asks for [2, 5, 8]");
        assertThat(
                        catchThrowable(
                                () ->
                                        Attention.backward(
                                                input,
                                                output,
                                                right,
                                                new AttentionGradients(
                                                        right, wrong, right, null, null),
                                                1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "a gradient of keys of shape [2, 4, 8] where the input asks for [2, 5, 8]");
    }

    @Test
    void moreThreadsThanTasksAreNoError() {
        AttentionInput input = Shape.of(1, 2, 8).input(3);
        assertSameBits(Attention.forward(input, 64), Attention.forward(input, 1));
    }

    @Test
    void concurrentCallersGetTheirOwnResults() throws InterruptedException, ExecutionException {
        int callers = 6;
        List<AttentionInput> inputs = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            inputs.add(SHAPE.input(10L * i).withMask(AttentionMask.slidingWindow(i, 90)));
        }
        List<AttentionOutput> expected =
                inputs.stream().map(input -> Attention.forward(input, 1)).toList();
        try (ExecutorService executor = Executors.newFixedThreadPool(callers)) {
            List<Future<AttentionOutput>> futures = new ArrayList<>();
            for (int call = 0; call < 4 * callers; call++) {
                AttentionInput input = inputs.get(call % callers);
                int threads = 1 + call % 3;
                futures.add(executor.submit(() -> Attention.forward(input, threads)));
            }
            for (int call = 0; call < futures.size(); call++) {
                assertSameBits(futures.get(call).get(), expected.get(call % callers));
            }
        }
    }

    @Test
    void anErrorInAMaskReachesTheCallerAndTheNextCallWorks() {
        AttentionInput input = SHAPE.input(4);
        AttentionMask broken =
                AttentionMask.predicate(
                        (head, query, key) -> {
                            throw new IllegalStateException("mask of head " + head);
                        });
        AttentionOutput expected = Attention.forward(input, 1);
        for (int threads = 1; threads <= 3; threads++) {
            int count = threads;
            assertThat(catchThrowable(() -> Attention.forward(input.withMask(broken), count)))
                    .hasStackTraceContaining("mask of head");
            assertSameBits(Attention.forward(input, count), expected);
        }
    }
}
