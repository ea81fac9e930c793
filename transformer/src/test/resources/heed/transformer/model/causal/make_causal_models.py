"""Makes tiny random decoders of each family, and what `transformers` says of them.

    pip install torch transformers safetensors
    python make_causal_models.py

Each folder gets config.json and model.safetensors as `transformers` writes them, and golden.json: the ids of a
prompt, the logits of every position, the attention weights [layer][head][query][key], and the twenty tokens that
follow greedily, none of which was a close call.
"""

import json
import pathlib
import shutil

import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

HERE = pathlib.Path(__file__).parent
VOCABULARY = 80
PROMPT = 24
GREEDY = 20
MARGIN = 1e-3

SMALL = dict(
    vocab_size=VOCABULARY,
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=128,
    rms_norm_eps=1e-5,
    attn_implementation="eager",
    bos_token_id=0,
    eos_token_id=None,
    pad_token_id=None,
)


def rope(kind, **more):
    return dict(rope_parameters=dict(rope_type=kind, rope_theta=10000.0, **more))


def llama(**more):
    return LlamaForCausalLM, LlamaConfig(**{**SMALL, **more})


MODELS = {
    "llama": llama(),
    "llama-linear": llama(**rope("linear", factor=4.0)),
    "llama-llama3": llama(
        **rope(
            "llama3",
            factor=8.0,
            low_freq_factor=1.0,
            high_freq_factor=4.0,
            original_max_position_embeddings=16,
        )
    ),
    "llama-yarn": llama(**rope("yarn", factor=4.0, original_max_position_embeddings=32)),
    "llama-bias": llama(attention_bias=True, tie_word_embeddings=True),
    "llama-own-head-dim": llama(head_dim=12),
    "llama-bf16": llama(),
    "llama-sharded": llama(),
    "mistral": (MistralForCausalLM, MistralConfig(**SMALL, sliding_window=8)),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config(**SMALL, tie_word_embeddings=True)),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config(**SMALL, head_dim=16)),
    "gpt2": (
        GPT2LMHeadModel,
        GPT2Config(
            vocab_size=VOCABULARY,
            n_embd=32,
            n_layer=2,
            n_head=4,
            n_positions=128,
            attn_implementation="eager",
            bos_token_id=None,
            eos_token_id=None,
        ),
    ),
}


def randomize(model, seed):
    """Weights large enough that attention is far from uniform; norms that are not all 1."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name or ".ln_" in name:
                parameter.copy_((1 if name.endswith("weight") else 0) + 0.2 * noise)
            else:
                parameter.copy_(0.35 * noise)


def greedy(model, ids):
    """Greedy continuation and the smallest distance between the best two logits."""
    margin = float("inf")
    ids = list(ids)
    for _ in range(GREEDY):
        with torch.no_grad():
            best = model(torch.tensor([ids])).logits[0, -1].topk(2)
        margin = min(margin, float(best.values[0] - best.values[1]))
        ids.append(int(best.indices[0]))
    return ids[-GREEDY:], margin


def make(name, kind, config, seed):
    torch.manual_seed(seed)
    model = kind(config).eval()
    randomize(model, seed)
    stored = torch.bfloat16 if name.endswith("bf16") else torch.float32
    model = model.to(stored)
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    shard = dict(max_shard_size="16KB") if name.endswith("sharded") else {}
    model.save_pretrained(folder, **shard)
    (folder / "generation_config.json").unlink(missing_ok=True)
    # Read again: casting would have rounded the angles of the positions too.
    model = kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    ids = torch.randint(0, VOCABULARY, (PROMPT,), generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        out = model(ids[None], output_attentions=True)
    following, margin = greedy(model, ids.tolist())
    if margin < MARGIN or len(set(following)) < 5:
        return False
    golden = dict(
        ids=ids.tolist(),
        logits=[[round(float(x), 6) for x in row] for row in out.logits[0]],
        attentions=[
            [[[round(float(x), 6) for x in row] for row in head] for head in layer[0]]
            for layer in out.attentions
        ],
        greedy=following,
    )
    (folder / "golden.json").write_text(json.dumps(golden) + "\n")
    return True


for name, (kind, config) in MODELS.items():
    seed = 1
    while not make(name, kind, config, seed):
        seed += 1
    print(name, "seed", seed)
