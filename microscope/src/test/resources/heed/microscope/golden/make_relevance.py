"""What each token takes from each other, by four measures, for MiniLM and for a GPT-2; in NumPy and float64.

    pip install torch transformers tokenizers safetensors numpy onnx
    python make_relevance.py all-minilm-l6-v2.onnx all-minilm-l6-v2-tokenizer.json golden/gpt2 out.json

golden/gpt2 is a Hugging Face folder with a golden.json that holds the text. The forward passes here are checked
against `transformers`, the parts of every block against their sum.

Queries are rows, tokens looked at are columns, special tokens are among them:

- raw: the mean of the attention weights over all heads of all layers.
- norm (Kobayashi et al. 2020): the sum over layers and heads of |a f(x)|, f(x) = (x W_V + b_V) W_O of the head,
  where x goes into the attention, layer-normed before in GPT-2. The output's bias is not in it.
- rollout (Abnar & Zuidema 2020): the product of A + I, its rows normalised, A being a layer's mean over its heads;
  later layers to the left.
- alti (Ferrando et al. 2022): the product likewise of C, its rows normalised, c_ij = max(0, |y_i| - |y_i - t_ij|)
  with the 1-norm. y_i is what the attention block gives: LN(x_i + sum + b_O) in BERT, x_i + sum + b_O in GPT-2, and
  t_ij the part of it that comes from x_j: sum over heads of a f(x_j), and x_i itself for j = i. In BERT through the
  linear part of LN: u -> weight * (u - mean(u)) / s_i with s_i the standard deviation of what LN really gets in
  row i; its bias is in y_i only.

out.json: for bert and gpt2 the text, the ids and the four matrices [n][n].
"""

import json
import math
import pathlib
import sys
from typing import NamedTuple

import numpy as np
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from transformers import GPT2Model

import minilm

TEXT = "The trophy didn't fit in the suitcase because it was too big."
DIGITS = 8


# Parts that both models have

class Norm(NamedTuple):
    weight: np.ndarray
    bias: np.ndarray
    epsilon: float

    def deviation(self, x):
        return np.sqrt(x.var(-1, keepdims=True) + self.epsilon)

    def linear(self, x, deviation):
        return self.weight * (x - x.mean(-1, keepdims=True)) / deviation

    def __call__(self, x):
        return self.linear(x, self.deviation(x)) + self.bias


class Layer(NamedTuple):
    """Of one attention block what the measures need."""
    weights: np.ndarray  # [heads, n, n]
    given: np.ndarray  # f(x), [heads, n, width]
    output: np.ndarray  # [n, width]
    parts: np.ndarray  # of output by row and source, [n, n, width]


def softmax(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def split(x, heads):
    return x.reshape(len(x), heads, -1).transpose(1, 0, 2)


def attend(q, k, v, w_out, heads, causal=False):
    """The attention weights and each head's f(x); the sum over heads and sources lacks the output's bias."""
    q, k, v = (split(x, heads) for x in (q, k, v))
    scores = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1])
    if causal:
        scores = np.where(np.tri(scores.shape[-1], dtype=bool), scores, -np.inf)
    return softmax(scores), v @ w_out.reshape(heads, -1, w_out.shape[-1])


def moved(weights, given):
    """What goes from j (second) to i (first), summed over heads."""
    return np.einsum("hij,hjw->ijw", weights, given)


# The models

def bert(model, ids):
    w = {name: p.detach().numpy().astype(np.float64) for name, p in model.named_parameters()}
    config = model.config

    def dense(x, name):
        return x @ w[name + ".weight"].T + w[name + ".bias"]

    def norm(name):
        return Norm(w[name + ".weight"], w[name + ".bias"], config.layer_norm_eps)

    x = (w["embeddings.word_embeddings.weight"][ids] + w["embeddings.token_type_embeddings.weight"][0]
         + w["embeddings.position_embeddings.weight"][:len(ids)])
    x = norm("embeddings.LayerNorm")(x)
    layers = []
    for number in range(config.num_hidden_layers):
        name = f"encoder.layer.{number}."
        q, k, v = (dense(x, f"{name}attention.self.{part}") for part in ("query", "key", "value"))
        out = name + "attention.output."
        weights, given = attend(q, k, v, w[out + "dense.weight"].T, config.num_attention_heads)
        parts = moved(weights, given)
        before = x + parts.sum(1) + w[out + "dense.bias"]
        after = norm(out + "LayerNorm")
        deviation = after.deviation(before)
        parts = after.linear(parts, deviation[:, None])
        own = np.arange(len(ids))
        parts[own, own] += after.linear(x, deviation)
        y = after(before)
        layers.append(Layer(weights, given, y, parts))
        constant = after.linear(w[out + "dense.bias"], deviation) + after.bias
        check(parts.sum(1) + constant, y, 1e-12, "the parts of the block")
        inner = dense(y, name + "intermediate.dense")
        x = norm(name + "output.LayerNorm")(y + dense(gelu(inner), name + "output.dense"))
    return layers, x


