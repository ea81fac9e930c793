"""Fills in the prompts of chat.json: what `transformers` makes of its message by each of its templates."""

import json
import pathlib

from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

file = pathlib.Path(__file__).parent / "chat.json"
golden = json.loads(file.read_text())
tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()), bos_token="<s>", eos_token="</s>")
conversation = [{"role": "user", "content": golden["message"]}]
for entry in golden["templates"].values():
    entry["prompt"] = tokenizer.apply_chat_template(
        conversation, chat_template=entry["template"], tokenize=False, add_generation_prompt=True
    )
file.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")
