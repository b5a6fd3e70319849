"""CLIP's published weights: transformers' names, and those of OpenAI's own files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from nt_models._clip_config import (
    CLIPConfig,
    CLIPResNetConfig,
    CLIPTextConfig,
    CLIPVisionConfig,
)
from nt_models.clip import CLIP
from nt_models.clip_towers import CLIPText, CLIPVision

from ._architecture import Architecture, read_options
from ._table import IGNORED, TRANSPOSED, Line, Table, stacked

__all__ = ["ARCHITECTURES", "openai_table"]

OLD_END = 2  # an end token that means: the largest id (what configs said before it was put right)
TOWER = {
    "num_hidden_layers": "layers",
    "num_attention_heads": "heads",
    "hidden_size": "width",
    "intermediate_size": "inner",
    "hidden_act": "activation",
    "layer_norm_eps": "eps",
    "attention_dropout": "attention_dropout",
    "projection_dim": "projection",
}
TEXT = {
    **TOWER,
    "vocab_size": "vocab_size",
    "max_position_embeddings": "context",
    "eos_token_id": "end_token",
}
VISION = {**TOWER, "image_size": "image_size", "patch_size": "patch", "num_channels": "channels"}
SHARED_DEFAULTS = {
    "num_hidden_layers": 12,
    "hidden_act": "quick_gelu",
    "layer_norm_eps": 1e-5,
    "attention_dropout": 0.0,
    "projection_dim": 512,
}
TEXT_DEFAULTS = {
    **SHARED_DEFAULTS,
    "num_attention_heads": 8,
    "hidden_size": 512,
    "intermediate_size": 2048,
    "vocab_size": 49408,
    "max_position_embeddings": 77,
    "eos_token_id": 49407,
}
VISION_DEFAULTS = {
    **SHARED_DEFAULTS,
    "num_attention_heads": 12,
    "hidden_size": 768,
    "intermediate_size": 3072,
    "image_size": 224,
    "patch_size": 32,
    "num_channels": 3,
}
BOTH = {
    "projection_dim": "projection",
    "logit_scale_init_value": "logit_scale",
    "text_config": "text",
    "vision_config": "vision",
    "text_config_dict": "text_again",
    "vision_config_dict": "vision_again",
}
BOTH_DEFAULTS = {"projection_dim": 512, "logit_scale_init_value": 2.6592, **dict.fromkeys(
    ("text_config", "vision_config", "text_config_dict", "vision_config_dict")
)}  # fmt: skip


def read_text_config(published: Mapping[str, Any], projected: bool = True) -> CLIPTextConfig:
    """A text tower's config as ours, with or without projection."""
    options = read_options(published, TEXT, defaults=TEXT_DEFAULTS, unused=("dropout",))
    end = options.pop("end_token")
    if not isinstance(end, int):
        raise ValueError(f"not supported: eos_token_id {end!r} (only one number)")
    options["end_token"] = None if end == OLD_END else end
    return CLIPTextConfig(**_finished(options, projected))


def read_vision_config(published: Mapping[str, Any], projected: bool = True) -> CLIPVisionConfig:
    """An image tower's config as ours, with or without projection."""
    options = read_options(published, VISION, defaults=VISION_DEFAULTS, unused=("dropout",))
    return CLIPVisionConfig(**_finished(options, projected))


def _finished(options: dict[str, Any], projected: bool) -> dict[str, Any]:
    options["attention_dropout"] = options["attention_dropout"] or 0.0
    return options if projected else {**options, "projection": None}


def read_config(published: Mapping[str, Any]) -> CLIPConfig:
    """CLIPModel's config as ours.

    Older ones tell a tower twice; then `text_config_dict`, with the usual values for what it leaves
    out, counts, as in transformers.
    """
    options = read_options(published, BOTH, defaults=BOTH_DEFAULTS)
    shared = {"projection_dim": options["projection"]}
    text, vision = dict(options["text"] or {}), dict(options["vision"] or {})
    if options["text_again"] is not None:
        text |= {**TEXT_DEFAULTS, **options["text_again"]}
    if options["vision_again"] is not None:
        vision |= {**VISION_DEFAULTS, **options["vision_again"]}
    return CLIPConfig(
        read_vision_config({**vision, **shared}),
        read_text_config({**text, **shared}),
        options["logit_scale"],
    )


