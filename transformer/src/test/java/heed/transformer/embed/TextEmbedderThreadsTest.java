package heed.transformer.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import heed.transformer.model.PretrainedEncoder;
import heed.transformer.testing.Texts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One embedder and many threads. */
@Timeout(120)
final class TextEmbedderThreadsTest {
    private static final int THREADS = 8;
    private static final int CALLS = 6;

    @TempDir private Path folder = Path.of("");

    private TextEmbedder tiny() throws IOException {
        SentenceFolder.write("prompts", folder);
        return TextEmbedder.open(folder.toString());
    }

    @Test
    void manyThreadsGetTheBitsThatOneGets() throws Exception {
        List<String> texts = Texts.mixed().subList(0, 6);
        try (TextEmbedder embedder = TextEmbedder.open(PretrainedEncoder.MINILM);
                TextEmbedder ofOne =
                        TextEmbedder.builder(PretrainedEncoder.MINILM).threads(1).open();
                ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            float[][] alone = embedder.embed(texts);
            assertThat(ofOne.embed(texts)).isDeepEqualTo(alone);
            CountDownLatch start = new CountDownLatch(THREADS);
            List<Future<?>> results = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                TextEmbedder each = i % 2 == 0 ? embedder : ofOne;
                results.add(
                        threads.submit(
                                () -> {
                                    start.countDown();
                                    start.await();
                                    for (int call = 0; call < CALLS; call++) {
                                        assertThat(each.embed(texts)).isDeepEqualTo(alone);
                                    }
                                    return null;
                                }));
            }
            for (Future<?> result : results) {
                result.get();
            }
        }
    }

    @Test
    void aClosedEmbedderRefuses() throws IOException {
        TextEmbedder embedder = tiny();
        embedder.close();
        embedder.close();

        assertThatIllegalStateException()
                .isThrownBy(() -> embedder.embed(List.of("the rain")))
                .withMessage("the embedder of %s is closed", folder);
        assertThatIllegalStateException().isThrownBy(() -> embedder.embed(List.of(), Role.QUERY));
    }

    @Test
    void isNotClosedFromWithinACall() throws IOException {
        try (TextEmbedder embedder = TextEmbedder.open("minilm")) {
            AutoCloseable itself = embedder;
            assertThatIllegalStateException()
                    .isThrownBy(() -> embedder.embed(List.of("a"), "", done -> close(itself)))
                    .withMessage("the embedder of minilm cannot be closed from within a call");
            assertThat(embedder.embed(List.of("a"))).hasDimensions(1, 384);
        }
    }

    private static void close(AutoCloseable one) {
        try {
            one.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("something else", e);
        }
    }

    @Test
    void closingWaitsForACallUnderWay()
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        TextEmbedder embedder = tiny();
        float[][] expected = embedder.embed(List.of("the rain"));
        CountDownLatch underWay = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<float[][]> call =
                    threads.submit(
                            () ->
                                    embedder.embed(
                                                    List.of("the rain"),
                                                    "",
                                                    done -> {
                                                        underWay.countDown();
                                                        await(goOn);
                                                    })
                                            .vectors());
            underWay.await();
            CountDownLatch closing = new CountDownLatch(1);
            Future<?> close =
                    threads.submit(
                            () -> {
                                closing.countDown();
                                embedder.close();
                            });
            closing.await();
            boolean waits = false;
            try {
                close.get(200, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                waits = true;
            }
            assertThat(waits).isTrue();
            goOn.countDown();
            assertThat(call.get()).isDeepEqualTo(expected);
            close.get(10, TimeUnit.SECONDS);
        }
        assertThatIllegalStateException().isThrownBy(() -> embedder.embed(List.of("the rain")));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
