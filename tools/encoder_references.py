"""Make the reference values of BERT and ViT: `python -m tools.encoder_references`.

Needs PyTorch and transformers, which nothing else here does. Each case is a tiny published
architecture with random weights and options away from the usual. Weights and inputs are float32
values, answers are computed from them in float64; gradients are of the sum of all outputs, each
times the cosines of 0, 1, 2, …, and kept as float32. The files are committed, so that every clone
compares itself with an independent framework.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from safetensors.numpy import save_file
from safetensors.torch import load_file

FOLDER = Path(__file__).parents[1] / "packages" / "nt-models" / "tests" / "reference"
BERT = {
    "vocab_size": 11,
    "hidden_size": 4,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 6,
    "max_position_embeddings": 9,
}
VIT = {
    "image_size": 6,
    "patch_size": 2,
    "num_channels": 2,
    "hidden_size": 4,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 6,
    "num_labels": 3,
}
DEEP = {"deep": True}  # hidden states, attention maps and gradients are kept too
CASES: dict[str, list[tuple[str, str, dict[str, Any], dict[str, Any]]]] = {
    "bert": [  # architecture, case, options, what the model is called with besides
        ("BertModel", "pooler", {"hidden_act": "relu", "type_vocab_size": 3}, {"positions": True}),
        ("BertForPreTraining", "both", {"num_hidden_layers": 2, "pad_token_id": 5}, DEEP),
        ("BertForMaskedLM", "untied", {"tie_word_embeddings": False, "layer_norm_eps": 1e-5}, {}),
        ("BertForNextSentencePrediction", "sentence", {"num_attention_heads": 1}, {}),
        ("BertForSequenceClassification", "number", {"num_labels": 1}, {"plain": True}),
        ("BertForTokenClassification", "tokens", {"num_labels": 4, "hidden_act": "gelu_new"}, {}),
        ("BertForQuestionAnswering", "question", {"hidden_act": "quick_gelu"}, {}),
    ],
    "vit": [
        ("ViTForImageClassification", "plain", {"num_channels": 3, "layer_norm_eps": 1e-5}, {}),
        ("ViTForImageClassification", "no_qkv_bias", {"qkv_bias": False}, DEEP),
        ("ViTForImageClassification", "stretched", {"hidden_act": "gelu_fast"}, {"size": (8, 11)}),
        ("ViTForImageClassification", "shrunk", {"patch_size": 1}, {"size": (3, 7)}),
        ("ViTModel", "pooler", {"pooler_output_size": 5, "pooler_act": "relu"}, {}),
    ],
}


def inputs(config: Any, called: dict[str, Any]) -> dict[str, torch.Tensor]:
    """What a model is given: some texts with padding in between and at the end, or some images."""
    if config.model_type == "vit":
        size = called.get("size", (config.image_size, config.image_size))
        return {"pixel_values": torch.randn(2, config.num_channels, *size)}
    ids = torch.randint(0, config.vocab_size, (3, 7))
    if "plain" in called:
        return {"input_ids": ids}
    given = {
        "input_ids": ids,
        "attention_mask": torch.tensor([[1] * 7, [1, 1, 1, 1, 0, 0, 0], [1, 0, 1, 1, 1, 0, 1]]),
        "token_type_ids": torch.randint(0, config.type_vocab_size, (3, 7)),
    }
    if "positions" in called:
        given["position_ids"] = torch.stack([torch.randperm(9)[:7] for _ in range(3)])
    return given


def lively(model: torch.nn.Module) -> None:
    """Weights with which attention is not even and activations are not linear; float32 values."""
    for name, parameter in model.named_parameters():
        values = torch.randn(parameter.shape) * 0.5
        parameter.data = values + (1 if "norm" in name.lower() and "weight" in name else 0)


def answers(model: Any, given: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Outputs, hidden states, attention maps and gradients, all in float64."""
    model = model.double()
    wide = {name: x.double() if x.is_floating_point() else x for name, x in given.items()}
    more = {"interpolate_pos_encoding": True} if "pixel_values" in given else {}
    model.set_attn_implementation("eager")  # gives the maps, but ViT's softmax is float32 in it
    inside = model(**wide, **more, output_hidden_states=True, output_attentions=True)
    kept: dict[str, torch.Tensor] = {}
    for name in ("hidden_states", "attentions"):
        kept |= {f"{name}.{i}": each for i, each in enumerate(inside[name])}
    model.set_attn_implementation("sdpa")
    total = torch.zeros((), dtype=torch.float64)
    for name, value in model(**wide, **more).items():
        kept[name] = value
        mask = given.get("attention_mask", torch.ones(1, 1)).double()
        if value.shape[1:2] == mask.shape[1:] and value.ndim > 1:  # padding is not compared
            value = value * mask.reshape(*mask.shape, *[1] * (value.ndim - 2))
        weights = torch.cos(torch.arange(value.numel(), dtype=torch.float64)).reshape(value.shape)
        total = total + (value * weights).sum()
    total.backward()
    found = {f"output.{name}": value for name, value in kept.items()}
    for name, parameter in model.named_parameters():
        unused = torch.zeros_like(parameter)
        found[f"grad.{name}"] = (unused if parameter.grad is None else parameter.grad).float()
    return found


def as_published(model: Any, gradients: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Gradients under the names that `save_pretrained` writes: as if they were the weights."""
    held = {name: p.data for name, p in model.named_parameters()}
    for name, parameter in model.named_parameters():
        parameter.data = gradients[name]
    written = saved(model)
    for name, parameter in model.named_parameters():
        parameter.data = held[name]
    return written


def saved(model: Any) -> dict[str, torch.Tensor]:
    """The tensors of the file that `save_pretrained` writes."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return load_file(f"{folder}/model.safetensors")


def main() -> None:
    """Write the two files of each model."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for model_type, cases in CASES.items():
        arrays: dict[str, np.ndarray] = {}
        told = []
        for i, (architecture, case, options, called) in enumerate(cases):
            torch.manual_seed(i)
            base, kind = (BERT, "BertConfig") if model_type == "bert" else (VIT, "ViTConfig")
            config = getattr(transformers, kind)(**{**base, **options})
            model = getattr(transformers, architecture)(config).eval()
            lively(model)
            given = inputs(config, called)
            kept = {f"weight.{n}": v for n, v in saved(model).items()}
            kept |= {f"input.{n}": v for n, v in given.items()}
            found = answers(model, given)
            gradients = {n[5:]: found.pop(n) for n in list(found) if n.startswith("grad.")}
            if "deep" not in called:
                found = {n: v for n, v in found.items() if n.count(".") == 1}
                gradients = {}
            kept |= {n: v if n.count(".") == 1 else v.float() for n, v in found.items()}
            if gradients:
                kept |= {f"grad.{n}": v for n, v in as_published(model, gradients).items()}
            for name, value in kept.items():
                arrays[f"{case}/{name}"] = np.array(value.detach().numpy(), order="C")
            about = {**config.to_diff_dict(), "architectures": [architecture]}
            told.append({"case": case, "config": about})
        text = ",\n".join(json.dumps(each, sort_keys=True) for each in told)
        (FOLDER / f"{model_type}.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")
        save_file(arrays, FOLDER / f"{model_type}.safetensors")


if __name__ == "__main__":
    main()
