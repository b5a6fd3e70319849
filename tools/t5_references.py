"""Make the reference values of T5: `python -m tools.t5_references`.

Needs PyTorch and transformers, which nothing else here does. Each case is a tiny T5 with random
weights and options away from the usual. Weights are float32 values, answers are computed from them
in float64; gradients, in one case, are those of the loss, kept as float32. The files are committed,
so that every clone compares itself with an independent framework.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file
from safetensors.torch import load_file
from transformers import T5Config, T5EncoderModel, T5ForConditionalGeneration
from transformers.models.t5 import modeling_t5

FOLDER = Path(__file__).parents[1] / "packages" / "nt-models" / "tests" / "reference"
SMALL = {
    "vocab_size": 11,
    "d_model": 4,
    "d_kv": 3,
    "d_ff": 6,
    "num_layers": 1,
    "num_decoder_layers": 1,
    "num_heads": 2,
    "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 10,
    "decoder_start_token_id": 0,
}
CASES: dict[str, dict[str, Any]] = {
    "plain": {"num_layers": 2},
    "own_head": {
        "feed_forward_proj": "gated-gelu",
        "tie_word_embeddings": False,
        "num_decoder_layers": 2,
    },
    "gated_tied": {"feed_forward_proj": "gated-silu"},
    "other_start": {
        "feed_forward_proj": "gelu",
        "layer_norm_epsilon": 1e-3,
        "decoder_start_token_id": 3,
        "pad_token_id": 2,
        "eos_token_id": 4,
        "d_kv": 1,
    },
    "encoder": {"feed_forward_proj": "gated-gelu"},
}


def exact_norm(norm: Any, x: torch.Tensor) -> torch.Tensor:
    """T5's norm in the dtype of x: transformers' own squares in float32."""
    return torch.nn.functional.rms_norm(x, x.shape[-1:], norm.weight, norm.variance_epsilon)


def saved(model: Any) -> dict[str, torch.Tensor]:
    """The tensors of the file that `save_pretrained` writes."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return load_file(f"{folder}/model.safetensors")


def written_config(model: Any) -> dict[str, Any]:
    """The `config.json` that `save_pretrained` writes."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        found: dict[str, Any] = json.loads((Path(folder) / "config.json").read_text())
        return found


def made(case: str, options: dict[str, Any]) -> Any:
    """The model of a case, with weights for which attention is uneven."""
    config = T5Config(**{**SMALL, **options})
    model = (T5EncoderModel if case == "encoder" else T5ForConditionalGeneration)(config).eval()
    if case == "own_head":  # transformers ties it whatever is asked for
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    for name, parameter in model.named_parameters():
        scale = 1 if "norm" in name else 0
        parameter.data = torch.randn(parameter.shape) * 0.6 + scale
    return model


def answers(model: Any, given: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What the model makes of its input, in float64."""
    weights = {f"weight.{name}": value for name, value in saved(model).items()}
    model = model.double()
    if isinstance(model, T5EncoderModel):
        ids, mask = given["input_ids"], given["attention_mask"]
        return {**weights, "output.hidden": model(ids, mask).last_hidden_state}
    out = model(**given)
    out.loss.backward()
    for parameter in model.parameters():
        parameter.data = parameter.grad.float()
    gradients = {f"grad.{name}": value for name, value in saved(model).items()}
    if model.config.num_decoder_layers == 1:  # one case tells the gradients
        gradients = {}
    return {**weights, "output.logits": out.logits, "output.loss": out.loss, **gradients}


def texts(model: Any, given: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What the model writes."""
    asked = {name: given[name] for name in ("input_ids", "attention_mask")}
    plain = {"max_new_tokens": 9, "do_sample": False, "use_cache": False}
    greedy = model.generate(**asked, **plain, num_beams=1)
    beams = model.generate(**asked, **plain, num_beams=3)
    return {"text.greedy": greedy, "text.beams": beams}


def main() -> None:
    """Write the two files."""
    modeling_t5.T5LayerNorm.forward = exact_norm
    arrays: dict[str, np.ndarray] = {}
    told = []
    for i, (case, options) in enumerate(CASES.items()):
        torch.manual_seed(i)
        model = made(case, options)
        given = {
            "input_ids": torch.randint(5, 11, (3, 14)),
            "attention_mask": (torch.arange(14) < torch.tensor([[14], [9], [3]])).long(),
            "decoder_attention_mask": (torch.arange(11) >= torch.tensor([[0], [2], [0]])).long(),
            "labels": torch.randint(5, 11, (3, 11)),
        }
        given["labels"][1, :2] = given["labels"][2, 6:] = -100
        kept = {f"input.{name}": value for name, value in given.items()}
        config = written_config(model)
        if case != "encoder":
            kept |= texts(model, given)
        kept |= answers(model, given)
        for name, value in kept.items():
            array = np.array(value.detach().numpy(), order="C")
            arrays[f"{case}/{name}"] = array.astype("int32") if array.dtype.kind == "i" else array
        told.append({"case": case, "config": config})
    text = ",\n".join(json.dumps(each, sort_keys=True) for each in told)
    (FOLDER / "t5.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")
    save_file(arrays, FOLDER / "t5.safetensors")


if __name__ == "__main__":
    main()
