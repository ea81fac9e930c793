"""Scores every attention head of MiniLM on a treebank: does a word look hardest at the word it depends on?

    pip install torch transformers tokenizers numpy onnx
    python make_treebank_scores.py all-minilm-l6-v2.onnx all-minilm-l6-v2-tokenizer.json treebank.conllu out.json

The rules:

- Words are the lines with a plain number. The model reads `# text`, or else the words joined as SpaceAfter says.
- The words of a multiword token share out its surface in order: each takes as many characters as its form has, the
  last takes the rest.
- A piece belongs to the word in which its first character lies; characters are code points. Special tokens that the
  tokenizer adds belong to no word.
- From word to word, weights are summed over the pieces of the word looked at and averaged over those of the word
  that looks. A word's prediction is the other word with the largest weight, the earlier one of equals.
- A pair is a word and its head; root and punct are none. It counts under its relation up to the colon. If one of the
  two has no piece it is left out and counted.
- A sentence of more pieces than the model has positions is left out and counted.
- The baseline is the commonest offset head - dependent, in words; of equally common ones the smallest, of n and -n
  the latter.

out.json: model, sentences (that were read), skipped (that were not), pairsLeftOut (of those read), relations: for
each count, offset, offsetAccuracy, and dependentToHead and headToDependent as [layers][heads].
"""

import json
import pathlib
import sys
from collections import Counter, defaultdict
from typing import NamedTuple

import numpy as np
import torch

import minilm


# Treebank

class Word(NamedTuple):
    head: int  # 1-based, 0 for the root
    relation: str
    start: int  # in the text
    end: int


def sentences(file):
    for block in pathlib.Path(file).read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.split("\n") if line]
        rows = [line.split("\t") for line in lines if not line.startswith("#")]
        if rows:
            yield sentence(lines, [row for row in rows if "." not in row[0]])


def sentence(lines, rows):
    """A text and its words."""
    text = next((line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")), None)
    tokens = surfaces(rows)
    if text is None:
        text = "".join(form + space for form, space, _ in tokens).rstrip(" ")
    words = []
    position = 0
    for form, _, parts in tokens:
        while text[position] == " " and form[0] != " ":
            position += 1
        assert text.startswith(form, position), f"{form!r} is not at {position} of {text!r}"
        end = position + len(form)
        for part in parts:
            last = end if part is parts[-1] else min(end, position + len(part[1]))
            words.append(Word(int(part[6]), part[7].partition(":")[0], position, last))
            position = last
    return text, words


def surfaces(rows):
    """What is written: a form, the space after it and its words' rows."""
    tokens = []
    covered = 0
    for row in rows:
        space = "" if "SpaceAfter=No" in row[9].split("|") else " "
        if "-" in row[0]:
            covered = int(row[0].split("-")[1])
            tokens.append((row[1], space, []))
        elif int(row[0]) <= covered:
            tokens[-1][2].append(row)
        else:
            tokens.append((row[1], space, [row]))
    return tokens


# Attention between words

def pieces_of(words, encoding):
    """For each word the indices of its pieces."""
    owned = [[] for _ in words]
    for piece, ((start, _), special) in enumerate(zip(encoding.offsets, encoding.special_tokens_mask)):
        for word, pieces in zip(words, owned):
            if not special and word.start <= start < word.end:
                pieces.append(piece)
    return owned


def predictions(attention, owned):
    """At which word each looks hardest, [layers, heads, words]; -1 for those that have no piece."""
    present = [i for i, pieces in enumerate(owned) if pieces]
    looked_at = np.stack([attention[..., owned[i]].sum(-1) for i in present], -1)
    between = np.stack([looked_at[..., owned[i], :].mean(-2) for i in present], -2)
    own = np.arange(len(present))
    between[..., own, own] = -1
    result = np.full((*attention.shape[:2], len(owned)), -1)
    result[..., present] = np.array(present)[between.argmax(-1)]
    return result


# Scores

class Scores:
    def __init__(self, shape):
        self.offsets = Counter()
        self.to_head = np.zeros(shape, dtype=int)
        self.to_dependent = np.zeros(shape, dtype=int)

    def add(self, predicted, dependent, head):
        self.offsets[head - dependent] += 1
        self.to_head += predicted[..., dependent] == head
        self.to_dependent += predicted[..., head] == dependent

    def result(self):
        count = self.offsets.total()
        offset, hits = min(self.offsets.items(), key=lambda item: (-item[1], abs(item[0]), item[0]))
        return {
            "count": count, "offset": offset, "offsetAccuracy": round(hits / count, 6),
            "dependentToHead": (self.to_head / count).round(6).tolist(),
            "headToDependent": (self.to_dependent / count).round(6).tolist()}


def score(model, tokenizer, treebank):
    config = model.config
    relations = defaultdict(lambda: Scores((config.num_hidden_layers, config.num_attention_heads)))
    read = skipped = left_out = 0
    for text, words in treebank:
        encoding = tokenizer.encode(text)
        if len(encoding.ids) > config.max_position_embeddings:
            skipped += 1
            continue
        read += 1
        owned = pieces_of(words, encoding)
        _, attention = minilm.run(model, encoding.ids)
        predicted = predictions(attention, owned)
        for dependent, word in enumerate(words):
            head = word.head - 1
            if word.relation in ("root", "punct"):
                continue
            if owned[dependent] and owned[head]:
                relations[word.relation].add(predicted, dependent, head)
            else:
                left_out += 1
    return {
        "sentences": read, "skipped": skipped, "pairsLeftOut": left_out,
        "relations": {name: relations[name].result() for name in sorted(relations)}}


if __name__ == "__main__":
    torch.set_num_threads(1)
    onnx_file, tokenizer_file, treebank_file, out = sys.argv[1:]
    model, tokenizer = minilm.load_model(onnx_file), minilm.load_tokenizer(tokenizer_file)
    result = {"model": pathlib.Path(onnx_file).stem} | score(model, tokenizer, sentences(treebank_file))
    pathlib.Path(out).write_text(json.dumps(result) + "\n")
