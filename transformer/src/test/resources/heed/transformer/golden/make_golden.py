"""Makes tiny random models of each family with their tokenizers, and what `transformers` says of them.

    pip install torch transformers tokenizers safetensors
    python make_golden.py [NAME …]      all of them, or these

Each folder (README.md lists them) gets config.json, tokenizer.json and the weights, and

- golden.json: a text, its ids by the tokenizer's own rule; for a decoder the logits after the last of them, the
  20 ids that follow greedily, none of which was a close call, and the text of those 20;
- golden.safetensors, in float32: the attention weights [layers, heads, n, n], and the logits [n, vocabulary] of a
  decoder or the last hidden states [n, width] of an encoder.

Weights stored in 16 bits are read back and computed with in float32.
"""

import json
import pathlib
import shutil
import sys

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import (
    BertConfig, BertForPreTraining, BertModel, DistilBertConfig, DistilBertForMaskedLM, Gemma3ForCausalLM,
    Gemma3TextConfig, Gemma3TextModel, GPT2Config, GPT2LMHeadModel, GPTNeoXConfig, GPTNeoXForCausalLM,
    LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM, ModernBertConfig, ModernBertForMaskedLM,
    ModernBertModel, MPNetConfig, MPNetForMaskedLM, Phi3Config, Phi3ForCausalLM, Qwen2Config,
    Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM, RobertaConfig, RobertaForMaskedLM, XLMRobertaConfig,
    XLMRobertaModel,
)

import tiny_tokenizers as tiny

HERE = pathlib.Path(__file__).parent
TEXT = "The café has 2 cats 🙂, and she had the rain"
GREEDY = 20
MARGIN = 1e-3
POSITIONS = 48


# Models

def decoder(kind, config, tokenizer, **more):
    """A model of the Llama family: 2 layers of width 32, 4 heads, of which 2 share a key/value head."""
    settings = dict(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, intermediate_size=40, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=POSITIONS, rms_norm_eps=1e-5,
        tie_word_embeddings=True, **ends(tokenizer))
    return kind, config(**settings | more), tokenizer


def ends(tokenizer):
    for begin, end in (("<s>", "</s>"), ("<|begin_of_text|>", "<|end_of_text|>"), ("<|endoftext|>",) * 2):
        if tokenizer.token_to_id(begin) is not None:
            return dict(bos_token_id=tokenizer.token_to_id(begin), eos_token_id=tokenizer.token_to_id(end))
    raise ValueError("no token that begins a text")


def llama(tokenizer, **more):
    return decoder(LlamaForCausalLM, LlamaConfig, tokenizer, **more)


def rope(kind, theta=10000.0, **more):
    return dict(rope_parameters=dict(rope_type=kind, rope_theta=theta, **more))


def gpt2():
    tokenizer = tiny.gpt2()
    config = GPT2Config(
        vocab_size=tokenizer.get_vocab_size(), n_embd=32, n_layer=2, n_head=4, n_inner=48, n_positions=POSITIONS,
        **ends(tokenizer))
    return GPT2LMHeadModel, config, tokenizer


def encoder(kind, config, tokenizer, **more):
    settings = dict(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=POSITIONS, type_vocab_size=2, pad_token_id=0)
    return kind, config(**settings | more), tokenizer


def roberta():
    # Its positions start at pad + 1, so that there are 2 rows more.
    return encoder(
        RobertaForMaskedLM, RobertaConfig, tiny.roberta(), max_position_embeddings=POSITIONS + 2, type_vocab_size=1,
        layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2)


def distilbert():
    tokenizer = tiny.word_piece()
    config = DistilBertConfig(
        vocab_size=tokenizer.get_vocab_size(), dim=32, hidden_dim=48, n_layers=2, n_heads=4,
        max_position_embeddings=POSITIONS)
    return DistilBertForMaskedLM, config, tokenizer


def xlm_roberta():
    return encoder(
        XLMRobertaModel, XLMRobertaConfig, tiny.unigram(), max_position_embeddings=POSITIONS + 2, type_vocab_size=1,
        layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2)


def mpnet():
    return encoder(
        MPNetForMaskedLM, MPNetConfig, tiny.roberta(), max_position_embeddings=POSITIONS + 2, pad_token_id=1,
        layer_norm_eps=1e-5)


