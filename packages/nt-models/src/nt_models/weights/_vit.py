"""The Vision Transformer's published weights and configs, as Hugging Face names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nt_nn import Module

from nt_models.vit import ViT, ViTConfig, ViTEncoder

from ._architecture import Architecture, Settle, as_told, has_pooler, read_options
from ._labels import read_labels, write_labels
from ._table import IGNORED, Line, Table, stacked

__all__ = ["ARCHITECTURES"]

OPTIONS = {  # published -> ours
    "image_size": "image_size",
    "patch_size": "patch_size",
    "num_channels": "channels",
    "num_hidden_layers": "layers",
    "num_attention_heads": "heads",
    "hidden_size": "width",
    "intermediate_size": "inner",
    "hidden_act": "activation",
    "layer_norm_eps": "eps",
    "hidden_dropout_prob": "dropout",
    "attention_probs_dropout_prob": "attention_dropout",
    "qkv_bias": "qkv_bias",
    "pooler_output_size": "pooled_width",
    "pooler_act": "pooled_activation",
}
DEFAULTS = {
    "image_size": 224,
    "patch_size": 16,
    "num_channels": 3,
    "intermediate_size": 3072,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    "qkv_bias": True,
    "pooler_output_size": None,
    "pooler_act": "tanh",
}
UNUSED = ("encoder_stride",)  # of the decoder that masked image modelling puts on top


def read_config(published: Mapping[str, Any]) -> ViTConfig:
    """A published config as ours."""
    options = read_options(published, OPTIONS, defaults=DEFAULTS, unused=UNUSED)
    for name in ("image_size", "patch_size"):
        if isinstance(size := options[name], list | tuple):
            options[name] = size[0] if len(set(size)) == 1 else tuple(size)
    if isinstance(options["patch_size"], tuple):
        raise ValueError(f"not supported: patch_size {options['patch_size']} (only squares)")
    return ViTConfig(**options, classes=read_labels(published))


def write_config(config: ViTConfig) -> dict[str, Any]:
    """Our config as a published one."""
    if config.pooling != "class":
        raise ValueError(f"pooling {config.pooling!r} has no published form (only 'class' has)")
    written = {published: getattr(config, ours) for published, ours in OPTIONS.items()}
    return {**written, "intermediate_size": config.inner_width, **write_labels(config.classes)}


def table(ours: str, *heads: Line) -> Table:
    """The names of all weights; `ours` stands before the encoder's names."""
    layer, block = "vit.encoder.layer.*", f"{ours}blocks.*"
    qkv = stacked(*(f"{layer}.attention.attention.{part}" for part in ("query", "key", "value")))
    return Table(
        ("vit.embeddings.cls_token", f"{ours}class_token"),
        ("vit.embeddings.position_embeddings", f"{ours}position_embedding"),
        ("vit.embeddings.patch_embeddings.projection", f"{ours}patch_embedding"),
        (f"{layer}.layernorm_before", f"{block}.norm1"),
        (qkv, f"{block}.attention.qkv"),
        (f"{layer}.attention.output.dense", f"{block}.attention.out"),
        (f"{layer}.layernorm_after", f"{block}.norm2"),
        (f"{layer}.intermediate.dense", f"{block}.up"),
        (f"{layer}.output.dense", f"{block}.down"),
        ("vit.layernorm", f"{ours}norm"),
        *heads,
        prefix="vit.",
    )


def architecture(
    name: str, model: Callable[..., Module], names: Table, settle: Settle = as_told
) -> Architecture:
    """A published Vision Transformer."""
    return Architecture((name,), "vit", model, read_config, write_config, names, settle)


ARCHITECTURES = (
    architecture(
        "ViTForImageClassification",
        ViT,
        table("encoder.", ("classifier", "head"), ("vit.pooler.dense", IGNORED)),
    ),
    architecture(
        "ViTModel",
        ViTEncoder,
        table("", ("vit.pooler.dense", "pooler"), ("classifier", IGNORED)),
        has_pooler,
    ),
)
