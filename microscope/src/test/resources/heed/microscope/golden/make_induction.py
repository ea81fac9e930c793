"""Makes two tiny GPT-2s whose heads are known: one with an induction head made by hand, and a random one.

    pip install torch transformers tokenizers safetensors
    python make_induction.py

Each folder beside this file, induction and random, gets config.json, model.safetensors and tokenizer.json; then the
heads of both are measured on random tokens that come twice, and must be what they are meant to be.

Both have 2 layers of width 96 with 2 heads, and 62 tokens: 61 characters and <|endoftext|>. In `random`, all is as
`transformers` initialises it. In `induction`, 4 heads do the following, and the feed-forward layers nothing:

- L0H0 attends to the token before, and copies what token that is. The first token has only itself.
- L1H0 attends to what followed the earlier copies of its token, and copies it, so that it is predicted. Where there
  was none, it attends evenly to all but the first token.
- L0H1 and L1H1 attend evenly to all that they see, and copy nothing.

The 96 features of a token are all +1 or -1:

- TOKEN: a code of 32 signs, half of each; of two tokens' codes, the dot product is 0 or -32;
- BEFORE: 0 at first; L0H0 writes the code of the token before there;
- PLACE: the 7 bits of its place, and their opposites;
- PLACE_BEFORE: the 7 bits of the place before, and their opposites;
- FIRST: whether it is the first token, and the opposite;
- the last 2 are 0.

Their mean is thus 0 for each token, and their variance is known: a layer norm divides by a constant, and its weight
multiplies with the same one, so that attention reads the features as they are.

L0H0's queries are PLACE_BEFORE and its keys PLACE: a wrong place differs in 1 bit at least, and its score is lower by
GAP. L1H0's queries are TOKEN and its keys BEFORE: another token's score is lower by GAP. The first token copied itself
in L0H0; L1H0's keys have FIRST too, which lowers its score by 2 GAP, whoever asks.
"""

import math
import pathlib
import shutil

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import GPT2Config, GPT2LMHeadModel

HERE = pathlib.Path(__file__).parent
END = "<|endoftext|>"
CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,!?'-:;"
BITS = 7
WIDTH = 96
HEAD_WIDTH = WIDTH // 2
EPSILON = 1e-5

# Features
CODE = 32
TOKEN = slice(0, 32)
BEFORE = slice(32, 64)
PLACE = slice(64, 78)
PLACE_BEFORE = slice(78, 92)
FIRST = slice(92, 94)
WRITTEN_FIRST = WIDTH - CODE - 2
WRITTEN_LATER = WIDTH - 2

# By how much the score of a wrong key is lower.
GAP = 40.0

# How much louder than the token itself the token is that L1H0 predicts.
LOUDNESS = 3.0

SEED = 1
COUNT = 24
TEXTS = 5


# Models

def characters():
    """As the tokenizer of GPT-2, but without merges, and with the bytes of a few characters."""
    byte_of = {" ": "Ġ"}
    vocabulary = {byte_of.get(c, c): i for i, c in enumerate(CHARACTERS)} | {END: len(CHARACTERS)}
    tokenizer = Tokenizer(models.BPE(vocabulary, [], unk_token=END))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.add_special_tokens([END])
    return tokenizer


def configured(tokenizer):
    end = tokenizer.token_to_id(END)
    return GPT2Config(
        vocab_size=tokenizer.get_vocab_size(), n_embd=WIDTH, n_layer=2, n_head=2, n_inner=32, n_positions=2 ** BITS,
        layer_norm_epsilon=EPSILON, bos_token_id=end, eos_token_id=end, attn_implementation="eager")


def random(config):
    transformers.set_seed(SEED)
    return GPT2LMHeadModel(config)


def induction(config):
    model = GPT2LMHeadModel(config)
    for name, parameter in model.named_parameters():
        parameter.fill_(1.0 if ".ln_" in name and name.endswith("weight") else 0.0)
    body = model.transformer
    body.wte.weight[:, TOKEN] = codes(config.vocab_size)
    places = torch.arange(config.n_positions)
    body.wpe.weight[:, PLACE] = with_opposite(bits(places))
    body.wpe.weight[:, PLACE_BEFORE] = with_opposite(bits((places - 1) % config.n_positions))
    body.wpe.weight[:, FIRST] = with_opposite(torch.where(places == 0, 1.0, -1.0)[:, None])
    previous_token(body.h[0])
    follower(body.h[1])
    return model


def previous_token(block):
    """Makes head 0 attend to the token before, and write its code to BEFORE."""
    read_as_they_are(block.ln_1, WRITTEN_FIRST)
    query, key, value = parts(block)
    signs = range(BITS)
    query[first(PLACE_BEFORE, BITS), signs] = GAP / 2 * math.sqrt(HEAD_WIDTH)
    key[first(PLACE, BITS), signs] = 1.0
    copy(block, value, BEFORE, 1.0)


def follower(block):
    """Makes head 0 attend to what followed the token, and add its code to TOKEN, from where it is predicted."""
    read_as_they_are(block.ln_1, WRITTEN_LATER)
    query, key, value = parts(block)
    signs = range(CODE)
    query[first(TOKEN, CODE), signs] = GAP / CODE * math.sqrt(HEAD_WIDTH)
    key[first(BEFORE, CODE), signs] = 1.0
    block.attn.c_attn.bias[CODE] = GAP * math.sqrt(HEAD_WIDTH)
    key[FIRST.start, CODE] = -1.0
    copy(block, value, TOKEN, LOUDNESS)


