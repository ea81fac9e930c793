"""Trains a small GPT-2 with PyTorch as its standard input says, a line for each piece of work. The arguments:

LAYERS HEADS WIDTH CONTEXT BATCH VOCABULARY DROPOUT THREADS MODE     MODE is eager or compiled

step N     trains N steps and prints `done LOSS`, the loss of the last
memory     prints `memory BYTES`, the most that this process has had resident
"""

import pathlib
import re
import resource
import sys

import torch
from torch import nn
from torch.nn import functional as F

layers, heads, width, context, batch, vocabulary = map(int, sys.argv[1:7])
dropout = float(sys.argv[7])
threads = int(sys.argv[8])
compiled = {"eager": False, "compiled": True}[sys.argv[9]]


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)
        self.feed_norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x):
        q, k, v = self.qkv(self.attention_norm(x)).view(batch, context, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=dropout if self.training else 0.0)
        x = x + F.dropout(self.mix(seen.transpose(1, 2).reshape(batch, context, width)), dropout, self.training)
        fed = self.down(F.gelu(self.up(self.feed_norm(x)), approximate="tanh"))
        return x + F.dropout(fed, dropout, self.training)


class Gpt2(nn.Module):
    """A GPT-2 whose head is its token embedding; calling it gives the loss."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block() for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            elif parameter.dim() > 1:
                residual = name.endswith(("mix.weight", "down.weight"))
                nn.init.normal_(parameter, std=0.02 / (2 * layers) ** 0.5 if residual else 0.02)

    def forward(self, ids, targets):
        x = F.dropout(self.tokens(ids) + self.positions.weight, dropout, self.training)
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.tokens.weight)
        return F.cross_entropy(logits.view(-1, vocabulary), targets.view(-1))


def peak_memory():
    """From /proc if it is there: the other would count what the process that started this one had at that time."""
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s*(\d+) kB", status.read_text())[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def train(steps):
    """Trains so many steps; gives the loss of the last."""
    global batches_read
    for _ in range(steps):
        loss = model(*batches[batches_read % len(batches)])
        batches_read += 1
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return loss.item()


torch.set_num_threads(threads)
torch.manual_seed(1)
model = Gpt2().train()
parameters = list(model.parameters())
optimizer = torch.optim.AdamW(
    [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": 0.1},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ],
    lr=1e-3,
    betas=(0.9, 0.99),
    fused=True,
)
batches = [torch.randint(vocabulary, (2, batch, context)).unbind() for _ in range(8)]
batches_read = 0
if compiled:
    # Dropout by the generator that eager uses: the one that would be compiled in makes training with dropout slower.
    model = torch.compile(model, options={"fallback_random": True})
train(3)
print("ready", flush=True)
for line in sys.stdin:
    work, *counts = line.split()
    if work == "step":
        print("done", train(int(counts[0])), flush=True)
    else:
        print("memory", peak_memory(), flush=True)