def modernbert(kind):
    # Layers: global, two local ones that see 4 tokens in either direction, global.
    tokenizer = tiny.word_piece()
    config = ModernBertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, intermediate_size=40, num_hidden_layers=4,
        num_attention_heads=4, max_position_embeddings=POSITIONS, local_attention=8, pad_token_id=0,
        cls_token_id=2, bos_token_id=2, sep_token_id=3, eos_token_id=3,
        rope_parameters=dict(
            full_attention=dict(rope_type="default", rope_theta=1000.0),
            sliding_attention=dict(rope_type="default", rope_theta=50.0)))
    return kind, config, tokenizer


def gemma3(kind, **more):
    # Two local layers to one that sees all; heads of 12.
    return decoder(
        kind, Gemma3TextConfig, tiny.sentence_piece(metaspace=False), head_dim=12,
        sliding_window=8, layer_types=["sliding_attention", "sliding_attention", "full_attention"],
        num_hidden_layers=3, rope_parameters=dict(
            full_attention=dict(rope_type="linear", factor=4.0, rope_theta=1000.0),
            sliding_attention=dict(rope_type="default", rope_theta=50.0)), **more)


def gpt_neox(**more):
    tokenizer = tiny.gpt2()
    config = GPTNeoXConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=POSITIONS,
        rope_parameters=dict(rope_type="default", rope_theta=100.0, partial_rotary_factor=0.5),
        **ends(tokenizer) | more)
    return GPTNeoXForCausalLM, config, tokenizer


def phi3(trained, **more):
    """A text of more than so many tokens is a long one."""
    long = dict(
        rope_type="longrope", rope_theta=100.0, short_factor=[1.0, 1.1, 1.2, 1.5], long_factor=[1.0, 2.0, 3.0, 8.0],
        original_max_position_embeddings=trained)
    return decoder(
        Phi3ForCausalLM, Phi3Config, tiny.sentence_piece(metaspace=False), tie_word_embeddings=False,
        original_max_position_embeddings=trained, pad_token_id=0, rope_parameters=long | more)


# The smallest wavelengths are kept, the largest are stretched, some lie between.
LLAMA3 = dict(max_position_embeddings=512, **rope(
    "llama3", 100.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64))
YARN = dict(max_position_embeddings=64, **rope(
    "yarn", 100.0, factor=4.0, beta_fast=4.0, beta_slow=0.25, original_max_position_embeddings=16))
OLDER_YARN = dict(max_position_embeddings=64, **rope("yarn", factor=4.0, original_max_position_embeddings=16))

MODELS = {
    "gpt2": gpt2(),
    "gpt2-hub": gpt2(),
    "llama": llama(tiny.sentence_piece(metaspace=False), tie_word_embeddings=False),
    "llama-linear": llama(tiny.llama3(), **rope("linear", factor=4.0)),
    "llama-linear-older": llama(tiny.sentence_piece(metaspace=False), **rope("linear", 500.0, factor=4.0)),
    "llama-llama3": llama(tiny.llama3(), **LLAMA3),
    "llama-llama3-sharded": llama(tiny.llama3(), **LLAMA3),
    "llama-yarn": llama(tiny.llama3(), **YARN),
    "llama-yarn-older": llama(tiny.sentence_piece(metaspace=True), **OLDER_YARN),
    "llama-bias": llama(tiny.llama3(), attention_bias=True, head_dim=12, tie_word_embeddings=False),
    "mistral": decoder(MistralForCausalLM, MistralConfig, tiny.sentence_piece(metaspace=True), sliding_window=8),
    "qwen2": decoder(Qwen2ForCausalLM, Qwen2Config, tiny.qwen()),
    "qwen3": decoder(Qwen3ForCausalLM, Qwen3Config, tiny.qwen(), head_dim=12),
    "bert": encoder(BertModel, BertConfig, tiny.word_piece()),
    "bert-original": encoder(BertForPreTraining, BertConfig, tiny.word_piece()),
    "roberta": roberta(),
    "distilbert": distilbert(),
    "xlm-roberta": xlm_roberta(),
    "mpnet": mpnet(),
    "modernbert": modernbert(ModernBertForMaskedLM),
    "modernbert-older": modernbert(ModernBertModel),
    "gemma3": gemma3(Gemma3ForCausalLM, query_pre_attn_scalar=12, final_logit_softcapping=10.0),
    "gemma3-older": gemma3(Gemma3ForCausalLM, query_pre_attn_scalar=20),
    "gemma3-embedding": gemma3(
        Gemma3TextModel, query_pre_attn_scalar=12, use_bidirectional_attention=True),
    "gpt-neox": gpt_neox(),
    "gpt-neox-older": gpt_neox(use_parallel_residual=False),
    "phi3": phi3(POSITIONS - GREEDY),
    "phi3-older": phi3(12),
}
STORED = {
    "llama-linear": torch.float16,
    "llama-linear-older": torch.bfloat16,
    "llama-llama3": torch.bfloat16,
    "llama-yarn-older": torch.float16,
}


