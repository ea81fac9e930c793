"""Tiny tokenizers of the kinds that real models have, trained on a few sentences."""

import math
from collections import Counter

from tokenizers import (
    AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers,
)

SENTENCES = """The cat sat on the window and she looked at the rain.
He has 2 cats, 3 dogs and 14 fish; they have the run of the house.
She said that the café on the corner was closed, and then it was open again.
Zoë and René walked home. "Is it far?" she asked. "No, it isn't," he said.
The old man had a boat, and the boat had a name that he had not told to anyone.
When the rain ended, the cats ran out and the dogs ran after them!
It was 7 in the morning; the train to the sea had left at 6:45, as it has for 20 years.
They were here, they were there, and then they were gone: where had they been?
The café has tea, cake and a cat. The cat has the cake, and he has the tea.
I think that you'll like her house; she and he painted the doors and the windows green.
""".splitlines()

# How Llama 3 and Qwen 2 cut a text into words: the latter takes digits one by one.
CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
WORDS = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def byte_level(specials, cutter=None, normalizer=None, ignore_merges=False, size=300):
    """A BPE over bytes; the cutter is None for that of GPT-2, or what takes the place of %s in WORDS."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer:
        tokenizer.normalizer = normalizer
    if cutter:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(WORDS % cutter), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ])
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.train_from_iterator(SENTENCES, trainers.BpeTrainer(
        vocab_size=size, special_tokens=specials, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def gpt2():
    return byte_level(["<|endoftext|>"])


def llama3():
    tokenizer = byte_level(["<|begin_of_text|>", "<|end_of_text|>"], r"\p{N}{1,3}", ignore_merges=True)
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", 0)]),
    ])
    return tokenizer


def qwen():
    return byte_level(["<|endoftext|>", "<|im_start|>", "<|im_end|>"], r"\p{N}", normalizers.NFC())


def roberta():
    mask = AddedToken("<mask>", lstrip=True, special=True)
    tokenizer = byte_level(["<s>", "<pad>", "</s>", "<unk>", mask])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer


def sentence_piece(metaspace):
    """A BPE over characters, with bytes for those that it lacks, as it is converted from SentencePiece:
    the mark of a space is put there by a normalizer (older files) or a pre-tokenizer (newer ones)."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trained.train_from_iterator(SENTENCES, trainers.BpeTrainer(vocab_size=90, show_progress=False))
    # Without the accented letter of the prompt, so that it is spelled in bytes.
    pieces = [p for p in sorted(trained.get_vocab(), key=trained.token_to_id) if "é" not in p]
    known = set(pieces)
    merges = [
        (left, piece[len(left):])
        for piece in pieces
        for left in [piece[:cut] for cut in range(len(piece) - 1, 0, -1)]
        if left in known and piece[len(left):] in known
    ]
    specials = ["<unk>", "<s>", "</s>"]
    byte_tokens = [f"<0x{b:02X}>" for b in range(256)]
    longer = [p for p in pieces if len(p) > 1]
    characters = [p for p in pieces if len(p) == 1]
    vocabulary = {t: i for i, t in enumerate(specials + byte_tokens + longer + characters)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.add_special_tokens(specials)
    if metaspace:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    else:
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)])
    return tokenizer


def word_piece():
    """The pieces are chosen here: the trainer numbers its pieces in another order at each run."""
    tokenizer = Tokenizer(models.WordPiece())
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words = [
        word
        for sentence in SENTENCES
        for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(sentence))
    ]
    characters = sorted(set("".join(words)))
    gains = Counter()
    for word in words:
        for cut in range(2, len(word) + 1):
            gains[word[:cut]] += cut
        for cut in range(1, len(word) - 1):
            gains["##" + word[cut:]] += len(word) - cut
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = specials + characters + ["##" + c for c in characters if c.isalnum()]
    pieces += sorted(gains, key=lambda piece: (-gains[piece], piece))[: 300 - len(pieces)]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    tokenizer.model = models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100)
    tokenizer.add_special_tokens(specials)
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")])
    return tokenizer


def unigram():
    """A Unigram model as that of XLM-RoBERTa is converted from SentencePiece; chosen here, as above."""
    tokenizer = Tokenizer(models.Unigram([]))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")])
    counts = Counter()
    for sentence in SENTENCES:
        for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(sentence)):
            for begin in range(len(word)):
                for end in range(begin + 1, len(word) + 1):
                    counts[word[begin:end]] += 1
    characters = sorted(piece for piece in counts if len(piece) == 1)
    longer = sorted((p for p in counts if len(p) > 1), key=lambda p: (-counts[p] * len(p), p))[: 290 - len(characters)]
    total = sum(counts[piece] for piece in characters + longer)
    specials = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = [(special, 0.0) for special in specials]
    pieces += [(piece, math.log(counts[piece] / total)) for piece in longer + characters]
    pieces.append(("<mask>", 0.0))
    tokenizer.model = models.Unigram(pieces, unk_id=3)
    tokenizer.add_special_tokens(specials + [AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer
