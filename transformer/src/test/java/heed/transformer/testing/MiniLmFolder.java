package heed.transformer.testing;

import heed.transformer.checkpoint.OnnxFile;
import heed.transformer.checkpoint.SafetensorsWriter;
import heed.transformer.checkpoint.Tensor;
import heed.transformer.checkpoint.Weights;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The default model as it is kept at Hugging Face, made of its ONNX file: linear weights become
 * {@code [out, in]}.
 */
public final class MiniLmFolder {
    private static final String CONFIG =
            """
            {"model_type": "bert", "architectures": ["BertModel"], "vocab_size": 30522,
             "max_position_embeddings": 512, "type_vocab_size": 2, "hidden_size": 384,
             "intermediate_size": 1536, "num_hidden_layers": 6, "num_attention_heads": 12,
             "hidden_act": "gelu", "layer_norm_eps": 1e-12, "position_embedding_type": "absolute",
             "pad_token_id": 0}
            """;

    public static void write(Path folder) throws IOException {
        Files.writeString(folder.resolve("config.json"), CONFIG);
        Files.write(
                folder.resolve("tokenizer.json"),
                resource("/heed-minilm/all-minilm-l6-v2-tokenizer.json"));
        Weights weights =
                OnnxFile.of(
                                ByteBuffer.wrap(resource("/heed-minilm/all-minilm-l6-v2.onnx")),
                                "MiniLM")
                        .weights();
        SafetensorsWriter safetensors = new SafetensorsWriter();
        for (String name : weights.names()) {
            if (name.endsWith(".weight") || name.endsWith(".bias")) {
                Tensor tensor = weights.get(name);
                boolean linear = name.startsWith("encoder.") && tensor.shape().size() == 2;
                Tensor stored = linear ? transposed(tensor) : tensor;
                safetensors.put(name, stored.shape(), stored.data());
            }
        }
        safetensors.write(folder.resolve("model.safetensors"));
    }

    private static Tensor transposed(Tensor matrix) {
        int rows = matrix.shape().get(0);
        int columns = matrix.shape().get(1);
        float[] data = new float[rows * columns];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                data[column * rows + row] = matrix.data()[row * columns + column];
            }
        }
        return new Tensor(List.of(columns, rows), data);
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream stream = MiniLmFolder.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new AssertionError(name + " is not on the class path");
            }
            return stream.readAllBytes();
        }
    }

    private MiniLmFolder() {}
}
