"""Makes training/: what `torch` says of the gradients and of ten steps of AdamW of the model in gpt2/.

    pip install torch transformers safetensors
    python make_training.py

There is no dropout; a loss is the mean cross-entropy over all 120 predictions of a batch. Every list of ids has 41
of them: the first 40 go in, the last 40 are the targets.

- gradients.safetensors: the gradient of every parameter, computed in float64 and stored in float32, named and shaped
  as in gpt2/model.safetensors; the head is tied, so `wte` has the sum of both its uses;
- training.json: the `ids` that these gradients are of, their `loss` and the global `gradientNorm`; and under `adamw`
  the settings, the ten `batches`, and of each step the learning rate, the loss before it and the global norm of the
  gradients before they are clipped, then the loss of the first batch after all ten. All of it is computed in float64
  but `lossesFloat32` and `finalLossFloat32`, which are those of a run in float32.
"""

import json
import math
import pathlib

import torch
import transformers
from safetensors.torch import load_file, save_file
from torch.nn.functional import cross_entropy
from transformers import GPT2LMHeadModel

HERE = pathlib.Path(__file__).parent
SEED = 1
SEQUENCES = 3
TOKENS = 40
STEPS = 10
ADAMW = dict(
    maxLearningRate=1e-2, minLearningRate=1e-3, warmupSteps=3, decaySteps=STEPS, betas=[0.9, 0.99], epsilon=1e-8,
    weightDecay=0.1, maxGradientNorm=1.0)


def load(dtype):
    return GPT2LMHeadModel.from_pretrained(
        HERE / "gpt2", dtype=dtype, attn_implementation="eager", embd_pdrop=0.0, attn_pdrop=0.0,
        resid_pdrop=0.0).train()


def loss_of(model, batch):
    """Not the model's own loss, which is computed in float32 whatever the model is in."""
    logits = model(batch[:, :-1]).logits
    return cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())


def gradients(batch):
    model = load(torch.float64)
    loss = loss_of(model, batch)
    loss.backward()
    found = {name: parameter.grad for name, parameter in model.named_parameters()}
    stored = load_file(HERE / "gpt2" / "model.safetensors")
    assert {name: g.shape for name, g in found.items()} == {name: w.shape for name, w in stored.items()}
    norm = torch.cat([g.flatten() for g in found.values()]).norm()
    return loss.item(), norm.item(), {name: g.float().contiguous() for name, g in found.items()}


def learning_rate(step):
    """As nanoGPT has it: a linear rise that does not begin at 0, then a cosine from the largest to the smallest."""
    highest, lowest, warmup = (ADAMW[key] for key in ("maxLearningRate", "minLearningRate", "warmupSteps"))
    if step < warmup:
        return highest * (step + 1) / (warmup + 1)
    ratio = (step - warmup) / (ADAMW["decaySteps"] - warmup)
    return lowest + 0.5 * (1 + math.cos(math.pi * ratio)) * (highest - lowest)


def adamw(model):
    """Matrices decay, the embeddings among them; biases and norms do not."""
    groups = [
        dict(params=[p for p in model.parameters() if p.dim() >= 2], weight_decay=ADAMW["weightDecay"]),
        dict(params=[p for p in model.parameters() if p.dim() < 2], weight_decay=0.0)]
    return torch.optim.AdamW(groups, betas=tuple(ADAMW["betas"]), eps=ADAMW["epsilon"])


def trained(batches, dtype):
    """The losses before each step, the norms of the gradients, and the loss of the first batch after all steps."""
    model = load(dtype)
    optimizer = adamw(model)
    losses, norms = [], []
    for step, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step)
        optimizer.zero_grad()
        loss = loss_of(model, batch)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), ADAMW["maxGradientNorm"]).item())
        optimizer.step()
        losses.append(loss.item())
    return losses, norms, loss_of(model, batches[0]).item()


def make():
    generator = torch.Generator().manual_seed(SEED)
    vocabulary = json.loads((HERE / "gpt2" / "config.json").read_text())["vocab_size"]
    ids, *batches = torch.randint(vocabulary, (1 + STEPS, SEQUENCES, TOKENS + 1), generator=generator)
    loss, norm, tensors = gradients(ids)
    losses, norms, final = trained(batches, torch.float64)
    losses32, _, final32 = trained(batches, torch.float32)
    apart = max(abs(a / b - 1) for a, b in zip(losses32 + [final32], losses + [final]))
    assert apart < 1e-5, apart

    golden = dict(ids=ids.tolist(), loss=loss, gradientNorm=norm, adamw=ADAMW | dict(
        learningRates=[learning_rate(step) for step in range(STEPS)],
        losses=losses, lossesFloat32=losses32, gradientNorms=norms, finalLoss=final, finalLossFloat32=final32,
        batches=[batch.tolist() for batch in batches]))
    folder = HERE / "training"
    folder.mkdir(exist_ok=True)
    (folder / "training.json").write_text(json.dumps(golden) + "\n")
    save_file(tensors, folder / "gradients.safetensors")
    print(f"training: loss {loss:.4f}, norm {norm:.4f}, losses {losses[0]:.4f} to {losses[-1]:.4f}, "
          f"float32 within {apart:.1e}")


torch.set_num_threads(1)
transformers.utils.logging.disable_progress_bar()
make()
