"""Makes the checkpoints beside it, which the tests of the readers open.

    python make_checkpoints.py

They are written by the formats' own Python packages (gguf, safetensors), and the floats that they
stand for are computed by them: x.f32 holds, raw and little endian, those of all tensors of x, in
alphabetical order of their names.
"""

import json
import pathlib

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
RANDOM = np.random.default_rng(20)
ROWS, COLUMNS = 2, 512


def random_blocks(kind):
    """Blocks of random bits, whose scales are finite and of different sizes."""
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = RANDOM.integers(0, 256, (ROWS * COLUMNS // elements, size), dtype=np.uint8)
    scales = {Type.Q4_1: (0, 2), Type.Q5_1: (0, 2), Type.Q4_K: (0, 2), Type.Q5_K: (0, 2), Type.Q6_K: (208,)}
    for at in scales.get(kind, (0,)):
        d = RANDOM.normal(size=len(blocks)) * 10.0 ** RANDOM.integers(-7, 3, len(blocks))
        blocks[:, at : at + 2] = d.astype(np.float16).view(np.uint8).reshape(-1, 2)
    return blocks.reshape(ROWS, -1)


def types():
    """A tensor of every type that can be read, and one that cannot."""
    tensors = {}
    x = RANDOM.normal(size=(ROWS, COLUMNS)).astype(np.float32)
    tensors["F32"] = x, Type.F32
    tensors["F16.bits"] = RANDOM.integers(0, 65536, (ROWS, COLUMNS), dtype=np.uint16).view(np.float16), Type.F16
    tensors["BF16.bits"] = RANDOM.integers(0, 256, (ROWS, 2 * COLUMNS), dtype=np.uint8), Type.BF16
    for kind in (Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1):
        tensors[kind.name + ".quantized"] = gguf.quants.quantize(x, kind), kind
    for kind in (Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q4_K, Type.Q5_K, Type.Q6_K):
        tensors[kind.name + ".random"] = random_blocks(kind), kind

    writer = gguf.GGUFWriter(HERE / "types.gguf", "test")
    for name, (data, kind) in tensors.items():
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.add_tensor("unreadable", random_blocks(Type.Q2_K), raw_dtype=Type.Q2_K)
    write(writer)
    floats = [gguf.quants.dequantize(data, kind) for _, (data, kind) in sorted(tensors.items())]
    assert all(f.shape == (ROWS, COLUMNS) for f in floats)
    np.concatenate(floats).astype("<f4").tofile(HERE / "types.f32")


def shapes():
    """Dimensions, an alignment of its own, and values of every type."""
    writer = gguf.GGUFWriter(HERE / "shapes.gguf", "test")
    writer.add_custom_alignment(64)
    writer.add_uint8("u8", 255)
    writer.add_int8("i8", -128)
    writer.add_uint16("u16", 65535)
    writer.add_int16("i16", -32768)
    writer.add_uint32("u32", 2**32 - 1)
    writer.add_int32("i32", -(2**31))
    writer.add_uint64("u64", 2**63 - 1)
    writer.add_uint64("u64.large", 2**64 - 1)
    writer.add_int64("i64", -(2**63))
    writer.add_float32("f32", 0.1)
    writer.add_float64("f64", 0.1)
    writer.add_bool("bool", True)
    writer.add_string("string", "▁größer 🦆\n")
    kinds = gguf.GGUFValueType
    for key, kind, values in [
        ("u8s", kinds.UINT8, [0, 255]),
        ("i8s", kinds.INT8, [-128, 127]),
        ("u16s", kinds.UINT16, [0, 65535]),
        ("i16s", kinds.INT16, [-32768, 32767]),
        ("u32s", kinds.UINT32, [0, 2**32 - 1]),
        ("i32s", kinds.INT32, [-(2**31), 2**31 - 1]),
        ("u64s", kinds.UINT64, [0, 2**63 - 1]),
        ("i64s", kinds.INT64, [-(2**63), 2**63 - 1]),
        ("f32s", kinds.FLOAT32, [0.1, -2.5]),
        ("f64s", kinds.FLOAT64, [0.1, -2.5]),
        ("bools", kinds.BOOL, [True, False, True]),
        ("strings", kinds.STRING, ["", "a b", "🦆"]),
    ]:
        writer.add_key_value(key, values, kinds.ARRAY, sub_type=kind)
    writer.add_tensor("scalars", np.arange(3, dtype=np.float32))
    writer.add_tensor("linear", np.arange(6, dtype=np.float32).reshape(2, 3))
    writer.add_tensor("four", np.arange(120, dtype=np.float32).reshape(2, 3, 4, 5))
    write(writer)


def write(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def safetensors():
    """One file of all types that can be read and some that cannot; the same weights in two files."""
    torch.manual_seed(20)
    weights = {
        "attn.weight": torch.randn(4, 3),
        "attn.bias": torch.randn(4).to(torch.float16),
        "half": torch.from_numpy(RANDOM.integers(0, 65536, 256, dtype=np.uint16).view(np.float16)),
        "brain": torch.from_numpy(RANDOM.integers(0, 256, 512, dtype=np.uint8)).view(torch.bfloat16),
        "scalar": torch.tensor(0.1),
        "empty": torch.zeros(0, 7),
    }
    others = {
        "position_ids": torch.arange(5),
        "attn.mask": torch.ones(2, 2, dtype=torch.bool),
        "double": torch.zeros(3, dtype=torch.float64),
    }
    save_file(weights | others, HERE / "types.safetensors", metadata={"format": "pt"})
    floats = [weights[name].to(torch.float32).numpy().ravel() for name in sorted(weights)]
    np.concatenate(floats).astype("<f4").tofile(HERE / "types.safetensors.f32")

    shards = [sorted(weights)[:3], sorted(weights)[3:]]
    weight_map = {}
    folder = HERE / "sharded"
    folder.mkdir(exist_ok=True)
    for i, names in enumerate(shards):
        file = f"model-{i + 1:05}-of-{len(shards):05}.safetensors"
        save_file({name: weights[name] for name in names}, folder / file, metadata={"format": "pt"})
        weight_map |= {name: file for name in names}
    index = {"metadata": {"total_size": sum(w.nbytes for w in weights.values())}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2))


types()
shapes()
safetensors()