def randomize(model, tokenizer, seed, stored):
    """Weights so large that attention is far from uniform; norms that are not all 1; bytes that are no characters
    are less probable, so that the text that follows is mostly readable."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if ".q_norm" in name or ".k_norm" in name:
                value = 1.5 + 0.3 * noise
            elif ("norm" in name.lower() or ".ln_" in name) and name.endswith("weight"):
                value = 1 + 0.2 * noise
            elif name.endswith("bias"):
                value = 0.2 * noise
            elif "embed_tokens" in name and model.config.model_type == "gemma3_text":
                value = 0.1 * noise  # is multiplied with the root of the width
            elif "embed" in name or ".wte" in name or ".wpe" in name:
                value = 0.5 * noise
            else:
                value = 0.3 * noise
            parameter.copy_(value.to(stored))
        if is_decoder(type(model)):
            texts = [tokenizer.decode([i], skip_special_tokens=False) for i in range(tokenizer.get_vocab_size())]
            unreadable = [i for i, text in enumerate(texts) if "\ufffd" in text or text < " "]
            model.get_output_embeddings().weight[unreadable] *= 0.25


# Folders as they are found

def save(name, model, tokenizer, stored):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    sharded = dict(max_shard_size="45KB") if name.endswith("sharded") else {}
    model.to(stored).save_pretrained(folder, **sharded)
    model.float()
    (folder / "generation_config.json").unlink(missing_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    if name.endswith("sharded"):
        assert len(list(folder.glob("*.safetensors"))) == 3
    if name.endswith("older"):
        edit_config(folder, as_older)
    if name == "gpt2-hub":
        edit_config(folder, as_hub_gpt2)
        edit_weights(folder, hub_gpt2_weights)
    if name == "bert-original":
        edit_weights(folder, original_bert_weights)
    return folder


def edit_config(folder, edit):
    file = folder / "config.json"
    file.write_text(json.dumps(edit(json.loads(file.read_text())), indent=2) + "\n")


def as_older(config):
    """As folders had it before transformers 5 and before some of the settings were there."""
    scaling = config.pop("rope_parameters")
    if "full_attention" in scaling:
        return as_older_by_layer(config, scaling)
    if config["model_type"] == "gpt_neox":
        config["rotary_emb_base"] = scaling["rope_theta"]
        config["rotary_pct"] = scaling["partial_rotary_factor"]
        return config
    config["rope_theta"] = scaling.pop("rope_theta")
    config["rope_scaling"] = {"type": scaling.pop("rope_type")} | scaling
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.31.0"
    for later in ("head_dim", "attention_bias", "attention_dropout", "mlp_bias"):
        config.pop(later, None)
    return config


def as_older_by_layer(config, scaling):
    """Where local layers have positions of their own."""
    every = config.pop("layer_types").index("full_attention", 1)
    local, full = scaling["sliding_attention"], scaling["full_attention"]
    if config["model_type"] == "modernbert":
        more = dict(
            global_rope_theta=full["rope_theta"], local_rope_theta=local["rope_theta"],
            global_attn_every_n_layers=every)
    else:
        more = dict(
            rope_theta=full["rope_theta"], rope_local_base_freq=local["rope_theta"], sliding_window_pattern=every + 1,
            rope_scaling=dict(rope_type=full["rope_type"], factor=full["factor"]))
    return config | more


def as_hub_gpt2(config):
    """As the hub's own file of GPT-2 has it: not even a word about the tied head."""
    kept = (
        "activation_function", "architectures", "attn_pdrop", "bos_token_id", "embd_pdrop", "eos_token_id",
        "initializer_range", "layer_norm_epsilon", "model_type", "n_embd", "n_head", "n_inner", "n_layer",
        "n_positions", "resid_pdrop", "vocab_size")
    return {key: config[key] for key in kept} | {"n_ctx": config["n_positions"]}


