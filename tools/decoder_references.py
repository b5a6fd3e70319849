"""Make the reference values of the LLaMA family: `python -m tools.decoder_references`.

Needs PyTorch and transformers, which nothing else here does. Each case is a tiny published
architecture with random weights and options away from the usual. Weights are float32 values; all
else is computed in float64, also where transformers goes to float32 in between (norms, rotations,
routers). Row 1 is padded on the right. The gradients, of some cases, are of the sum of all real
positions' logits, each times the cosines of 0, 1, 2, …, and kept as float32. Weights and gradients
lie end to end in the order of `shapes`. The files are committed, so that every clone compares
itself with an independent framework.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
import transformers
from safetensors.numpy import save_file
from safetensors.torch import load_file

FOLDER = Path(__file__).parents[1] / "packages" / "nt-models" / "tests" / "reference"
SIZES = {
    "vocab_size": 7,
    "hidden_size": 6,
    "intermediate_size": 4,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 4,
    "max_position_embeddings": 8,
}
WITH_GRADIENTS = ("biases", "mixtral", "gemma2")
LLAMA3 = {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8}
YARN = {"factor": 4.0, "original_max_position_embeddings": 6}
RAMP = {"beta_fast": 3.0, "beta_slow": 0.5, "truncate": False, "mscale": 0.7, "mscale_all_dim": 0.3}
WINDOW = {"use_sliding_window": True, "sliding_window": 4}
CASES: list[tuple[str, str, dict[str, Any]]] = [  # case, architecture, options
    ("biases", "Llama", {"attention_bias": True, "mlp_bias": True, "pad_token_id": 3}),
    ("linear", "Llama", {"rope_parameters": {"rope_type": "linear", "factor": 2.5}}),
    ("dynamic", "Llama", {"rope_parameters": {"rope_type": "dynamic", "factor": 2.0}}),
    ("yarn", "Llama", {"rope_parameters": {"rope_type": "yarn", **YARN}}),
    ("yarn_ramp", "Llama", {"rope_parameters": {"rope_type": "yarn", **YARN, **RAMP}}),
    ("llama3", "Llama", {"rope_parameters": {"rope_type": "llama3", "factor": 8.0, **LLAMA3}}),
    ("mistral", "Mistral", {"sliding_window": 4, "rms_norm_eps": 1e-3}),
    ("mixtral", "Mixtral", {"num_local_experts": 3, "sliding_window": None}),
    ("qwen2", "Qwen2", {**WINDOW, "max_window_layers": 1, "num_hidden_layers": 3}),
    ("qwen3", "Qwen3", {"attention_bias": True, "tie_word_embeddings": True}),
    ("gemma", "Gemma", {"head_dim": 2, "attention_bias": True}),
    (
        "gemma2",
        "Gemma2",
        {
            "sliding_window": 4,
            "query_pre_attn_scalar": 10,
            "final_logit_softcapping": 3.0,
            "attn_logit_softcapping": 2.0,
            "num_hidden_layers": 3,
        },
    ),
]


@contextmanager
def wide() -> Iterator[None]:
    """Where the code says float32, float64 is meant."""
    with (
        patch.object(torch, "float32", torch.float64),
        patch.object(torch, "float", torch.float64),
        patch.object(torch.Tensor, "float", torch.Tensor.double),
    ):
        yield


def lively(model: torch.nn.Module) -> None:
    """Weights with which attention is not even; float32 values."""
    for name, parameter in model.named_parameters():
        values = torch.randn(parameter.shape, dtype=torch.float32) * 0.5
        around_one = "norm" in name and "gemma" not in model.config.model_type
        parameter.data = (values + around_one).double()


def saved(model: Any) -> tuple[torch.Tensor, dict[str, list[int]]]:
    """What `save_pretrained` writes, end to end as float32, and the shapes."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        written = load_file(f"{folder}/model.safetensors")
    whole = torch.cat([x.flatten() for x in written.values()]).to(torch.float32)
    return whole, {name: list(x.shape) for name, x in written.items()}


def case(
    name: str, architecture: str, options: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """What is told of a case, and its arrays."""
    config = getattr(transformers, f"{architecture}Config")(**{**SIZES, **options})
    if architecture == "Mixtral":
        config._experts_implementation = "eager"
    ids = torch.randint(0, config.vocab_size, (2, 10))
    mask = torch.ones_like(ids)
    mask[1, -2:] = 0
    with wide():
        kind = getattr(transformers, f"{architecture}ForCausalLM")
        model = kind._from_config(config, attn_implementation="eager").double().eval()
    lively(model)
    if hasattr(model.model.embed_tokens, "embed_scale"):  # which is made as float32
        model.model.embed_tokens.embed_scale.fill_(config.hidden_size**0.5)
    weights, shapes = saved(model)
    routed = {"output_router_logits": True} if architecture == "Mixtral" else {}
    with wide():
        found = model(ids, attention_mask=mask, **routed)
    logits = found.logits.masked_fill(mask[..., None] == 0, 0.0)
    kept = {"ids": ids, "mask": mask, "weights": weights, "logits": logits}
    if routed:
        kept["balance"] = found.aux_loss
    if name in WITH_GRADIENTS:
        cosines = torch.cos(torch.arange(logits.numel(), dtype=torch.float64))
        (logits * cosines.reshape(logits.shape)).sum().backward()
        for parameter in model.parameters():
            parameter.data = parameter.grad
        kept["gradients"], _ = saved(model)
    about = {**config.to_diff_dict(), "architectures": [f"{architecture}ForCausalLM"]}
    return {"case": name, "config": about, "shapes": shapes}, kept


def main() -> None:
    """Write the two files."""
    arrays: dict[str, np.ndarray] = {}
    told = []
    for i, (name, architecture, options) in enumerate(CASES):
        torch.manual_seed(i)
        about, kept = case(name, architecture, options)
        told.append(about)
        for each, value in kept.items():
            arrays[f"{name}/{each}"] = np.array(value.detach().numpy(), order="C")
    text = ",\n".join(json.dumps(each, sort_keys=True) for each in told)
    (FOLDER / "modern.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")
    save_file(arrays, FOLDER / "modern.safetensors")


if __name__ == "__main__":
    main()
