"""How published configs tell of rotations, in both spellings, beside our scalings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from nt_nn import (
    DynamicNTKRopeScaling,
    LinearRopeScaling,
    Llama3RopeScaling,
    LongRopeScaling,
    RopeScaling,
    YarnRopeScaling,
)

KINDS: dict[str, type[RopeScaling]] = {
    "default": RopeScaling,
    "linear": LinearRopeScaling,
    "dynamic": DynamicNTKRopeScaling,
    "yarn": YarnRopeScaling,
    "llama3": Llama3RopeScaling,
    "longrope": LongRopeScaling,
}
ORIGINAL = "original_max_position_embeddings"
OPTIONS = ("rope_parameters", "rope_scaling", "rope_theta", ORIGINAL)  # all that is read here


def read_rope(
    published: Mapping[str, Any], trained: int, base: float = 10000.0
) -> tuple[float, RopeScaling | None]:
    """The base of the frequencies, and how they are scaled.

    Args:
        published: a config with `rope_parameters`, or with `rope_theta` and `rope_scaling`.
        trained: `max_position_embeddings`.
        base: stands for an absent `rope_theta`.

    Raises:
        ValueError: a kind of scaling, or one of its options, is not supported or missing.
    """
    given = dict(published.get("rope_parameters") or published.get("rope_scaling") or {})
    theta = given.pop("rope_theta", None) or published.get("rope_theta") or base
    older = given.pop("type", None)
    kind = given.pop("rope_type", None) or older or "default"
    if kind not in KINDS:
        raise ValueError(f"not supported: rope_type {kind!r} (only {', '.join(KINDS)})")
    if (share := given.pop("partial_rotary_factor", None)) not in (None, 1.0):
        raise ValueError(f"not supported: partial_rotary_factor {share} (only 1.0)")
    original = published.get(ORIGINAL) or given.pop(ORIGINAL, None) or trained
    given.pop(ORIGINAL, None)
    if kind == "default":
        unknown, scaling = list(given), None
    else:
        names = {each.name for each in fields(KINDS[kind])}
        unknown = [name for name in given if name not in names]
        options = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in given.items()
            if value is not None
        }
        if "original_length" in names:  # the dynamic one begins beyond those of training
            options["original_length"] = trained if kind == "dynamic" else original
        if kind in ("yarn", "longrope"):
            options.setdefault("factor", trained / original)
        try:
            scaling = None if unknown else KINDS[kind](**options)
        except TypeError:
            missing = ", ".join(sorted(names - {*options}))
            raise ValueError(f"missing: of rope_type {kind!r} some of {missing}") from None
    if unknown:
        raise ValueError(f"unknown: of rope_type {kind!r} {', '.join(unknown)}")
    return float(theta), scaling


def write_rope(theta: float, scaling: RopeScaling | None, trained: int) -> dict[str, Any]:
    """The way back, in the older spelling, which all versions read.

    Raises:
        ValueError: a scaling that published configs cannot express.
    """
    if scaling is None or type(scaling) is RopeScaling:
        return {"rope_theta": theta, "rope_scaling": None}
    kind = next((name for name, each in KINDS.items() if type(scaling) is each), None)
    if kind is None:
        raise ValueError(f"rope_scaling ({scaling}) must be one of {', '.join(KINDS)}")
    options = {each.name: getattr(scaling, each.name) for each in fields(scaling)}
    original = options.pop("original_length", None)
    if kind == "dynamic" and original != trained:
        raise ValueError(
            f"rope_scaling's original_length ({original}) must be trained_length ({trained})"
        )
    unset = {"attention_factor": None, "mscale": 0.0, "mscale_all_dim": 0.0}
    options = {n: value for n, value in options.items() if n not in unset or value != unset[n]}
    if kind in ("yarn", "llama3", "longrope"):
        options[ORIGINAL] = original
    beside = {ORIGINAL: original} if kind == "longrope" else {}  # where transformers 4 looks
    return {**beside, "rope_theta": theta, "rope_scaling": {"rope_type": kind, **options}}
