"""Makes the GGUF files of tiny tokenizers beside it, and what the original tokenizers do.

    python make_tokenizers.py

spm.gguf is a SentencePiece BPE, trained by the sentencepiece package, whose ids are expected. gpt2,
smollm, llama-bpe and qwen2 are byte-level BPEs, trained by the tokenizers package with the
pre-tokenizer that tokenizer.ggml.pre names. x.json holds texts with their ids and what is decoded.
"""

import io
import json
import pathlib
import random

import gguf
import sentencepiece
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent
WORDS = "the trophy didn't fit in suitcase because it was too large 2026 1999 café naïve ½ 你好 世界 🦆 I'm we'll".split()
RANDOM = random.Random(20)
CORPUS = [" ".join(RANDOM.choices(WORDS, k=RANDOM.randint(3, 12))) + RANDOM.choice(".!?\n") for _ in range(400)]
TEXTS = [
    "The trophy didn't fit in the suitcase because it was too large.",
    "  two spaces,   three\tand a tab\n\n\nlines\r\n ",
    "in 2026 12345 6   78",
    "half ½ ²",
    "I'M we'LL",
    "你好世界 🦆🦆 👩‍👩‍👧 ñ e\u0301",
    "x<s>y</s> <|end|>z",
    " ",
    "",
]


def write(name, model, tokens, types, metadata):
    writer = gguf.GGUFWriter(HERE / (name + ".gguf"), "llama")
    writer.add_tokenizer_model(model)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    metadata(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def expect(name, cases):
    (HERE / (name + ".json")).write_text(json.dumps(cases, ensure_ascii=True, indent=0))


def sentence_piece():
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS),
        model_writer=model,
        model_type="bpe",
        vocab_size=400,
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        split_digits=True,
        allow_whitespace_only_pieces=True,
        character_coverage=0.99,
        minloglevel=2,
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    ids = range(processor.vocab_size())
    kinds = [2 if processor.is_unknown(i) else 3 if processor.is_control(i) else 6 if processor.is_byte(i) else 1 for i in ids]

    def metadata(writer):
        writer.add_token_scores([processor.get_score(i) for i in ids])
        writer.add_unk_token_id(processor.unk_id())
        writer.add_bos_token_id(processor.bos_id())
        writer.add_eos_token_id(processor.eos_id())

    write("spm", "llama", [processor.id_to_piece(i) for i in ids], kinds, metadata)
    cases = []
    for text in TEXTS:
        if "<s>" not in text:  # the package reads control tokens as text
            encoded = processor.encode(text)
            cases.append({"text": text, "ids": [processor.bos_id(), *encoded], "decoded": processor.decode(encoded)})
    expect("spm", cases)


def modern(digits):
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(
                Regex(
                    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|" + digits
                    + r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
                ),
                behavior="isolated",
            ),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def byte_level(name, pre, bos, normalizer=None):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoders.ByteLevel()
    if normalizer:
        tokenizer.normalizer = normalizer
    trainer = trainers.BpeTrainer(
        vocab_size=330,
        special_tokens=["<s>", "</s>", "<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    if bos:
        tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)

    def metadata(writer):
        writer.add_tokenizer_pre(name)
        writer.add_token_merges([" ".join(merge) for merge in model["merges"]])
        writer.add_bos_token_id(0)
        writer.add_eos_token_id(1)
        writer.add_add_bos_token(bos)

    write(name, "gpt2", tokens, [3] * 3 + [1] * (len(tokens) - 3), metadata)
    cases = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        cases.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids)})
    expect(name, cases)


sentence_piece()
byte_level("gpt-2", pre_tokenizers.ByteLevel(add_prefix_space=False), False)
byte_level(
    "smollm",
    pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]),
    False,
)
byte_level("llama-bpe", modern(r"\p{N}{1,3}"), True)
byte_level("qwen2", modern(r"\p{N}"), False, normalizers.NFC())
