"""Writes rotary.json: rotary positions of every kind of scaling, as `transformers` has them.

    pip install torch transformers
    python make_rotary.py

Each case has the settings of its `rope_parameters`, the frequencies [columns / 2] and the factor that come of them,
and what they make of x [rows, heads · columns], whose first row stands at position 5: with pairs of halves, as
Llama's rotation takes them, and with pairs of neighbours, as GPT-J's does.
"""

import json
import pathlib

import torch
import transformers
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.gptj import modeling_gptj as gptj
from transformers.models.llama import modeling_llama as llama

FIRST_POSITION = 5
ROWS = 3
HEADS = 2

CASES = {
    "default": (8, dict(rope_type="default", rope_theta=10000.0)),
    "default, odd pairs": (6, dict(rope_type="default", rope_theta=500.0)),
    "linear": (8, dict(rope_type="linear", rope_theta=10000.0, factor=4.0)),
    "llama3, as Llama 3.1": (16, dict(
        rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=8192)),
    "llama3, many between": (16, dict(
        rope_type="llama3", rope_theta=100.0, factor=4.0, low_freq_factor=2.0, high_freq_factor=8.0,
        original_max_position_embeddings=100)),
    "yarn, default ramp": (16, dict(
        rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=2048)),
    "yarn, ramp of its own": (16, dict(
        rope_type="yarn", rope_theta=100.0, factor=4.0, beta_fast=4.0, beta_slow=0.25,
        original_max_position_embeddings=16)),
    "yarn, no ramp": (16, dict(
        rope_type="yarn", rope_theta=10000.0, factor=2.0, original_max_position_embeddings=4)),
    "yarn, factor given": (8, dict(
        rope_type="yarn", rope_theta=10000.0, factor=16.0, attention_factor=0.75,
        original_max_position_embeddings=512)),
    "yarn, two scales": (8, dict(
        rope_type="yarn", rope_theta=10000.0, factor=16.0, mscale=0.707, mscale_all_dim=1.0,
        original_max_position_embeddings=512)),
}


def numbers(tensor):
    return [float(str(x)) for x in tensor.flatten().numpy()]


def case(name, columns, rope):
    config = LlamaConfig(
        hidden_size=HEADS * columns, num_attention_heads=HEADS, head_dim=columns, rope_parameters=dict(rope),
        max_position_embeddings=131072)
    embedding = llama.LlamaRotaryEmbedding(config)
    if rope["rope_type"] != "default":
        frequencies, factor = ROPE_INIT_FUNCTIONS[rope["rope_type"]](config)
        assert torch.equal(frequencies, embedding.inv_freq) and factor == embedding.attention_scaling
    x = torch.randn((1, ROWS, HEADS, columns), generator=torch.Generator().manual_seed(columns))
    positions = torch.arange(FIRST_POSITION, FIRST_POSITION + ROWS)[None]
    cos, sin = embedding(x, positions)
    halves, _ = llama.apply_rotary_pos_emb(x.transpose(1, 2), x.transpose(1, 2), cos, sin)
    half = columns // 2
    neighbours = gptj.apply_rotary_pos_emb(x, sin[..., :half], cos[..., :half])
    return dict(
        name=name, columns=columns, rope=rope, frequencies=numbers(embedding.inv_freq),
        factor=embedding.attention_scaling, heads=HEADS, firstPosition=FIRST_POSITION, x=numbers(x),
        halves=numbers(halves.transpose(1, 2)), neighbours=numbers(neighbours))


torch.set_grad_enabled(False)
transformers.utils.logging.set_verbosity_error()
cases = [case(name, *settings) for name, settings in CASES.items()]
lines = ",\n".join(json.dumps(each) for each in cases)
(pathlib.Path(__file__).parent / "rotary.json").write_text(f"[\n{lines}\n]\n")