def edit_weights(folder, edit):
    file = folder / "model.safetensors"
    weights = {name: w.clone().contiguous() for name, w in edit(load_file(file)).items()}
    save_file(weights, file, metadata={"format": "pt"})


def hub_gpt2_weights(weights):
    weights = {name.removeprefix("transformer."): w for name, w in weights.items()}
    causal = torch.ones(POSITIONS, POSITIONS).tril()[None, None]
    return weights | {f"h.{layer}.attn.bias": causal for layer in range(2)}


def original_bert_weights(weights):
    def original(name):
        return name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")

    return {original(name): w for name, w in weights.items()}


# What is expected of them

def continued(model, ids):
    """What follows greedily, and the smallest distance between the best two logits."""
    margin = float("inf")
    ids = list(ids)
    for _ in range(GREEDY):
        best = model(torch.tensor([ids])).logits[0, -1].topk(2)
        margin = min(margin, float(best.values[0] - best.values[1]))
        ids.append(int(best.indices[0]))
    return ids[-GREEDY:], margin


def is_decoder(kind):
    return kind.__name__.endswith(("CausalLM", "LMHeadModel"))


def suits(model, ids, tokenizer):
    """Whether the continuation is varied, free of special tokens and without a close call."""
    following, margin = continued(model, ids)
    special = set(tokenizer.get_added_tokens_decoder())
    return margin > 2 * MARGIN and len(set(following)) >= 8 and not special & set(following)


def expected(model, ids, tokenizer):
    decodes = is_decoder(type(model))
    base = model if decodes else getattr(model, model.base_model_prefix, model)
    out = base(torch.tensor([ids]), output_attentions=True)
    attentions = torch.cat(out.attentions)
    assert attentions[:, :, -1].amax(-1).mean() > 3 / len(ids), "attention is all but uniform"
    golden = {"text": TEXT, "ids": ids}
    if not decodes:
        return golden, {"hidden": out.last_hidden_state[0], "attentions": attentions}
    following, margin = continued(model, ids)
    assert margin > MARGIN, margin
    golden["logits"] = [float(str(x)) for x in out.logits[0, -1].numpy()]
    golden["greedy"] = following
    golden["greedyText"] = tokenizer.decode(following, skip_special_tokens=False)
    return golden, {"logits": out.logits[0], "attentions": attentions}


def make(name, kind, config, tokenizer):
    config._attn_implementation = "eager"
    stored = STORED.get(name, torch.float32)
    ids = tokenizer.encode(TEXT).ids
    assert len(ids) + GREEDY <= POSITIONS
    model = kind(config).eval()
    seed = 1
    randomize(model, tokenizer, seed, stored)
    while is_decoder(kind) and not suits(model, ids, tokenizer):
        seed += 1
        assert seed < 500, f"{name}: no seed suits"
        randomize(model, tokenizer, seed, stored)
    before, _ = expected(model, ids, tokenizer)
    folder = save(name, model, tokenizer, stored)

    # The folder alone says what is expected, and it lost nothing of the model.
    model, loading = kind.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    assert not loading["missing_keys"] and not loading["mismatched_keys"], loading
    golden, tensors = expected(model.eval(), ids, tokenizer)
    assert golden == before, f"{name}: the folder is another model"
    (folder / "golden.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n", encoding="utf-8")
    save_file({key: t.contiguous() for key, t in tensors.items()}, folder / "golden.safetensors")
    print(f"{name}: seed {seed}, {len(ids)} tokens, {golden.get('greedyText', '')!r}")


torch.set_num_threads(1)
torch.set_grad_enabled(False)
transformers.utils.logging.disable_progress_bar()
for name in sys.argv[1:] or MODELS:
    make(name, *MODELS[name])