def copy(block, value, to, loudness):
    """Makes head 0 add the code of the token that it attends to to other features."""
    value[first(TOKEN, CODE), range(CODE)] = loudness
    block.attn.c_proj.weight[range(CODE), first(to, CODE)] = 1.0


def read_as_they_are(norm, written):
    """Makes a norm give back features of which so many are +1 or -1, half of each, and the others 0."""
    norm.weight.fill_(math.sqrt(written / WIDTH + EPSILON))


def parts(block):
    """Weights of head 0, [in, out]: of its query, its key and its value."""
    return [w[:, :HEAD_WIDTH] for w in block.attn.c_attn.weight.split(WIDTH, dim=1)]


def first(features, count):
    return range(features.start, features.start + count)


def codes(count):
    """Rows of a Hadamard matrix, but the first, which is all +1; then the same with all signs turned."""
    rows = torch.ones(1, 1)
    while len(rows) < CODE:
        rows = torch.kron(torch.tensor([[1.0, 1.0], [1.0, -1.0]]), rows)
    return torch.cat([rows[1:], -rows[1:]])[:count]


def bits(numbers):
    return (numbers[:, None] >> torch.arange(BITS) & 1) * 2.0 - 1.0


def with_opposite(signs):
    return torch.cat([signs, -signs], dim=1)


def save(name, model, tokenizer):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    (folder / "model.safetensors").chmod(0o644)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    model, loading = GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager", output_loading_info=True)
    assert not loading["missing_keys"] and not loading["mismatched_keys"], loading
    return model.eval()


# What their heads do

def repeated(count, seed):
    """Different characters, and the same once more."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randperm(len(CHARACTERS), generator=generator)[:count].repeat(2)


def measured(model, count, seed):
    """Measures of each head, [layers, heads]; then the least of the two that a row has, and how often the greedy
    choice in the second half is right."""
    ids = repeated(count, seed)
    n = len(ids)
    out = model(ids[None], output_attentions=True)
    weights = torch.cat(out.attentions).double()
    second = torch.arange(count, n)
    previous = weights.diagonal(-1, 2, 3)
    followers = weights[:, :, second, second - count + 1]
    largest = weights.argmax(-1) - torch.arange(n)
    offsets = [[float(head.bincount().max()) / n for head in layer] for layer in -largest]
    hits = (out.logits[0, count:-1].argmax(-1) == ids[count + 1:]).double().mean()
    return {
        "previous": previous.mean(-1),
        "next": weights.diagonal(1, 2, 3).mean(-1),
        "first": weights[..., 0].mean(-1),
        "duplicate": weights[:, :, second, second - count].mean(-1),
        "induction": followers.mean(-1),
        "offset share": torch.tensor(offsets),
        "entropy": torch.special.entr(weights).sum(-1).mean(-1),
    }, {"previous": previous.amin(-1), "induction": followers.amin(-1), "predicted": hits}


def show(name, model):
    """Prints the largest of each measure over the texts."""
    texts = [measured(model, COUNT, seed)[0] for seed in range(TEXTS)]
    even = torch.arange(1, 2 * COUNT + 1).log().mean()
    print(f"{name}: {COUNT} tokens twice, the largest of {TEXTS} texts; even attention has entropy {even:.3f}")
    for layer in range(2):
        for head in range(2):
            values = {key: max(float(text[key][layer, head]) for text in texts) for key in texts[0]}
            print(f"  L{layer}H{head}", *(f"{key} {value:.6f}" for key, value in values.items()), sep="  ")


def check_induction(model):
    """The two heads do what they are meant to for each row of any length, and no other head does anything."""
    lowest = 1.0
    for count in range(2, len(CHARACTERS) + 1):
        for seed in range(TEXTS):
            values, least = measured(model, count, seed)
            lowest = min(lowest, float(least["previous"][0, 0]), float(least["induction"][1, 0]))
            assert lowest > 0.9999, (count, seed)
            assert least["predicted"] == 1, (count, seed)
            if count == COUNT:
                check_nothing_else(values, {"previous": (0, 0), "induction": (1, 0)})
    print(f"  2 to {count} tokens twice: no row of L0H0 or L1H0 has less than {lowest} where it should")


def check_random(model):
    for seed in range(TEXTS):
        check_nothing_else(measured(model, COUNT, seed)[0], {})


def check_nothing_else(values, meant):
    """No head is anything but what it is meant to be."""
    for key, most in dict(previous=0.5, next=0.5, duplicate=0.5, induction=0.5, first=0.6).items():
        others = values[key].clone()
        if key in meant:
            others[meant[key]] = 0
        assert others.max() < most, (key, values[key])
    others = values["offset share"].clone()
    if "previous" in meant:
        others[meant["previous"]] = 0
    assert others.max() < 0.9, values["offset share"]


torch.set_num_threads(1)
torch.set_grad_enabled(False)
transformers.utils.logging.disable_progress_bar()
tokenizer = characters()
for name, make, check in (("induction", induction, check_induction), ("random", random, check_random)):
    model = save(name, make(configured(tokenizer)), tokenizer)
    show(name, model)
    check(model)
