"""Make the reference values of CLIP and ResNet: `python -m tools.image_references`.

Needs PyTorch and transformers, which nothing else here does. Each case is a tiny published
architecture with random weights and options away from the usual; CLIP's ResNet, which transformers
does not have, is written out below as OpenAI's code has it. Weights and inputs are 64ths, kept as
int8; answers are computed from them in float64. Of each parameter's gradient, in the order of their
names, one number is kept: its sum times the cosines of 0, 1, 2, …; the loss is the sum of all
outputs, weighted likewise. The files are committed, so that every clone compares itself with an
independent framework.
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
from torch import nn
from torch.nn import functional

FOLDER = Path(__file__).parents[1] / "packages" / "nt-models" / "tests" / "reference"
TEXT = {
    "vocab_size": 13, "hidden_size": 8, "intermediate_size": 10, "num_hidden_layers": 2,
    "num_attention_heads": 2, "max_position_embeddings": 9, "projection_dim": 6,
    "bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
VISION = {
    "hidden_size": 12, "intermediate_size": 14, "num_hidden_layers": 1, "num_attention_heads": 3,
    "image_size": 7, "patch_size": 3, "num_channels": 2, "projection_dim": 6,
}  # fmt: skip
RESNET = {"embedding_size": 4, "hidden_sizes": [8, 12], "depths": [2, 1], "num_labels": 3}
CASES: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "clip": [  # architecture, case, options
        ("CLIPModel", "first_end", {
            "text_config": {**TEXT, "eos_token_id": 5, "hidden_act": "gelu"},
            "vision_config": {**VISION, "hidden_act": "gelu_new", "layer_norm_eps": 1e-3},
            "projection_dim": 5,
        }),
        ("CLIPTextModelWithProjection", "text", {**TEXT, "layer_norm_eps": 1e-3}),
        ("CLIPTextModel", "bare_text", {**TEXT, "eos_token_id": 7}),
        ("CLIPVisionModelWithProjection", "images", VISION),
        ("CLIPVisionModel", "bare_images", {**VISION, "hidden_act": "relu"}),
    ],
    "clip_resnet": [
        ("ModifiedResNet", "openai", {
            "layers": (1, 2, 1, 1), "output": 5, "heads": 4, "size": 64, "width": 2,
        }),
    ],
    "resnet": [
        ("ResNetForImageClassification", "stride_in_1x1", {
            **RESNET, "downsample_in_bottleneck": True, "hidden_act": "silu",
        }),
        ("ResNetModel", "first_stage", {
            **RESNET, "layer_type": "basic", "downsample_in_first_stage": True, "num_channels": 2,
            "hidden_sizes": [4, 6],
        }),
    ],
}  # fmt: skip

TEXTS = {
    "input_ids": [[0, 5, 9, 7, 3, 8, 4], [0, 3, 8, 6, 7, 5, 12], [9, 4, 0, 10, 5, 3, 7]],
    "attention_mask": [[1, 1, 1, 1, 1, 1, 1], [1, 1, 0, 1, 1, 1, 1], [0, 0, 1, 1, 1, 0, 1]],
    "position_ids": [[0, 1, 2, 3, 4, 5, 6], [8, 7, 6, 5, 4, 3, 2], [0, 0, 0, 1, 2, 3, 4]],
}


class Bottleneck(nn.Module):
    """As in OpenAI's `clip/model.py`."""

    def __init__(self, inplanes: int, planes: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inplanes, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.avgpool = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()
        self.conv3 = nn.Conv2d(planes, planes * 4, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * 4)
        self.downsample = None
        if stride > 1 or inplanes != planes * 4:
            self.downsample = nn.Sequential()
            self.downsample.add_module("-1", nn.AvgPool2d(stride))
            self.downsample.add_module("0", nn.Conv2d(inplanes, planes * 4, 1, bias=False))
            self.downsample.add_module("1", nn.BatchNorm2d(planes * 4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One block."""
        out = functional.relu(self.bn1(self.conv1(x)))
        out = functional.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(self.avgpool(out)))
        return functional.relu(out + (x if self.downsample is None else self.downsample(x)))


class AttentionPool2d(nn.Module):
    """As in OpenAI's `clip/model.py`."""

    def __init__(self, side: int, width: int, heads: int, output: int) -> None:
        super().__init__()
        self.positional_embedding = nn.Parameter(torch.empty(side**2 + 1, width))
        self.k_proj, self.q_proj = nn.Linear(width, width), nn.Linear(width, width)
        self.v_proj, self.c_proj = nn.Linear(width, width), nn.Linear(width, output)
        self.heads = heads

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images (N, C, H, W) to (N, output)."""
        x = x.flatten(start_dim=2).permute(2, 0, 1)
        x = torch.cat([x.mean(dim=0, keepdim=True), x], dim=0)
        x = x + self.positional_embedding[:, None, :]
        x, _ = functional.multi_head_attention_forward(
            query=x[:1], key=x, value=x, embed_dim_to_check=x.shape[-1], num_heads=self.heads,
            q_proj_weight=self.q_proj.weight, k_proj_weight=self.k_proj.weight,
            v_proj_weight=self.v_proj.weight, in_proj_weight=None,
            in_proj_bias=torch.cat([self.q_proj.bias, self.k_proj.bias, self.v_proj.bias]),
            bias_k=None, bias_v=None, add_zero_attn=False, dropout_p=0.0,
            out_proj_weight=self.c_proj.weight, out_proj_bias=self.c_proj.bias,
            use_separate_proj_weight=True, training=False, need_weights=False,
        )  # fmt: skip
        return x.squeeze(0)


class ModifiedResNet(nn.Module):
    """As in OpenAI's `clip/model.py`, under the name that it has in a whole CLIP."""

    def __init__(self, layers: tuple[int, ...], output: int, heads: int, size: int, width: int):
        super().__init__()
        visual = self.visual = nn.Module()
        visual.conv1 = nn.Conv2d(3, width // 2, 3, stride=2, padding=1, bias=False)
        visual.conv2 = nn.Conv2d(width // 2, width // 2, 3, padding=1, bias=False)
        visual.conv3 = nn.Conv2d(width // 2, width, 3, padding=1, bias=False)
        visual.bn1, visual.bn2 = nn.BatchNorm2d(width // 2), nn.BatchNorm2d(width // 2)
        visual.bn3 = nn.BatchNorm2d(width)
        inplanes = width
        for i, blocks in enumerate(layers):
            planes = width * 2**i
            stage = [Bottleneck(inplanes, planes, 2 if i else 1)]
            stage += [Bottleneck(planes * 4, planes, 1) for _ in range(1, blocks)]
            inplanes = planes * 4
            setattr(visual, f"layer{i + 1}", nn.Sequential(*stage))
        visual.attnpool = AttentionPool2d(size // 32, inplanes, heads, output)

    def forward(self, pixel_values: torch.Tensor) -> dict[str, torch.Tensor]:
        """Images (N, 3, size, size) to (N, output)."""
        v, x = self.visual, pixel_values
        for conv, bn in ((v.conv1, v.bn1), (v.conv2, v.bn2), (v.conv3, v.bn3)):
            x = functional.relu(bn(conv(x)))
        x = functional.avg_pool2d(x, 2)
        for i in range(4):
            x = getattr(v, f"layer{i + 1}")(x)
        return {"image_embeds": v.attnpool(x)}


def lively(model: nn.Module) -> None:
    """Weights with which attention is not even and activations are not linear."""
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        if not tensor.is_floating_point():
            continue
        matrix = tensor.ndim > 1 and "embedding" not in name
        values = torch.randn(tensor.shape) * (tensor[0].numel() ** -0.5 if matrix else 0.4)
        if name.endswith("running_var") or (tensor.ndim == 1 and name.endswith("weight")):
            values = values.abs() + 0.6
        tensor.data = in_64ths(values)


def inputs(config: Any) -> dict[str, torch.Tensor]:
    """Texts with padding in front, behind and in between; images."""
    given: dict[str, torch.Tensor] = {}
    kind = config.model_type
    if kind in ("clip", "clip_text_model"):
        given = {name: torch.tensor(rows) for name, rows in TEXTS.items()}
    if kind != "clip_text_model":
        vision = config.vision_config if kind == "clip" else config
        size = getattr(vision, "image_size", 20)
        given["pixel_values"] = in_64ths(torch.randn(2, vision.num_channels, size, size))
    return given


def answers(model: Any, given: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Outputs and one number of each gradient, all in float64."""
    model = model.double()
    outputs = model(**{n: x.double() if x.is_floating_point() else x for n, x in given.items()})
    found, total = {}, torch.zeros((), dtype=torch.float64)
    for name in ("logits_per_image", "text_embeds", "image_embeds", "logits", "pooler_output"):
        if outputs.get(name) is not None:
            found[f"output.{name}"] = value = outputs[name].flatten(1)
            total = total + waved(value)
    total.backward()
    gradients = {
        name: torch.zeros_like(p) if p.grad is None else p.grad
        for name, p in sorted(model.named_parameters())
    }
    return {**found, "slopes": torch.stack([waved(g) for g in gradients.values()])}


def waved(x: torch.Tensor) -> torch.Tensor:
    """Its sum times the cosines of 0, 1, 2, …."""
    return (x.flatten() * torch.cos(torch.arange(x.numel(), dtype=x.dtype))).sum()


def saved(model: Any) -> dict[str, torch.Tensor]:
    """The tensors of the file that `save_pretrained` writes."""
    if not hasattr(model, "save_pretrained"):
        return dict(model.state_dict())
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return load_file(f"{folder}/model.safetensors")


def tensors(kept: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Floats, which are 64ths, as int8."""
    return {n: (v * 64).to(torch.int8) if v.is_floating_point() else v for n, v in kept.items()}


def in_64ths(x: torch.Tensor) -> torch.Tensor:
    """Rounded to 64ths below two."""
    return (x * 64).round().clamp(-127, 127) / 64


def made(architecture: str, options: dict[str, Any]) -> tuple[nn.Module, dict[str, Any]]:
    """A model and its config."""
    if architecture == "ModifiedResNet":
        return ModifiedResNet(**options).eval(), options
    model = getattr(transformers, architecture)
    config = model.config_class(**options)
    return model(config).eval(), {**config.to_diff_dict(), "architectures": [architecture]}


def main() -> None:
    """Write the two files of each model."""
    for model_type, cases in CASES.items():
        arrays: dict[str, np.ndarray] = {}
        told = []
        for i, (architecture, case, options) in enumerate(cases):
            torch.manual_seed(i)
            model, about = made(architecture, options)
            lively(model)
            given = {"pixel_values": in_64ths(torch.randn(1, 3, 64, 64))}
            if architecture != "ModifiedResNet":
                given = inputs(model.config)
            kept = {f"weight.{n}": v for n, v in saved(model).items()}
            kept = tensors({**kept, **{f"input.{n}": v for n, v in given.items()}})
            for name, value in {**kept, **answers(model, given)}.items():
                arrays[f"{case}/{name}"] = np.array(value.detach().numpy(), order="C")
            told.append({"case": case, "config": about})
        text = ",\n".join(json.dumps(each, sort_keys=True) for each in told)
        (FOLDER / f"{model_type}.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")
        save_file(arrays, FOLDER / f"{model_type}.safetensors")


if __name__ == "__main__":
    main()
