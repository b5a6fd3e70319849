"""All published architectures that nt reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nt_nn import Module

from . import _bert, _clip, _gpt2, _modern, _resnet, _t5, _vit
from ._architecture import Architecture

__all__ = ["ARCHITECTURES"]

ARCHITECTURES: tuple[Architecture, ...] = (
    *_gpt2.ARCHITECTURES,
    *_bert.ARCHITECTURES,
    *_vit.ARCHITECTURES,
    *_clip.ARCHITECTURES,
    *_resnet.ARCHITECTURES,
    *_modern.ARCHITECTURES,
    *_t5.ARCHITECTURES,
)


def named(name: str) -> Architecture:
    """The architecture of that name."""
    for each in ARCHITECTURES:
        if name in each.names:
            return each
    known = ", ".join(name for each in ARCHITECTURES for name in each.names)
    raise ValueError(f"the architecture {name} is not supported; supported are {known}")


def of_config(published: Mapping[str, Any]) -> Architecture:
    """The architecture that a `config.json` asks for."""
    if names := published.get("architectures"):
        return named(names if isinstance(names, str) else names[0])
    kind = published.get("model_type")
    if kind is None and (
        {"arch", "architecture"} & {*published} or {"block", "layers"} <= {*published}
    ):
        return named(_resnet.TORCHVISION)  # whose configs say neither
    for each in ARCHITECTURES:
        if kind == each.model_type:
            return each
    known = ", ".join(dict.fromkeys(each.model_type for each in ARCHITECTURES))
    raise ValueError(
        f"a config with neither architectures nor a model_type that is supported ({kind!r}); "
        f"supported are {known}"
    )


def of_model(model: Module) -> tuple[Architecture, dict[str, Any]]:
    """The first architecture that can express a model, and the config that it writes."""
    refusals = []
    for each in ARCHITECTURES:
        if isinstance(each.model, type) and type(model) is each.model:
            try:
                return each, each.write_config(getattr(model, "config", None))
            except ValueError as error:
                refusals.append(f"{each.names[0]}: {error}")
    said = "; ".join(refusals) or "none has such a model"
    raise ValueError(f"no published architecture can express this {type(model).__name__}: {said}")
