"""Makes GGUF files of models that make_golden.py made, with the names and keys of the package gguf.

    pip install gguf safetensors numpy
    python make_gguf.py

Each folder below gets a model.gguf, in float32, of the same weights: golden.json and golden.safetensors hold for it too.
"""

import json
import math
import pathlib

import gguf
import numpy as np
from safetensors.numpy import load_file

HERE = pathlib.Path(__file__).parent
ARCHITECTURES = {
    "gemma3": gguf.MODEL_ARCH.GEMMA3,
    "gemma3-embedding": gguf.MODEL_ARCH.GEMMA_EMBEDDING,
    "phi3": gguf.MODEL_ARCH.PHI3,
}


def shape(writer, config):
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    if config.get("sliding_window"):
        writer.add_sliding_window(config["sliding_window"])
        if "layer_types" in config:
            writer.add_sliding_window_pattern([kind == "sliding_attention" for kind in config["layer_types"]])


def positions_of_gemma(writer, config):
    rope = config["rope_parameters"]
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_rope_freq_base(rope["full_attention"]["rope_theta"])
    writer.add_rope_freq_base_swa(rope["sliding_attention"]["rope_theta"])
    writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
    writer.add_rope_scaling_factor(rope["full_attention"]["factor"])
    if config.get("final_logit_softcapping"):
        writer.add_final_logit_softcapping(config["final_logit_softcapping"])
    if config["use_bidirectional_attention"]:
        writer.add_pooling_type(gguf.PoolingType.MEAN)


def positions_of_phi(writer, config):
    rope = config["rope_parameters"]
    trained = rope["original_max_position_embeddings"]
    writer.add_rope_dimension_count(config["hidden_size"] // config["num_attention_heads"])
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_rope_scaling_orig_ctx_len(trained)
    writer.add_rope_scaling_attn_factors(
        math.sqrt(1 + math.log(config["max_position_embeddings"] / trained) / math.log(trained)))
    for key in ("long", "short"):
        writer.add_tensor(f"rope_factors_{key}.weight", np.float32(rope[f"{key}_factor"]))


def tokens(writer, folder):
    """A SentencePiece BPE, whose merges are in the file."""
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = sorted(tokenizer["model"]["vocab"], key=tokenizer["model"]["vocab"].get)
    types = [2 if t == "<unk>" else 3 if t in ("<s>", "</s>") else 6 if t.startswith("<0x") else 1 for t in vocabulary]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(vocabulary)
    writer.add_token_types(types)
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)


def make(name, architecture):
    folder = HERE / name
    config = json.loads((folder / "config.json").read_text())
    names = gguf.get_tensor_name_map(architecture, config["num_hidden_layers"])
    writer = gguf.GGUFWriter(folder / "model.gguf", gguf.MODEL_ARCH_NAMES[architecture])
    shape(writer, config)
    gemma = name.startswith("gemma")
    (positions_of_gemma if gemma else positions_of_phi)(writer, config)
    tokens(writer, folder)
    for tensor, values in load_file(folder / "model.safetensors").items():
        # What is stored of Gemma's norms differs from 1; a GGUF file has the whole.
        values = values + 1 if gemma and tensor.endswith("norm.weight") else values
        prefixed = tensor if tensor.startswith(("model.", "lm_head")) else "model." + tensor
        writer.add_tensor(names.get_name(prefixed, try_suffixes=(".weight",)), values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


for name, architecture in ARCHITECTURES.items():
    make(name, architecture)
