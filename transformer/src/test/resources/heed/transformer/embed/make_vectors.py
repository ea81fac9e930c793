"""Makes sentence-transformers folders of the tiny models in ../golden, and what `SentenceTransformer` says of texts.

    pip install torch transformers sentence-transformers safetensors
    python make_vectors.py [NAME …]     all of them, or these

Each case is a file NAME.json (sentence-transformers 6.2, transformers 5.24):

- model: the folder of ../golden whose config.json, tokenizer.json and weights the case has, and in which folder
  (transformer) they lie in it;
- files: what lies beside them: JSON, or @NAME.safetensors for a copy of that file here;
- maxTokens, dimensions, and the prompt of each role;
- calls: the role or the prompt, the texts, how many tokens each has after cutting, and the vectors.

Each text is encoded alone, so that no vector depends on padding. Vectors of a folder without modules.json are scaled
to length 1, as Heed does there.
"""

import json
import logging
import pathlib
import shutil
import sys
import tempfile

import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE.parent / "golden"
TEXTS = [
    "The café has 2 cats 🙂, and she had the rain", "the rain", "a", "She HAD The Cats: and THE rain has 2 cats"]
LONG = TEXTS + ["the cats and the rain had a " * 4]
POOLINGS = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]
OLDER = ["cls_token", "max_tokens", "mean_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]
MODELS = ["bert", "roberta", "xlm-roberta", "mpnet", "modernbert", "distilbert"]
NEW = "sentence_transformers.base.modules."
NEW_POOLING = "sentence_transformers.sentence_transformer.modules.pooling.Pooling"
OLD = "sentence_transformers.models."
PROMPTS = {"query": "the query: ", "document": "a cat: "}


# The files of a folder

def modules(*names, types=None, transformer=""):
    """Transformer, then these; a name of a folder is its number and its module: Pooling is in 1_Pooling."""
    types = types or {}
    entries = [dict(idx=0, name="0", path=transformer, type=types.get("Transformer", OLD + "Transformer"))]
    for i, name in enumerate(names, 1):
        entries.append(dict(idx=i, name=str(i), path=f"{i}_{name}", type=types.get(name, OLD + name)))
    return entries


def older(*chosen, **more):
    flags = {f"pooling_mode_{name}": POOLINGS[i] in chosen for i, name in enumerate(OLDER)}
    return {"word_embedding_dimension": 32} | flags | more


def newer(mode, **more):
    return {"embedding_dimension": 32, "pooling_mode": mode} | more


def dense(size_in, size_out, activation="torch.nn.modules.activation.Tanh", **more):
    return dict(in_features=size_in, out_features=size_out, activation_function=activation) | more


def tokenizer_config(model, **more):
    """What transformers must be told to take tokenizer.json as it is."""
    tokenizer = Tokenizer.from_file(str(GOLDEN / model / "tokenizer.json"))
    names = dict(tokenizer_class="PreTrainedTokenizerFast", model_input_names=["input_ids", "attention_mask"])
    for key, choice in dict(
            unk_token=("[UNK]", "<unk>"), pad_token=("[PAD]", "<pad>", "<|endoftext|>", "</s>"),
            cls_token=("[CLS]", "<s>"), sep_token=("[SEP]", "</s>"), mask_token=("[MASK]", "<mask>"),
            eos_token=("</s>", "<|endoftext|>")).items():
        found = [name for name in choice if tokenizer.token_to_id(name) is not None]
        if found:
            names[key] = found[0]
    return names | more


def folder(pooling, *names, transformer="", types=None, **files):
    """Transformer, Pooling, these modules, and files by the names that PLACES gives them."""
    made = {
        "modules.json": modules("Pooling", *names, types=types, transformer=transformer),
        "1_Pooling/config.json": pooling,
    }
    at = transformer + "/" if transformer else ""
    for key, content in files.items():
        made[PLACES[key].format(at)] = content
    return made


PLACES = dict(
    bert="{}sentence_bert_config.json", roberta="{}sentence_roberta_config.json", tokenizer="{}tokenizer_config.json",
    prompts="config_sentence_transformers.json", dense2="2_Dense/config.json", dense3="3_Dense/config.json",
    weights2="2_Dense/model.safetensors", weights3="3_Dense/model.safetensors")


def prompts(by_name, default=None):
    return dict(prompts=by_name, default_prompt_name=default)


# The cases: a model, its files, and the calls, each of a role or a prompt

CASES = {}


def case(name, model, files, calls=("NONE",), texts=TEXTS, transformer=""):
    CASES[name] = dict(model=model, transformer=transformer, files=files, calls=calls, texts=texts)


for i, each in enumerate(POOLINGS):
    case(f"older-{each}", MODELS[i], folder(older(each)))
    case(f"newer-{each}", MODELS[-i], folder(newer(each), "Normalize"))
case("older-none", "bert", folder(older()))
case("older-without-flags", "roberta", folder(dict(word_embedding_dimension=32)))
case("older-several", "mpnet", folder(older("mean", "cls", "lasttoken"), "Normalize"))
case("newer-several", "bert", folder(newer(["lasttoken", "cls", "mean"])))
case("newer-beside-older", "bert", folder(older("cls") | newer("max")))
case("dense-tanh", "bert", folder(
    older("mean"), "Dense", dense2=dense(32, 24, bias=True), weights2="@dense-24.safetensors"))
case("dense-unsaid", "bert", folder(
    older("mean"), "Dense", dense2=dict(in_features=32, out_features=24), weights2="@dense-24.safetensors"))
case("dense-no-bias", "roberta", folder(
    older("cls"), "Dense", "Normalize", dense2=dense(32, 40, "torch.nn.modules.linear.Identity", bias=False),
    weights2="@dense-40.safetensors"))
case("dense-twice", "gemma3-embedding", folder(
    newer("mean", include_prompt=True), "Dense", "Dense", "Normalize",
    types=dict(
        Transformer=NEW + "transformer.Transformer", Pooling=NEW_POOLING, Dense=NEW + "dense.Dense",
        Normalize=NEW + "normalize.Normalize"),
    dense2=dense(32, 40, "torch.nn.modules.linear.Identity", bias=False), weights2="@dense-40.safetensors",
    dense3=dense(40, 32, "torch.nn.modules.linear.Identity", bias=False), weights3="@dense-32.safetensors",
    prompts=prompts({"query": "task: search result | query: ", "document": "title: none | text: "})),
    calls=("NONE", "QUERY", "DOCUMENT"))
for name in ("ReLU", "Sigmoid", "SiLU"):
    case(f"dense-{name.lower()}", "bert", folder(
        older("mean"), "Dense", dense2=dense(32, 24, f"torch.nn.modules.activation.{name}", bias=True),
        weights2="@dense-24.safetensors"))
case("normalize-before-dense", "distilbert", folder(
    older("mean"), "Normalize", "Dense", dense3=dense(32, 24), weights3="@dense-24.safetensors"))
case("prompts", "bert", folder(older("mean"), prompts=prompts(PROMPTS)),
     calls=("NONE", "QUERY", "DOCUMENT", "2 cats: "))
case("prompts-passage", "xlm-roberta", folder(
    older("mean"), prompts=prompts({"query": "query: ", "passage": "passage: "})), calls=("NONE", "QUERY", "DOCUMENT"))
case("prompts-default", "roberta", folder(older("mean"), prompts=prompts(PROMPTS, "document")),
     calls=("NONE", "QUERY", "DOCUMENT"))
case("prompts-default-alone", "bert", folder(older("mean"), prompts=prompts({"search": "the cats: "}, "search")),
     calls=("NONE", "QUERY", "DOCUMENT"))
for model in ("bert", "mpnet", "qwen3"):
    case(f"prompt-not-pooled-{model}", model, folder(
        newer(POOLINGS, include_prompt=False), prompts=prompts(PROMPTS)), calls=("NONE", "QUERY", "DOCUMENT"),
        texts=TEXTS[:2] + TEXTS[3:])
case("prompt-not-pooled-cut", "bert", folder(
    newer(POOLINGS, include_prompt=False), bert=dict(max_seq_length=8), prompts=prompts(PROMPTS)),
    calls=("QUERY", "the cats and the rain had a 2: "), texts=LONG)
case("prompt-not-pooled-lower-case", "roberta", folder(
    newer("mean", include_prompt=False), bert=dict(max_seq_length=40, do_lower_case=True),
    prompts=prompts({"query": "The CATS: "})), calls=("QUERY",))
case("cut", "bert", folder(older("mean"), bert=dict(max_seq_length=12, do_lower_case=False)), texts=LONG)
case("cut-no-special", "qwen3", folder(older("lasttoken"), bert=dict(max_seq_length=12)), texts=LONG)
case("cut-at-positions", "roberta", folder(older("mean"), bert=dict(max_seq_length=48)), texts=LONG)
case("cut-by-tokenizer", "mpnet", folder(
    older("cls"), bert=dict(do_lower_case=False), tokenizer=tokenizer_config("mpnet", model_max_length=10)), texts=LONG)
case("cut-by-tokenizer-alone", "bert", folder(
    older("cls"), tokenizer=tokenizer_config("bert", model_max_length=10)), texts=LONG)
case("cut-by-neither", "bert", folder(
    older("cls"), bert=dict(max_seq_length=None),
    tokenizer=tokenizer_config("bert", model_max_length=1000000000000000019884624838656)), texts=LONG)
case("cut-by-older-file", "roberta", folder(older("mean"), roberta=dict(max_seq_length=9)), texts=LONG)
case("lower-case", "roberta", folder(older("mean"), bert=dict(max_seq_length=40, do_lower_case=True)),
     texts=TEXTS + ["CATS <mask> AND", "ΟΔΟΣ İ SS"])
case("lower-case-special", "bert", folder(older("mean"), bert=dict(do_lower_case=True)), texts=["THE [MASK] Rain"])
case("subfolder", "distilbert", folder(
    older("mean"), "Normalize", transformer="0_Transformer", bert=dict(max_seq_length=11), prompts=prompts(PROMPTS)),
    transformer="0_Transformer", calls=("NONE", "QUERY"), texts=LONG)
case("new-types", "modernbert", folder(
    newer("cls"), "Normalize", types=dict(
        Transformer=NEW + "transformer.Transformer", Pooling=NEW_POOLING, Normalize=NEW + "normalize.Normalize"),
    bert=dict(transformer_task="feature-extraction", modality_config={"text": {
        "method": "forward", "method_output_name": "last_hidden_state"}}, module_output_name="token_embeddings")))
case("new-limit", "bert", folder(
    newer("mean"), bert=dict(processor_kwargs=dict(model_max_length=9))), texts=LONG)
for model in ("bert", "modernbert", "qwen3", "llama", "gemma3-embedding"):
    case(f"no-modules-{model}", model, {})
case("no-modules-cut", "bert", {"tokenizer_config.json": tokenizer_config("bert", model_max_length=10)}, texts=LONG)
case("last-token", "qwen3", folder(older("lasttoken", include_prompt=True), "Normalize", prompts=prompts(
    {"query": "the query\nquery:"})), calls=("NONE", "QUERY"))
case("last-token-llama", "llama", folder(older("lasttoken")))


# What sentence-transformers says

def make(name, given):
    with tempfile.TemporaryDirectory() as parent:
        at = pathlib.Path(parent)
        inner = at / given["transformer"]
        inner.mkdir(exist_ok=True)
        for file in GOLDEN.joinpath(given["model"]).iterdir():
            if not file.name.startswith("golden.") and file.suffix != ".gguf":
                shutil.copy(file, inner)
        (inner / "tokenizer_config.json").write_text(json.dumps(tokenizer_config(given["model"])))
        for path, content in given["files"].items():
            file = at / path
            file.parent.mkdir(exist_ok=True)
            if isinstance(content, str):
                shutil.copy(HERE / content[1:], file)
            else:
                file.write_text(json.dumps(content))
        if "modules.json" in given["files"]:
            for entry in given["files"]["modules.json"][1:]:
                (at / entry["path"]).mkdir(exist_ok=True)
        model = SentenceTransformer(str(at), device="cpu", local_files_only=True)
        model.eval()
        result = dict(
            model=given["model"], transformer=given["transformer"], files=given["files"],
            maxTokens=min(model.max_seq_length, 48), dimensions=model.get_embedding_dimension(),
            prompts={role: prompt_of(model, role, given["files"]) for role in ("NONE", "QUERY", "DOCUMENT")},
            calls=[call(model, each, given) for each in given["calls"]])
    lines = json.dumps(result, ensure_ascii=False, allow_nan=False, indent=1)
    HERE.joinpath(name + ".json").write_text(compact(lines) + "\n")
    print(name, result["maxTokens"], [each["tokens"] for each in result["calls"]])


def prompt_of(model, role, files):
    """As encode, encode_query and encode_document take it; the last says that it takes `passage` where there is no
    `document`, but a `document` of its own, which is empty, hides it."""
    if role == "NONE":
        return model.prompts.get(model.default_prompt_name) or ""
    if role == "QUERY":
        return model.prompts.get("query") or ""
    given = files.get("config_sentence_transformers.json", {}).get("prompts", {})
    names = [each for each in ("document", "passage", "corpus") if each in given]
    return given[names[0]] if names else ""


def call(model, which, given):
    role = which in ("NONE", "QUERY", "DOCUMENT")
    prompt = prompt_of(model, which, given["files"]) if role else which
    unit = "modules.json" not in given["files"]
    tokens, vectors = [], []
    for text in given["texts"]:
        features = model.preprocess([text], prompt=prompt)
        tokens.append(int(features["attention_mask"].sum()))
        if which == "NONE":
            vector = model.encode(text, normalize_embeddings=unit)
        elif which == "QUERY":
            vector = model.encode_query(text, normalize_embeddings=unit)
        elif which == "DOCUMENT" and (model.prompts["document"] or not prompt):
            vector = model.encode_document(text, normalize_embeddings=unit)
        else:
            vector = model.encode(text, prompt=prompt, normalize_embeddings=unit)
        vectors.append([float(f"{x:.7g}") for x in vector])
    kind = "role" if role else "prompt"
    return {kind: which} | dict(texts=given["texts"], tokens=tokens, vectors=vectors)


def compact(lines):
    """Lists of numbers on one line."""
    out, inside = [], []
    for line in lines.split("\n"):
        stripped = line.strip()
        number = stripped.rstrip(",").lstrip("-").replace(".", "").replace("e-", "").isdigit()
        if number:
            inside.append(stripped)
            continue
        if inside:
            out[-1] += " ".join(inside) + stripped
            inside = []
            continue
        out.append(line)
    return "\n".join(out)


def save_dense():
    generator = torch.Generator().manual_seed(7)
    for rows, columns, bias in ((24, 32, True), (40, 32, False), (32, 40, False)):
        tensors = {"linear.weight": 0.2 * torch.randn(rows, columns, generator=generator)}
        if bias:
            tensors["linear.bias"] = 0.2 * torch.randn(rows, generator=generator)
        save_file(tensors, HERE / f"dense-{rows}.safetensors")


def main():
    logging.disable(logging.WARNING)
    torch.manual_seed(0)
    save_dense()
    for name in sys.argv[1:] or CASES:
        make(name, CASES[name])


if __name__ == "__main__":
    main()
