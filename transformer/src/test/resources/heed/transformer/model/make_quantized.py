"""Makes the small quantised ONNX files beside it, and what ONNX Runtime says of them.

    python make_quantized.py

The model is that of ../golden/bert, exported by torch and quantised by onnxruntime's dynamic
quantisation: int8.onnx has a scale for each column of a linear layer, and its numbers where the tool
puts them; uint8.onnx has one scale for a tensor, and its numbers in the other of the two places that
ONNX has for them. quantized.json holds for each the token ids, what ONNX Runtime makes of the
quantised file ("quantized"), and what it makes of the float file with its weights replaced by what
the quantised ones stand for ("dequantized"): last hidden states, row by row.

Made with torch 2.15.0, transformers 5.24.0, onnx 1.23.2 and onnxruntime 1.32.0.
"""

import json
import pathlib
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import BertModel

HERE = pathlib.Path(__file__).parent
IDS = [2, 17, 9, 31, 5, 44, 23, 8, 60, 12, 3]


class Hidden(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.embeddings = model.embeddings
        self.encoder = model.encoder
        self.model = [model]

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model[0](input_ids, attention_mask, token_type_ids).last_hidden_state


def export(path):
    model = BertModel.from_pretrained(HERE.parent / "golden/bert", add_pooling_layer=False, attn_implementation="eager")
    ones = torch.ones(1, len(IDS), dtype=torch.long)
    torch.onnx.export(
        Hidden(model.eval()),
        (torch.tensor([IDS]), ones, ones * 0),
        path,
        dynamo=False,
        opset_version=14,
        input_names=["input_ids", "attention_mask", "token_type_ids"],
        output_names=["last_hidden_state"],
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in ("input_ids", "attention_mask", "token_type_ids")},
    )


def run(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    ids = np.array([IDS], dtype=np.int64)
    given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    given = {i.name: given[i.name] for i in session.get_inputs()}
    return session.run(None, given)[0][0]


def dequantized(whole, quantized):
    """The float model with the weights that the quantised ones stand for."""
    model = onnx.ModelProto()
    model.CopyFrom(whole)
    stored = {t.name: numpy_helper.to_array(t) for t in quantized.graph.initializer}
    for tensor in model.graph.initializer:
        if tensor.name + "_quantized" in stored:
            q, scale, zero = (stored[tensor.name + end] for end in ("_quantized", "_scale", "_zero_point"))
            floats = (q.astype(np.float32) - zero.astype(np.float32)) * scale
            tensor.CopyFrom(numpy_helper.from_array(floats.astype(np.float32), tensor.name))
    return model


def swap_fields(model):
    for tensor in model.graph.initializer:
        if tensor.name.endswith(("_quantized", "_scale", "_zero_point")):
            array = numpy_helper.to_array(tensor)
            if tensor.raw_data:
                tensor.ClearField("raw_data")
                tensor.int32_data.extend(array.flatten().tolist())
            else:
                tensor.ClearField("int32_data")
                tensor.ClearField("float_data")
                tensor.raw_data = array.tobytes()


def main():
    golden = {}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "float.onnx"
        export(path)
        whole = onnx.load(path)
        for name, kind, per_channel in (("int8", QuantType.QInt8, True), ("uint8", QuantType.QUInt8, False)):
            file = HERE / f"{name}.onnx"
            quantize_dynamic(path, file, weight_type=kind, per_channel=per_channel)
            model = onnx.load(file)
            if name == "uint8":
                swap_fields(model)
            model.graph.ClearField("value_info")
            for node in model.graph.node:
                node.ClearField("name")
                node.ClearField("doc_string")
            onnx.save(model, file)
            golden[name] = {
                "ids": IDS,
                "quantized": run(model).tolist(),
                "dequantized": run(dequantized(whole, model)).tolist(),
            }
    (HERE / "quantized.json").write_text(json.dumps(golden) + "\n")


main()
