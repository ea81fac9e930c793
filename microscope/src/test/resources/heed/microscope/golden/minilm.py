"""MiniLM as `transformers` computes it, from the weights in an ONNX file, and its tokenizer.

    pip install torch transformers tokenizers numpy onnx onnxruntime
    python minilm.py all-minilm-l6-v2.onnx all-minilm-l6-v2-tokenizer.json

compares its last hidden states with those of ONNX Runtime, for one sentence. The other scripts import it. Any BERT
with a head width of 32 whose float32 weights lie in such an export can be loaded, bge-small-en-v1.5 for one.

Only embeddings, biases and layer norms have names in the file (and the position ids, which are no weights). The weight matrices are found through the graph: a
bias is added to the product with its matrix.
"""

import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

HEAD_WIDTH = 32
PRODUCTS = ("query.bias", "key.bias", "value.bias", "dense.bias")
SENTENCE = "The trophy didn't fit in the suitcase because it was too big."


def weights(file):
    """The parameters by the names that they have in a BertModel."""
    graph = onnx.load(file).graph
    stored = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    producers = {output: node for node in graph.node for output in node.output}
    found = {
        name: value for name, value in stored.items()
        if name.startswith(("embeddings.", "encoder.")) and value.dtype == np.float32}
    for add in (node for node in graph.node if node.op_type == "Add"):
        biases = [name for name in add.input if name in found and name.endswith(PRODUCTS)]
        products = [producers[name] for name in add.input if name in producers]
        if biases and products and products[0].op_type == "MatMul":
            matrix = stored[products[0].input[1]]
            found[biases[0].removesuffix("bias") + "weight"] = matrix.T
    return found


def load_model(file):
    """A BertModel that returns its attention weights; without a pooler."""
    found = weights(file)
    vocabulary, hidden = found["embeddings.word_embeddings.weight"].shape
    config = BertConfig(
        vocab_size=vocabulary, hidden_size=hidden, num_attention_heads=hidden // HEAD_WIDTH,
        num_hidden_layers=len([name for name in found if name.endswith("attention.self.query.bias")]),
        intermediate_size=len(found["encoder.layer.0.intermediate.dense.bias"]), hidden_act="gelu",
        max_position_embeddings=len(found["embeddings.position_embeddings.weight"]),
        type_vocab_size=len(found["embeddings.token_type_embeddings.weight"]), layer_norm_eps=1e-12,
        attn_implementation="eager")
    model = BertModel(config, add_pooling_layer=False).float().eval()
    tensors = {name: torch.from_numpy(np.array(value)) for name, value in found.items()}
    model.load_state_dict(tensors)
    return model


def load_tokenizer(file):
    """The tokenizer; its file says to pad and to cut off, which is not done."""
    tokenizer = Tokenizer.from_file(file)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def run(model, ids):
    """The last hidden states [n, width] and the attention weights [layers, heads, n, n]."""
    with torch.no_grad():
        out = model(torch.tensor([ids]), output_attentions=True)
    return out.last_hidden_state[0].numpy(), torch.cat(out.attentions).numpy()


def run_onnx(file, ids):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    values = {"input_ids": ids, "attention_mask": [1] * len(ids), "token_type_ids": [0] * len(ids)}
    wanted = {i.name: np.array([values[i.name]], dtype=np.int64) for i in session.get_inputs()}
    return session.run(None, wanted)[0][0]


if __name__ == "__main__":
    torch.set_num_threads(1)
    onnx_file, tokenizer_file = sys.argv[1:]
    ids = load_tokenizer(tokenizer_file).encode(SENTENCE).ids
    hidden, attention = run(load_model(onnx_file), ids)
    error = np.abs(hidden - run_onnx(onnx_file, ids)).max()
    print(f"{attention.shape[0]} layers, {attention.shape[1]} heads, {len(ids)} pieces: "
          f"largest difference of the last hidden states to ONNX Runtime {error:.2g}")
    assert error < 1e-4