def write_text_config(config: CLIPTextConfig, projected: bool = True) -> dict[str, Any]:
    """A text tower's config as transformers writes it."""
    end = OLD_END if config.end_token is None else config.end_token
    if config.end_token == OLD_END:
        raise ValueError(f"end_token {OLD_END} is published as None: the largest id")
    return {**_written(config, TEXT, projected), "eos_token_id": end}


def write_vision_config(config: CLIPVisionConfig, projected: bool = True) -> dict[str, Any]:
    """An image tower's config as transformers writes it."""
    return _written(config, VISION, projected)


def _written(
    config: CLIPTextConfig | CLIPVisionConfig, names: Mapping[str, str], projected: bool
) -> dict[str, Any]:
    if projected == (config.projection is None):
        raise ValueError(
            f"projection ({config.projection}) must be {'a number' if projected else 'None'}"
        )
    written = {theirs: getattr(config, ours) for theirs, ours in names.items()}
    written["intermediate_size"] = config.inner_width
    if not projected:
        del written["projection_dim"]
    return written


def write_config(config: CLIPConfig) -> dict[str, Any]:
    """Our config as transformers writes CLIPModel's."""
    if isinstance(config.vision, CLIPResNetConfig):
        raise ValueError("transformers' CLIPModel cannot have a ResNet for vision")
    return {
        "text_config": {"model_type": "clip_text_model", **write_text_config(config.text)},
        "vision_config": {"model_type": "clip_vision_model", **write_vision_config(config.vision)},
        "projection_dim": config.projection,
        "logit_scale_init_value": config.logit_scale,
    }


def blocks(published: str, ours: str) -> tuple[Line, ...]:
    """The lines of a tower's blocks."""
    attention = f"{published}.self_attn"
    return (
        (stacked(*(f"{attention}.{part}_proj" for part in "qkv")), f"{ours}.attention.qkv"),
        (f"{attention}.out_proj", f"{ours}.attention.out"),
        (f"{published}.layer_norm1", f"{ours}.norm1"),
        (f"{published}.layer_norm2", f"{ours}.norm2"),
        (f"{published}.mlp.fc1", f"{ours}.up"),
        (f"{published}.mlp.fc2", f"{ours}.down"),
    )


def text_lines(ours: str = "", published: str = "text_model.") -> tuple[Line, ...]:
    """The text tower's names."""
    return (
        (f"{published}embeddings.token_embedding", f"{ours}token_embedding"),
        (f"{published}embeddings.position_embedding", f"{ours}position_embedding"),
        *blocks(f"{published}encoder.layers.*", f"{ours}blocks.*"),
        (f"{published}final_layer_norm", f"{ours}norm"),
        ("text_projection", f"{ours}projection"),
        (f"{published}embeddings.position_ids", IGNORED),  # 0, 1, 2, … in older files
    )


def vision_lines(ours: str = "", published: str = "vision_model.") -> tuple[Line, ...]:
    """The image tower's names."""
    return (
        (f"{published}embeddings.class_embedding", f"{ours}class_embedding"),
        (f"{published}embeddings.patch_embedding", f"{ours}patch_embedding"),
        (f"{published}embeddings.position_embedding", f"{ours}position_embedding"),
        (f"{published}pre_layrnorm", f"{ours}norm_in"),  # so they spell it
        *blocks(f"{published}encoder.layers.*", f"{ours}blocks.*"),
        (f"{published}post_layernorm", f"{ours}norm"),
        ("visual_projection", f"{ours}projection"),
        (f"{published}embeddings.position_ids", IGNORED),
    )


