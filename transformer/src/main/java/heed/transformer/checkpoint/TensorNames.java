package heed.transformer.checkpoint;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the tensors of an architecture are called in a file, and what at Hugging Face: models know
 * them by the latter alone.
 *
 * <p>A name stands for all that is below it ({@code attn_q} for {@code attn_q.weight} and {@code
 * attn_q.bias}), and {@code *} for the number of a layer. A name that is not in the table is the
 * same in both.
 */
public final class TensorNames {
    /** DistilBERT, as a BERT. */
    public static final TensorNames DISTILBERT =
            of(
                    "transformer.layer.*.attention.q_lin",
                    "encoder.layer.*.attention.self.query",
                    "transformer.layer.*.attention.k_lin",
                    "encoder.layer.*.attention.self.key",
                    "transformer.layer.*.attention.v_lin",
                    "encoder.layer.*.attention.self.value",
                    "transformer.layer.*.attention.out_lin",
                    "encoder.layer.*.attention.output.dense",
                    "transformer.layer.*.sa_layer_norm",
                    "encoder.layer.*.attention.output.LayerNorm",
                    "transformer.layer.*.ffn.lin1",
                    "encoder.layer.*.intermediate.dense",
                    "transformer.layer.*.ffn.lin2",
                    "encoder.layer.*.output.dense",
                    "transformer.layer.*.output_layer_norm",
                    "encoder.layer.*.output.LayerNorm");

    /** The first BERT, whose norms have other names for weight and bias. */
    public static final TensorNames ORIGINAL_BERT =
            of(
                    "embeddings.LayerNorm.gamma",
                    "embeddings.LayerNorm.weight",
                    "embeddings.LayerNorm.beta",
                    "embeddings.LayerNorm.bias",
                    "encoder.layer.*.attention.output.LayerNorm.gamma",
                    "encoder.layer.*.attention.output.LayerNorm.weight",
                    "encoder.layer.*.attention.output.LayerNorm.beta",
                    "encoder.layer.*.attention.output.LayerNorm.bias",
                    "encoder.layer.*.output.LayerNorm.gamma",
                    "encoder.layer.*.output.LayerNorm.weight",
                    "encoder.layer.*.output.LayerNorm.beta",
                    "encoder.layer.*.output.LayerNorm.bias");

    /** GPT-2 in GGUF files. */
    public static final TensorNames GGUF_GPT2 =
            of(
                    "token_embd",
                    "transformer.wte",
                    "position_embd",
                    "transformer.wpe",
                    "blk.*.attn_norm",
                    "transformer.h.*.ln_1",
                    "blk.*.attn_qkv",
                    "transformer.h.*.attn.c_attn",
                    "blk.*.attn_output",
                    "transformer.h.*.attn.c_proj",
                    "blk.*.ffn_norm",
                    "transformer.h.*.ln_2",
                    "blk.*.ffn_up",
                    "transformer.h.*.mlp.c_fc",
                    "blk.*.ffn_down",
                    "transformer.h.*.mlp.c_proj",
                    "output_norm",
                    "transformer.ln_f",
                    "output",
                    "lm_head");

    private static final String[] GGUF_DECODER = {
        "token_embd",
        "model.embed_tokens",
        "blk.*.attn_q",
        "model.layers.*.self_attn.q_proj",
        "blk.*.attn_k",
        "model.layers.*.self_attn.k_proj",
        "blk.*.attn_v",
        "model.layers.*.self_attn.v_proj",
        "blk.*.attn_output",
        "model.layers.*.self_attn.o_proj",
        "blk.*.attn_q_norm",
        "model.layers.*.self_attn.q_norm",
        "blk.*.attn_k_norm",
        "model.layers.*.self_attn.k_norm",
        "blk.*.attn_norm",
        "model.layers.*.input_layernorm",
        "blk.*.ffn_gate",
        "model.layers.*.mlp.gate_proj",
        "blk.*.ffn_down",
        "model.layers.*.mlp.down_proj",
        "output_norm",
        "model.norm",
        "output",
        "lm_head"
    };

    /** Llama and its family in GGUF files. */
    public static final TensorNames GGUF_LLAMA =
            of(GGUF_DECODER)
                    .and(
                            "blk.*.ffn_norm",
                            "model.layers.*.post_attention_layernorm",
                            "blk.*.ffn_up",
                            "model.layers.*.mlp.up_proj");

    /** Phi-3 in GGUF files. */
    public static final TensorNames GGUF_PHI3 =
            of(GGUF_DECODER)
                    .and(
                            "blk.*.attn_qkv",
                            "model.layers.*.self_attn.qkv_proj",
                            "blk.*.ffn_norm",
                            "model.layers.*.post_attention_layernorm",
                            "blk.*.ffn_up",
                            "model.layers.*.mlp.gate_up_proj");

    /** Gemma 3 in GGUF files. */
    public static final TensorNames GGUF_GEMMA3 =
            of(GGUF_DECODER)
                    .and(
                            "blk.*.post_attention_norm",
                            "model.layers.*.post_attention_layernorm",
                            "blk.*.ffn_norm",
                            "model.layers.*.pre_feedforward_layernorm",
                            "blk.*.ffn_up",
                            "model.layers.*.mlp.up_proj",
                            "blk.*.post_ffw_norm",
                            "model.layers.*.post_feedforward_layernorm");

    private static final Pattern LAYER = Pattern.compile("\\.(\\d+)(?=\\.)");

    private final Map<String, String> shown = new HashMap<>();
    private final Map<String, String> stored = new HashMap<>();

    private TensorNames(Map<String, String> shown) {
        shown.forEach(this::put);
    }

    private void put(String inFile, String atHuggingFace) {
        shown.put(inFile, atHuggingFace);
        stored.put(atHuggingFace, inFile);
    }

    /** Pairs of a name in the file and that at Hugging Face. */
    private static TensorNames of(String... pairs) {
        return new TensorNames(Map.of()).and(pairs);
    }

    private TensorNames and(String... pairs) {
        TensorNames more = new TensorNames(shown);
        for (int i = 0; i < pairs.length; i += 2) {
            more.put(pairs[i], pairs[i + 1]);
        }
        return more;
    }

    /** The name at Hugging Face of a tensor of the file. */
    String shown(String inFile) {
        return look(shown, inFile);
    }

    /** The name in the file of a tensor at Hugging Face. */
    String stored(String atHuggingFace) {
        return look(stored, atHuggingFace);
    }

    private static String look(Map<String, String> table, String name) {
        Matcher layer = LAYER.matcher(name);
        String number = layer.find() ? layer.group(1) : "";
        String general = number.isEmpty() ? name : layer.replaceFirst(".*");
        int end = general.lastIndexOf('.');
        String found = table.get(general);
        if (found == null && end >= 0 && table.containsKey(general.substring(0, end))) {
            found = table.get(general.substring(0, end)) + general.substring(end);
        }
        return found == null ? name : found.replace("*", number);
    }
}
