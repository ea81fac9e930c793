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
import java.util.Map;

/**
 * MiniLM as it is run by ONNX Runtime in Java programs today: each text is cut into tokens and run
 * alone, its hidden states are averaged and scaled to length 1. Any number of threads may use it.
 */
final class OnnxMiniLm implements AutoCloseable {
    static final int FEATURES = 384;

    private static final String MODEL = "heed-minilm/all-minilm-l6-v2.onnx";
    private static final String TOKENIZER = "heed-minilm/all-minilm-l6-v2-tokenizer.json";

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final HuggingFaceTokenizer tokenizer;

    /**
     * @param threads that a run uses
     */
    OnnxMiniLm(OnnxRuntime runtime, int threads) {
        try {
            session = runtime.session(Resources.bytes(MODEL), threads);
            tokenizer =
                    HuggingFaceTokenizer.newInstance(
                            new ByteArrayInputStream(Resources.bytes(TOKENIZER)),
                            Map.of("padding", "false", "truncation", "false"));
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its vector {@code [384]}. */
    float[] embed(String text) {
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
            return pool(hidden);
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    private OnnxTensor tensor(long[] values, long[] shape) throws OrtException {
        return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape);
    }

    private static float[] pool(float[] hidden) {
        float[] vector = new float[FEATURES];
        for (int i = 0; i < hidden.length; i += FEATURES) {
            for (int c = 0; c < FEATURES; c++) {
                vector[c] += hidden[i + c];
            }
        }
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        float factor = (float) (1 / Math.sqrt(squares));
        for (int c = 0; c < FEATURES; c++) {
            vector[c] *= factor;
        }
        return vector;
    }

    @Override
    public void close() {
        tokenizer.close();
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }
}
