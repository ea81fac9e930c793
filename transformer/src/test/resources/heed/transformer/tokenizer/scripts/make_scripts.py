"""Makes the tokenizers beside it, and what Python's libraries make of 200 texts with them.

    python make_scripts.py

texts.txt holds texts of ten scripts, a line each; those that a line cannot hold, and others that are
seldom met, are in MORE below. All tokenizers are trained on them:

- vocab.txt: WordPiece, kept if it is there, for its trainer breaks ties by chance; vocab.json
  and merges.txt: byte-level BPE. Which tokenizer they make depends on the files beside them, which
  golden.json.gz names: what transformers makes of such folders;
- unigram.json: a tokenizer.json as XLM-RoBERTa's, trained by sentencepiece, with a small table of
  its own for the Precompiled normalizer: what the tokenizers library makes of it;
- gemma.json: a tokenizer.json as Gemma's, a SentencePiece BPE that spells in bytes what it does not
  know and adds no space before a text, and gemma.gguf, the same as GGUF, which also adds </s>: what
  sentencepiece makes of it.

golden.json.gz: {"texts": [...], "cases": [{"name", "vocabulary", "files", "ids", "spans"}, ...]}. The
spans are of all tokens but added ones, in UTF-16 units, start and end behind one another; there are
none for sentencepiece, nor ids for texts with names of its special tokens.

Made with transformers 5.24.0, tokenizers 0.23.3, sentencepiece 0.2.3.
"""

import gzip
import io
import json
import pathlib
import shutil
import tempfile
import unicodedata

import gguf
import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as pb
from tokenizers import (
    AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers,
)
from transformers import BertTokenizer, GPT2Tokenizer, MPNetTokenizer, Qwen2Tokenizer, RobertaTokenizer

HERE = pathlib.Path(__file__).parent
MORE = [
    "", " ", "\n", "\t", "   ", "a", " a", "a ", "  two  spaces  ", "tab\tbetween\ttabs", "line\nbreak\r\nand\rmore",
    "a\u00a0b\u2003c\u3000d", "zero\u200bwidth\u200djoin\ufeff", "soft\u00adhyphen", "bell\u0007 nul\u0000 esc\u001b[0m",
    "e\u0301 a\u0308 n\u0303 o\u0302\u0323", "q\u0308\u0323\u0301", "\u0301alone", "🙂", "👍🏽 👍", "👩‍👩‍👧‍👦 👩‍🚀", "🇫🇷🇯🇵🇰🇪",
    "❤️ ❤ ☎︎", "1️⃣ #️⃣", "x🦆y🦆🦆z", "! ? . , ; :", "...!!!???", "-- — – ‐ ‑", "“quoted” ‘single’ «angle» „low“",
    "a/b\\c|d~e`f^g", "@user #tag $9.99 50% & co_", "http://example.org/a?b=c&d=1#e", "x = y * (z + 1) - [k] / {m};",
    "3.14159 1,000,000 1e-9 0x1F", "①②③ ½ ² ₃ Ⅷ ٣ ३", "ﬁne ﬂow ﬃ Å Å", "ｆｕｌｌ　ｗｉｄｔｈ！", "\ufffd \ue000 \U0010ffff",
    "MiXeD ΣκιΆ ДоМ ß ẞ ŉ", "[CLS] a [SEP] [MASK] [UNK] <s> </s> <pad>", "supercalifragilisticexpialidocious" * 4,
]
TEXTS = (HERE / "texts.txt").read_text(encoding="utf-8").split("\n")[:-1] + MORE
CORPUS = [t for t in TEXTS[: len(TEXTS) - 2] for _ in range(3) if t.strip() and "\0" not in t]


