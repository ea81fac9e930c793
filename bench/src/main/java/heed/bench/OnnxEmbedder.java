package heed.bench;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * MiniLM as it is run by ONNX Runtime in Java programs today: each text is cut into tokens and run
 * alone, its hidden states are averaged and scaled to length 1. Several threads share the texts,
 * and a run keeps to its thread.
 */
final class OnnxEmbedder implements Contender {
    private static final String MODEL = "heed-minilm/all-minilm-l6-v2.onnx";
    private static final String TOKENIZER = "heed-minilm/all-minilm-l6-v2-tokenizer.json";
    private static final int FEATURES = 384;

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final HuggingFaceTokenizer tokenizer;
    private final ExecutorService executor;
    private final List<String> texts;
    private final int threads;

    OnnxEmbedder(OnnxRuntime runtime, List<String> texts, int threads) {
        this.texts = texts;
        this.threads = threads;
        try {
            session = runtime.session(Resources.bytes(MODEL), 1);
            tokenizer =
                    HuggingFaceTokenizer.newInstance(
                            new ByteArrayInputStream(Resources.bytes(TOKENIZER)),
                            Map.of("padding", "false", "truncation", "false"));
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
        float[] embeddings = new float[texts.size() * FEATURES];
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
        try {
            int text = next.getAndIncrement();
            for (; text < texts.size(); text = next.getAndIncrement()) {
                embed(texts.get(text), embeddings, text * FEATURES);
            }
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    private void embed(String text, float[] to, int at) throws OrtException {
        Encoding encoding = tokenizer.encode(text, true, false);
        long[] shape = {1, encoding.getIds().length};
        try (OnnxTensor ids = tensor(encoding.getIds(), shape);
                OnnxTensor mask = tensor(encoding.getAttentionMask(), shape);
                OnnxTensor types = tensor(encoding.getTypeIds(), shape);
                OrtSession.Result result =
                        session.run(
                                Map.of(
                                        "input_ids", ids,
                                        "attention_mask", mask,
                                        "token_type_ids", types))) {
            FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
            float[] hidden = new float[buffer.remaining()];
            buffer.get(hidden);
            pool(hidden, to, at);
        }
    }

    private OnnxTensor tensor(long[] values, long[] shape) throws OrtException {
        return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape);
    }

    static void pool(float[] hidden, float[] to, int at) {
        for (int i = 0; i < hidden.length; i += FEATURES) {
            for (int c = 0; c < FEATURES; c++) {
                to[at + c] += hidden[i + c];
            }
        }
        double squares = 0;
        for (int c = 0; c < FEATURES; c++) {
            squares += (double) to[at + c] * to[at + c];
        }
        float factor = (float) (1 / Math.sqrt(squares));
        for (int c = 0; c < FEATURES; c++) {
            to[at + c] *= factor;
        }
    }

    @Override
    public void close() {
        executor.shutdown();
        tokenizer.close();
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }
}
