"""Generation in transformers, in a process of its own."""

from __future__ import annotations

import json
import sys
from typing import Any

import torch
from transformers import GPT2LMHeadModel

from .case import measure_generation


def main() -> None:
    """Do what the arguments ask for."""
    asked = json.loads(sys.argv[1])
    torch.set_num_threads(asked["threads"])
    model = GPT2LMHeadModel.from_pretrained(asked["folder"]).eval()

    def write(prompt: Any, new: int) -> list[list[int]]:
        ids = torch.from_numpy(prompt)
        with torch.inference_mode():
            found = model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=new,
                min_new_tokens=new,
                do_sample=False,
                use_cache=True,
                eos_token_id=None,
                pad_token_id=0,
            )
        return found.tolist()

    measure_generation(write, asked)


if __name__ == "__main__":
    main()