def openai_table(config: CLIPConfig) -> Table:
    """The names in OpenAI's own files, in which alone its ResNet towers are."""
    return Table(
        ("logit_scale", "logit_scale"),
        ("token_embedding", "text.token_embedding"),
        ("positional_embedding", "text.position_embedding.weight"),
        *openai_blocks("transformer.resblocks.*", "text.blocks.*"),
        ("ln_final", "text.norm"),
        ("text_projection", "text.projection.weight", TRANSPOSED),
        *(openai_resnet() if isinstance(config.vision, CLIPResNetConfig) else openai_vit()),
        *((name, IGNORED) for name in ("input_resolution", "context_length", "vocab_size")),
    )


def openai_blocks(published: str, ours: str) -> tuple[Line, ...]:
    """The lines of a tower's blocks in OpenAI's files."""
    return (
        (f"{published}.attn.in_proj_weight", f"{ours}.attention.qkv.weight"),
        (f"{published}.attn.in_proj_bias", f"{ours}.attention.qkv.bias"),
        (f"{published}.attn.out_proj", f"{ours}.attention.out"),
        (f"{published}.ln_1", f"{ours}.norm1"),
        (f"{published}.ln_2", f"{ours}.norm2"),
        (f"{published}.mlp.c_fc", f"{ours}.up"),
        (f"{published}.mlp.c_proj", f"{ours}.down"),
    )


def openai_vit() -> tuple[Line, ...]:
    """OpenAI's names of the Vision Transformer."""
    return (
        ("visual.class_embedding", "vision.class_embedding"),
        ("visual.conv1", "vision.patch_embedding"),
        ("visual.positional_embedding", "vision.position_embedding.weight"),
        ("visual.ln_pre", "vision.norm_in"),
        *openai_blocks("visual.transformer.resblocks.*", "vision.blocks.*"),
        ("visual.ln_post", "vision.norm"),
        ("visual.proj", "vision.projection.weight", TRANSPOSED),
    )


def openai_resnet() -> tuple[Line, ...]:
    """OpenAI's names of the ResNet, which count stages and convolutions from 1."""
    lines: list[Line] = []
    for i in range(3):
        lines += [(f"visual.conv{i + 1}", f"vision.stem.{i}")]
        lines += [(f"visual.bn{i + 1}", f"vision.stem_norms.{i}")]
    for stage in range(4):
        published, ours = f"visual.layer{stage + 1}.*", f"vision.stages.{stage}.*"
        for i in range(3):
            lines += [(f"{published}.conv{i + 1}", f"{ours}.convs.{i}")]
            lines += [(f"{published}.bn{i + 1}", f"{ours}.norms.{i}")]
        lines += [(f"{published}.downsample.*", f"{ours}.shortcut.*")]
    pool = "visual.attnpool"
    parts = {"q_proj": "query", "k_proj": "key", "v_proj": "value", "c_proj": "out"}
    lines += [(f"{pool}.{theirs}", f"vision.pool.{part}") for theirs, part in parts.items()]
    return (*lines, (f"{pool}.positional_embedding", "vision.pool.position_embedding"))


ARCHITECTURES = (
    Architecture(
        ("CLIPModel",), "clip", CLIP, read_config, write_config,
        Table(("logit_scale", "logit_scale"), *text_lines("text."), *vision_lines("vision.")),
    ),
    Architecture(
        ("CLIPTextModelWithProjection",), "clip_text_model", CLIPText, read_text_config,
        write_text_config, Table(*text_lines(), prefix="text_model."),
    ),
    Architecture(
        ("CLIPTextModel",), "clip_text_model", CLIPText,
        partial(read_text_config, projected=False), partial(write_text_config, projected=False),
        Table(*text_lines(), prefix="text_model."),
    ),
    Architecture(
        ("CLIPVisionModelWithProjection",), "clip_vision_model", CLIPVision, read_vision_config,
        write_vision_config, Table(*vision_lines(), prefix="vision_model."),
    ),
    Architecture(
        ("CLIPVisionModel",), "clip_vision_model", CLIPVision,
        partial(read_vision_config, projected=False), partial(write_vision_config, projected=False),
        Table(*vision_lines(), prefix="vision_model."),
    ),
)  # fmt: skip