def utf16(text, spans):
    index = [0]
    for character in text:
        index.append(index[-1] + len(character.encode("utf-16-le")) // 2)
    return [index[i] for span in spans for i in span]


def golden(name, vocabulary, files, tokenizer):
    ids, spans = [], []
    for text in TEXTS:
        encoding = tokenizer.encode(text)
        ids.append(encoding.ids)
        kept = [o for o, added in zip(encoding.offsets, encoding.special_tokens_mask) if not added]
        spans.append(utf16(text, kept))
    return {"name": name, "vocabulary": vocabulary, "files": files, "ids": ids, "spans": spans}


def of_folder(kind, name, vocabulary, files):
    with tempfile.TemporaryDirectory() as folder:
        for file in vocabulary:
            shutil.copy(HERE / file, folder)
        for file, content in files.items():
            (pathlib.Path(folder) / file).write_text(json.dumps(content))
        tokenizer = kind.from_pretrained(folder)
        return golden(name, vocabulary, files, tokenizer.backend_tokenizer)


def train_word_piece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<s>", "</s>", "<pad>", "<mask>"]
    trainer = trainers.WordPieceTrainer(vocab_size=1900, special_tokens=special, show_progress=False)
    bare = [normalizers.BertNormalizer().normalize_str(text) for text in CORPUS]
    tokenizer.train_from_iterator(CORPUS + bare, trainer)
    vocabulary = tokenizer.get_vocab()
    tokens = sorted(vocabulary, key=vocabulary.get)
    (HERE / "vocab.txt").write_text("".join(token + "\n" for token in tokens), encoding="utf-8")


def word_piece():
    if not (HERE / "vocab.txt").exists():
        train_word_piece()
    config, files = "tokenizer_config.json", ["vocab.txt"]
    cased = {"do_lower_case": False, "tokenizer_class": "BertTokenizer"}
    odd = {"do_lower_case": True, "strip_accents": False, "tokenize_chinese_chars": False, "cls_token": "<s>",
           "sep_token": {"__type": "AddedToken", "content": "</s>", "lstrip": False, "rstrip": False, "single_word": False, "normalized": False}}
    return [
        of_folder(BertTokenizer, "bert", files, {}),
        of_folder(BertTokenizer, "bert-cased", files, {config: cased, "config.json": {"model_type": "distilbert"}}),
        of_folder(BertTokenizer, "bert-odd", files, {config: odd}),
        of_folder(MPNetTokenizer, "mpnet", files, {config: {"tokenizer_class": "MPNetTokenizer"}}),
    ]


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    (HERE / "vocab.json").write_text(json.dumps(model["vocab"], ensure_ascii=False), encoding="utf-8")
    merges = "".join(" ".join(merge) + "\n" for merge in model["merges"])
    (HERE / "merges.txt").write_text("#version: 0.2\n" + merges, encoding="utf-8")
    files, config, size = ["vocab.json", "merges.txt"], "tokenizer_config.json", len(model["vocab"])
    roberta, gpt2, qwen2 = ({"config.json": {"model_type": t}} for t in ("roberta", "gpt2", "qwen2"))
    mask = {"content": "<mask>", "lstrip": True, "rstrip": False, "single_word": False, "normalized": False}
    added = {str(size): {"content": "<|im_start|>", "special": True}, str(size + 1): {"content": "ducks", "special": False}}
    return [
        of_folder(GPT2Tokenizer, "gpt2", files, gpt2),
        of_folder(GPT2Tokenizer, "gpt2-prefix", files, gpt2 | {config: {"add_prefix_space": True}}),
        of_folder(RobertaTokenizer, "roberta", files, roberta),
        of_folder(RobertaTokenizer, "roberta-prefix", files, roberta | {
            config: {"add_prefix_space": True, "tokenizer_class": "RobertaTokenizer"},
            "special_tokens_map.json": {"cls_token": "<|endoftext|>", "mask_token": mask}}),
        of_folder(Qwen2Tokenizer, "qwen2", files, qwen2 | {config: {"added_tokens_decoder": added}}),
    ]


def train(**settings):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS), model_writer=model, minloglevel=2, **settings)
    proto = pb.ModelProto()
    proto.ParseFromString(model.getvalue())
    return proto, sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def unigram():
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder) / "rules.tsv"
        pairs = {chr(c): unicodedata.normalize("NFKC", chr(c)) for block in (
            (0xA0, 0x180), (0x2000, 0x2070), (0x2150, 0x2190), (0x2460, 0x24A0), (0x3300, 0x3380), (0xFB00, 0xFB07),
            (0xFF01, 0xFFA0)) for c in range(*block)}
        pairs |= {"\t": " ", "\n": " ", "\r": " ", "e\u0301": "é", "a\u0308": "ä", "\u200b": " ", "\ufeff": ""}
        hexed = lambda text: " ".join("%04X" % ord(c) for c in text)
        rules.write_text("".join(f"{hexed(a)}\t{hexed(b)}\n" for a, b in pairs.items() if a != b))
        proto, processor = train(
            model_type="unigram", vocab_size=890, normalization_rule_tsv=str(rules), character_coverage=0.999,
            remove_extra_whitespaces=True)
    pieces = [(p.piece, p.score) for p in proto.pieces]
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *pieces[3:], ("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, 3))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace("▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    special = [AddedToken(t, normalized=False, special=True) for t in ("<s>", "<pad>", "</s>", "<unk>")]
    tokenizer.add_tokens([*special, AddedToken("<mask>", lstrip=True, normalized=False, special=True)])
    (HERE / "unigram.json").write_text(tokenizer.to_str(), encoding="utf-8")
    same = sum(
        [0, *[3 if i == 0 else i + 1 for i in processor.encode(text)], 2] == tokenizer.encode(text).ids for text in TEXTS)
    print("unigram: as sentencepiece", same, "of", len(TEXTS))
    return golden("unigram", ["unigram.json"], {}, tokenizer)


def gemma():
    proto, processor = train(
        model_type="bpe", vocab_size=1300, byte_fallback=True, normalization_rule_name="identity", character_coverage=0.995,
        remove_extra_whitespaces=False, add_dummy_prefix=False, split_digits=True, allow_whitespace_only_pieces=True,
        pad_id=0, eos_id=1, bos_id=2, unk_id=3)
    tokens = [p.piece for p in proto.pieces]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    merges = []
    for i, piece in enumerate(proto.pieces):
        if piece.type == 1:
            merges += sorted(
                ((piece.piece[:at], piece.piece[at:]) for at in range(1, len(piece.piece))
                 if piece.piece[:at] in vocabulary and piece.piece[at:] in vocabulary),
                key=lambda pair: (vocabulary[pair[0]], vocabulary[pair[1]]))
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 2), ("</s>", 1)])
    (HERE / "gemma.json").write_text(tokenizer.to_str(), encoding="utf-8")

    kinds = [2 if p.type == 2 else 3 if p.type == 3 else 6 if p.type == 6 else 1 for p in proto.pieces]
    writer = gguf.GGUFWriter(HERE / "gemma.gguf", "gemma")
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([p.score for p in proto.pieces])
    writer.add_token_types(kinds)
    for add, number in ((writer.add_pad_token_id, 0), (writer.add_eos_token_id, 1), (writer.add_bos_token_id, 2), (writer.add_unk_token_id, 3)):
        add(number)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)
    writer.add_add_space_prefix(False)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    ids = [None if "<s>" in text else [2, *processor.encode(text), 1] for text in TEXTS]  # it reads them as text
    print("gemma: as sentencepiece", sum(a == tokenizer.encode(t).ids for a, t in zip(ids, TEXTS)), "of", len(TEXTS))
    return [{"name": name, "vocabulary": [name], "files": {}, "ids": ids} for name in ("gemma.json", "gemma.gguf")]


cases = [*word_piece(), *byte_level(), unigram(), *gemma()]
text = json.dumps({"texts": TEXTS, "cases": cases}, separators=(",", ":"))
(HERE / "golden.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
print(len(TEXTS), "texts")
