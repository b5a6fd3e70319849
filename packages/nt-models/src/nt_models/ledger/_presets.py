"""Every preset by its name, as a model without memory and inputs for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from nt_autograd import Tensor, zeros
from nt_nn import Module, skeleton

from .._clip_config import PRESETS as CLIPS
from .._modern_config import PRESETS as MODERNS
from .._resnet_config import PRESETS as RESNETS
from .._t5_config import PRESETS as T5S
from .._transformer_config import PRESETS as TRANSFORMERS
from .._vit_config import PRESETS as VITS
from ..bert import BERT
from ..bert import PRESETS as BERTS
from ..clip import CLIP
from ..gpt2 import GPT2
from ..gpt2 import PRESETS as GPT2S
from ..modern import Modern
from ..resnet import ResNet
from ..t5 import T5
from ..transformer import Transformer
from ..vit import ViT

__all__ = ["preset_inputs", "preset_names", "preset_skeleton"]

PREACTIVATION = {
    f"preact-{name}": replace(config, preactivation=True) for name, config in RESNETS.items()
}
_MODELS: tuple[tuple[dict[str, Any], Callable[[Any], Module]], ...] = (
    (GPT2S, GPT2),
    (BERTS, BERT),
    (VITS, ViT),
    (CLIPS, CLIP),
    (RESNETS | PREACTIVATION, ResNet),
    (MODERNS, Modern),
    (T5S, T5),
    (TRANSFORMERS, Transformer),
)


def preset_names() -> list[str]:
    """The names of all presets of all models.

    Example:
        >>> "llama-7b" in preset_names()
        True
    """
    return [name for presets, _ in _MODELS for name in presets]


def preset_skeleton(name: str) -> Module:
    """A model by the name of its preset, without memory for its weights.

    Args:
        name: such as "bert-base", "gpt2-xl", "llama-7b"; see `preset_names`.

    Raises:
        ValueError: there is no such preset.

    Example:
        >>> from nt_nn import count_parameters
        >>> count_parameters(preset_skeleton("llama-7b"))
        6738415616
    """
    for presets, model in _MODELS:
        if name in presets:
            with skeleton():
                return model(presets[name])
    known = preset_names()
    alike = get_close_matches(name, known, 3, 0.5) or [each for each in known if name in each]
    meant = f", perhaps {' or '.join(alike)}" if alike else ""
    raise ValueError(f"there is no preset {name!r}{meant}; there are {', '.join(known)}")


def preset_inputs(
    model: Module, batch: int = 1, seq: int | None = None, source: int | None = None
) -> tuple[Tensor, ...]:
    """Inputs of zeros for a model of `preset_skeleton`.

    Args:
        model: the model.
        batch: how many texts or images.
        seq: how many tokens a text has; None for 128, or fewer where the context is shorter.
        source: of an encoder and decoder, how many tokens are read; None for as many.

    Raises:
        ValueError: a number is not positive, or a length is given for a model that reads no text,
            or `source` for one that reads but one.

    Example:
        >>> [x.shape for x in preset_inputs(preset_skeleton("t5-base"), seq=8, source=16)]
        [(1, 16), (1, 8)]
    """
    for name, value in (("batch", batch), ("seq", seq), ("source", source)):
        if value is not None and value < 1:
            raise ValueError(f"{name} ({value}) must be positive")
    config: Any = model.config  # type: ignore[attr-defined]
    if source is not None and not isinstance(model, T5 | Transformer):
        raise ValueError(f"source ({source}) is for models that read one text and write another")
    if isinstance(model, ViT | ResNet):
        if seq is not None:
            raise ValueError(f"seq ({seq}) is for models that read texts")
        if isinstance(model, ViT):
            return (zeros(batch, config.channels, *config.image_shape),)
        size = 224 if config.stem == "imagenet" else 32
        return (zeros(batch, config.channels, size, size),)
    if isinstance(model, CLIP):
        vision, context = config.vision, config.text.context
        images = zeros(batch, vision.channels, vision.image_size, vision.image_size)
        return images, _tokens(batch, context if seq is None else seq)
    time = min(128, config.context or 128) if seq is None else seq
    if isinstance(model, T5 | Transformer):
        return _tokens(batch, source or time), _tokens(batch, time)
    return (_tokens(batch, time),)


def _tokens(batch: int, time: int) -> Tensor:
    made: Tensor = zeros(batch, time, dtype="int64")
    return made
