"""Reads what `heed look --export` wrote, with NumPy and with the safetensors package, and checks it.

    pip install numpy safetensors
    python read_export.py FILE.npz|FILE.safetensors

Every row of every head must sum to 1; prints the arrays and the tokens.
"""

import json
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file

file = sys.argv[1]
arrays = dict(np.load(file)) if file.endswith(".npz") else load_file(file)
for name, array in arrays.items():
    print(name, array.dtype, array.shape)
    if name.startswith("attention."):
        assert np.abs(array.sum(-1) - 1).max() < 1e-5, name
tokens = json.loads(bytes(arrays["tokens"]))
text = json.loads(bytes(arrays["text"]))
assert len(tokens) == len(arrays["ids"]) == len(arrays["spans"])
print(list(zip(tokens, arrays["spans"].tolist())), text)
if file.endswith(".safetensors"):
    assert json.loads(safe_open(file, "numpy").metadata()["tokens"]) == tokens