def gelu(x):
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def gelu_new(x):
    return x * 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


def gpt2(folder, ids):
    config = json.loads((folder / "config.json").read_text())
    w = {name.removeprefix("transformer."): value.astype(np.float64)
         for name, value in load_file(folder / "model.safetensors").items()}

    def dense(x, name):
        return x @ w[name + ".weight"] + w[name + ".bias"]

    def norm(name):
        return Norm(w[name + ".weight"], w[name + ".bias"], config["layer_norm_epsilon"])

    x = w["wte.weight"][ids] + w["wpe.weight"][:len(ids)]
    layers = []
    for number in range(config["n_layer"]):
        name = f"h.{number}."
        q, k, v = np.split(dense(norm(name + "ln_1")(x), name + "attn.c_attn"), 3, axis=-1)
        out = name + "attn.c_proj"
        weights, given = attend(q, k, v, w[out + ".weight"], config["n_head"], causal=True)
        parts = moved(weights, given)
        y = x + parts.sum(1) + w[out + ".bias"]
        own = np.arange(len(ids))
        parts[own, own] += x
        layers.append(Layer(weights, given, y, parts))
        check(parts.sum(1) + w[out + ".bias"], y, 1e-12, "the parts of the block")
        x = y + dense(gelu_new(dense(norm(name + "ln_2")(y), name + "mlp.c_fc")), name + "mlp.c_proj")
    return layers, norm("ln_f")(x)


# Measures

def raw(layers):
    return np.mean([layer.weights for layer in layers], axis=(0, 1))


def norms(layers):
    return sum((layer.weights * np.linalg.norm(layer.given, axis=-1)[:, None]).sum(0) for layer in layers)


def rollout(layers):
    return product([layer.weights.mean(0) + np.eye(layer.weights.shape[-1]) for layer in layers])


def alti(layers):
    return product([contributions(layer.output, layer.parts) for layer in layers])


def contributions(output, parts):
    whole = np.abs(output).sum(-1)[:, None]
    return np.maximum(0, whole - np.abs(output[:, None] - parts).sum(-1))


def product(steps):
    result = np.eye(len(steps[0]))
    for step in steps:
        sums = step.sum(-1, keepdims=True)
        assert (sums > 0).all()
        result = step / sums @ result
    return result


# What is expected

def check(actual, expected, tolerance, what):
    error = np.abs(actual - expected).max()
    assert error < tolerance, f"{what}: off by {error}"
    return error


def compare(layers, hidden, expected_hidden, expected_weights):
    weights = np.stack([layer.weights for layer in layers])
    hidden_error = check(hidden, expected_hidden, 2e-5, "hidden states")
    weights_error = check(weights, expected_weights, 2e-5, "attention weights")
    return f"largest difference to transformers: hidden states {hidden_error:.2g}, weights {weights_error:.2g}"


def rounded(matrix):
    return [[float(f"{value:.{DIGITS}g}") for value in row] for row in matrix]


def result(text, ids, layers):
    measures = {"raw": raw(layers), "norm": norms(layers), "rollout": rollout(layers), "alti": alti(layers)}
    return {"text": text, "ids": ids} | {name: rounded(matrix) for name, matrix in measures.items()}


def for_bert(onnx_file, tokenizer_file):
    ids = minilm.load_tokenizer(tokenizer_file).encode(TEXT).ids
    model = minilm.load_model(onnx_file)
    layers, hidden = bert(model, ids)
    print("bert:", compare(layers, hidden, *minilm.run(model, ids)))
    return result(TEXT, ids, layers)


def for_gpt2(folder):
    golden = json.loads((folder / "golden.json").read_text(encoding="utf-8"))
    ids = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(golden["text"]).ids
    assert ids == golden["ids"]
    layers, hidden = gpt2(folder, ids)
    model = GPT2Model.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    print("gpt2:", compare(layers, hidden, *minilm.run(model, ids)))
    return result(golden["text"], ids, layers)


if __name__ == "__main__":
    torch.set_num_threads(1)
    onnx_file, tokenizer_file, folder, out = sys.argv[1:]
    both = {"bert": for_bert(onnx_file, tokenizer_file), "gpt2": for_gpt2(pathlib.Path(folder))}
    pathlib.Path(out).write_text(json.dumps(both, ensure_ascii=False) + "\n", encoding="utf-8")
