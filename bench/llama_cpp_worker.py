"""Does what its standard input says with llama.cpp: MODEL THREADS, then a line for each piece of work.

prefill N      reads N tokens
decode P N     reads P tokens, then N more, one by one
"""

import sys

from llama_cpp import Llama

threads = int(sys.argv[2])
model = Llama(
    sys.argv[1],
    n_ctx=2048,
    n_threads=threads,
    n_threads_batch=threads,
    n_batch=512,
    n_ubatch=512,
    verbose=False,
)


def token(i):
    """The same tokens as Heed reads."""
    return 100 + i * 7919 % 40_000


print("ready", flush=True)
for line in sys.stdin:
    work, *counts = line.split()
    counts = [int(count) for count in counts]
    model.reset()
    model.eval([token(i) for i in range(counts[0])])
    if work == "decode":
        for i in range(counts[1]):
            model.eval([token(counts[0] + i)])
    print("done", flush=True)
