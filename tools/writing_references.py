"""Make the reference values of GPT-2 and of generation: `python -m tools.writing_references`.

Needs PyTorch and transformers, which nothing else here does. A tiny GPT-2 with random weights gives
logits and gradients (of the sum of all real positions' logits, each times the cosines of 0, 1, 2,
…) in float64, and texts for many options; transformers' processors give logits. The files are
committed, so that every clone compares itself with an independent framework.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.generation import logits_process as hf

FOLDER = Path(__file__).parents[1] / "packages" / "nt-models" / "tests" / "reference"
SIZES = {"vocab_size": 23, "n_positions": 40, "n_embd": 12, "n_layer": 2, "n_head": 3}
TEXTS: list[dict[str, Any]] = [  # options of `generate` that both libraries name alike
    {},
    {"eos_token_id": [5, 9], "pad_token_id": 1},
    {"eos_token_id": [5, 9], "min_new_tokens": 9, "repetition_penalty": 1.4},
    {"repetition_penalty": 0.7},
    {"num_beams": 2},
    {"num_beams": 3, "eos_token_id": 5, "pad_token_id": 0},
    {"num_beams": 3, "eos_token_id": [5, 9, 11], "length_penalty": 0.0, "pad_token_id": 1},
    {"num_beams": 4, "eos_token_id": [5, 9], "length_penalty": -1.5, "early_stopping": True},
    {"num_beams": 4, "eos_token_id": [5, 9], "length_penalty": 2.0, "early_stopping": "never"},
    {"num_beams": 5, "eos_token_id": 9, "repetition_penalty": 2.0, "min_new_tokens": 4},
]
PROCESSORS: list[tuple[str, Any]] = [  # ours by name and value, theirs
    ("temperature", 1.7),
    ("top_k", 3),
    ("top_k", 30),
    ("top_p", 0.35),
    ("top_p", 0.99),
    ("min_p", 0.02),
    ("typical", 0.3),
    ("typical", 0.95),
    ("repetition_penalty", 0.6),
    ("no_repeat_ngram", 1),
    ("no_repeat_ngram", 3),
]
THEIRS = {
    "temperature": hf.TemperatureLogitsWarper,
    "top_k": hf.TopKLogitsWarper,
    "top_p": hf.TopPLogitsWarper,
    "min_p": hf.MinPLogitsWarper,
    "typical": hf.TypicalLogitsWarper,
    "repetition_penalty": hf.RepetitionPenaltyLogitsProcessor,
    "no_repeat_ngram": hf.NoRepeatNGramLogitsProcessor,
}


def main() -> None:
    """Write the two files."""
    torch.manual_seed(0)
    config = GPT2Config(**SIZES, bos_token_id=None, eos_token_id=None)
    model = GPT2LMHeadModel._from_config(config, attn_implementation="eager").double().eval()
    for parameter in model.parameters():
        parameter.data += torch.randn(parameter.shape, dtype=torch.float32).double() * 0.4
        parameter.data = parameter.data.float().double()
    ids = torch.randint(0, 23, (3, 9))
    mask = torch.ones_like(ids)
    mask[1, -3:] = 0
    mask[2, :4] = 0
    positions = (mask.cumsum(1) - 1).clip(min=0)
    logits = model(ids, attention_mask=mask, position_ids=positions).logits * mask[..., None]
    cosines = torch.cos(torch.arange(logits.numel(), dtype=torch.float64))
    (logits * cosines.reshape(logits.shape)).sum().backward()
    arrays = {"ids": ids, "mask": mask, "logits": logits.detach()}
    for name, parameter in model.named_parameters():
        arrays[f"weight.{name}"] = parameter.detach().float()
        arrays[f"gradient.{name}"] = parameter.grad.float()
    prompts, real = torch.randint(0, 23, (3, 6)), torch.ones(3, 6, dtype=torch.int64)
    real[1, :2] = 0
    real[2, :5] = 0
    arrays |= {"prompts": prompts, "prompts_mask": real}
    for i, options in enumerate(TEXTS):
        given = {"pad_token_id": 1, **options}
        arrays[f"text.{i}"] = model.float().generate(
            prompts, attention_mask=real, max_new_tokens=14, do_sample=False, **given
        )
    tokens, scores = torch.randint(0, 6, (4, 12)), torch.randn(4, 23) * 2.5
    arrays |= {"tokens": tokens, "scores": scores}
    for i, (name, value) in enumerate(PROCESSORS):
        arrays[f"processed.{i}"] = THEIRS[name](value)(tokens, scores.clone())
    told = {
        "config": {**config.to_diff_dict(), "architectures": ["GPT2LMHeadModel"]},
        "texts": TEXTS,
        "processors": PROCESSORS,
    }
    arrays = {name: array.contiguous() for name, array in arrays.items()}
    save_file(arrays, FOLDER / "gpt2.safetensors")
    (FOLDER / "gpt2.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
