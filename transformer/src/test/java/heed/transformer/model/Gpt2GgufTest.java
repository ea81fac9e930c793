package heed.transformer.model;

import static heed.transformer.testing.Differences.largestScaled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.GgufFile;
import heed.transformer.checkpoint.SafetensorsFile;
import heed.transformer.checkpoint.Tensor;
import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.testing.GgufBytes;
import heed.transformer.testing.GoldenModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The golden GPT-2 in the layout that GGUF files have: other names, weights transposed. */
final class Gpt2GgufTest {
    private static final int F32 = 0;
    private static final int ALIGNMENT = 32;
    private static final Map<String, String> OF_BLOCK =
            Map.of(
                    "ln_1", "attn_norm",
                    "attn.c_attn", "attn_qkv",
                    "attn.c_proj", "attn_output",
                    "ln_2", "ffn_norm",
                    "mlp.c_fc", "ffn_up",
                    "mlp.c_proj", "ffn_down");

    @TempDir Path folder;
    private final GoldenModel golden = GoldenModel.open("gpt2");

    @Test
    void isTheSameModelInEitherLayout() throws IOException {
        CausalModel model = CausalModels.open(GgufFile.open(write("gpt2")));
        float[] logits =
                model.logits(model.forward(golden.ids(), model.newCaches(), AttentionProbe.none()));
        float[] expected = golden.tensors().get("logits", golden.ids().length, model.vocabulary());
        assertThat(largestScaled(logits, expected)).isLessThan(1e-4);
    }

    @Test
    void anUnknownArchitectureIsRefusedByName() throws IOException {
        Path file = write("rwkv");
        assertThatThrownBy(() -> CausalModels.open(GgufFile.open(file)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageEndingWith(
                        "the architecture is rwkv; gpt2, gemma3, llama, qwen2, qwen3, phi3 can be read");
    }

    private Path write(String architecture) throws IOException {
        Map<String, Tensor> tensors = tensors();
        GgufBytes bytes =
                new GgufBytes(3, tensors.size(), 6)
                        .value("general.architecture", architecture)
                        .value("gpt2.context_length", positions())
                        .value("gpt2.embedding_length", 32)
                        .value("gpt2.feed_forward_length", 48)
                        .value("gpt2.block_count", 2)
                        .value("gpt2.attention.head_count", 4);
        long offset = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            List<Integer> shape = entry.getValue().shape();
            long[] reversed = new long[shape.size()];
            for (int i = 0; i < reversed.length; i++) {
                reversed[i] = shape.get(reversed.length - 1 - i);
            }
            bytes.tensor(entry.getKey(), F32, offset, reversed.length, reversed);
            offset += aligned(4L * entry.getValue().data().length);
        }
        bytes.aligned(ALIGNMENT);
        for (Tensor tensor : tensors.values()) {
            for (float value : tensor.data()) {
                bytes.u32(Float.floatToIntBits(value));
            }
            bytes.aligned(ALIGNMENT);
        }
        return Files.write(folder.resolve(architecture + ".gguf"), bytes.bytes());
    }

    private Map<String, Tensor> tensors() throws IOException {
        Weights weights =
                SafetensorsFile.open(golden.folder().resolve("model.safetensors")).weights();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("token_embd.weight", weights.get("transformer.wte.weight"));
        tensors.put("position_embd.weight", weights.get("transformer.wpe.weight"));
        for (String part : List.of("weight", "bias")) {
            tensors.put("output_norm." + part, weights.get("transformer.ln_f." + part));
            for (int block = 0; block < 2; block++) {
                for (Map.Entry<String, String> name : OF_BLOCK.entrySet()) {
                    Tensor tensor =
                            weights.get(
                                    "transformer.h.%d.%s.%s".formatted(block, name.getKey(), part));
                    tensors.put(
                            "blk.%d.%s.%s".formatted(block, name.getValue(), part),
                            tensor.shape().size() == 2 ? transposed(tensor) : tensor);
                }
            }
        }
        return tensors;
    }

    private int positions() throws IOException {
        return SafetensorsFile.open(golden.folder().resolve("model.safetensors"))
                .weights()
                .get("transformer.wpe.weight")
                .shape()
                .getFirst();
    }

    private static Tensor transposed(Tensor tensor) {
        int rows = tensor.shape().get(0);
        int columns = tensor.shape().get(1);
        float[] data = new float[rows * columns];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                data[c * rows + r] = tensor.data()[r * columns + c];
            }
        }
        return new Tensor(List.of(columns, rows), data);
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
