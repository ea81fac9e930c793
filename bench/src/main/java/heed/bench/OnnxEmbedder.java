package heed.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Many texts with {@link OnnxMiniLm}: several threads share them, and a run keeps to its thread.
 */
final class OnnxEmbedder implements Contender {
    private final OnnxMiniLm model;
    private final ExecutorService executor;
    private final List<String> texts;
    private final int threads;

    OnnxEmbedder(OnnxRuntime runtime, List<String> texts, int threads) {
        this.texts = texts;
        this.threads = threads;
        model = new OnnxMiniLm(runtime, 1);
        executor = Executors.newFixedThreadPool(threads);
    }

    @Override
    public String name() {
        return OnnxRuntime.NAME;
    }

    @Override
    public void run() {
        var _ = result();
    }

    @Override
    public float[] result() {
        float[] embeddings = new float[texts.size() * OnnxMiniLm.FEATURES];
        AtomicInteger next = new AtomicInteger();
        List<Future<?>> workers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            workers.add(executor.submit(() -> embedAll(next, embeddings)));
        }
        try {
            for (Future<?> worker : workers) {
                worker.get();
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
        return embeddings;
    }

    private void embedAll(AtomicInteger next, float[] embeddings) {
        int text = next.getAndIncrement();
        for (; text < texts.size(); text = next.getAndIncrement()) {
            int features = OnnxMiniLm.FEATURES;
            System.arraycopy(
                    model.embed(texts.get(text)), 0, embeddings, text * features, features);
        }
    }

    @Override
    public void close() {
        executor.shutdown();
        model.close();
    }
}
