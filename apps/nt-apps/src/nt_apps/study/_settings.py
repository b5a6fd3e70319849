"""What decides a scaling study: sizes, tokens, and how each model is trained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from nt_apps.errors import UserError

__all__ = ["LEAST", "RECIPES", "ScalingSettings", "read_settings"]

LEAST = 5  # points of a law with five numbers


@dataclass(frozen=True)
class ScalingSettings:
    """Models over sizes and tokens: every size learns from every number of tokens.

    Attributes:
        sizes: layers x width of each model, as "2x32,4x64".
        tokens: how many tokens each is trained on, as "65536,131072"; each run has a whole schedule
            of its own.
        data: python-stdlib, tinyshakespeare, wikitext-2 or a text file; it is read byte by byte, so
            that losses are nats a byte whatever the size.
        data_dir: a folder where downloaded texts may lie already.
        context: tokens that a model sees at once.
        batch_size: windows a step.
        lr: the rate of a model 64 wide; of others it goes with 1 / sqrt(width).
        eval_batches: random validation batches, the same for all models, on which they are judged.
        seed: what all randomness follows from.
        threads: each takes a share of every batch.

    Raises:
        UserError: a value does not fit; the message names it.

    Example:
        >>> ScalingSettings(sizes="1x16,2x32").pairs[0]
        (1, 16, 262144)
        >>> ScalingSettings(sizes="1 by 16")
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: sizes ('1 by 16') must be layers x width, such as 2x32,4x64; ...
    """

    sizes: str = "1x16,2x24,2x32,3x48,4x64"
    tokens: str = "262144,524288,1048576,2097152,4194304"
    data: str = "python-stdlib"
    data_dir: str | None = None
    context: int = 64
    batch_size: int = 16
    lr: float = 4e-3
    eval_batches: int = 64
    seed: int = 1337
    threads: int = 1

    def __post_init__(self) -> None:
        for name in ("context", "batch_size", "eval_batches", "threads"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} ({getattr(self, name)}) must be at least 1")
        if not self.lr > 0:
            raise UserError(f"lr ({self.lr}) must be above 0")
        if len(self.pairs) < LEAST:
            raise UserError(
                f"sizes ({self.sizes}) and tokens ({self.tokens}) make {len(self.pairs)} models: a "
                f"law of both needs {LEAST} or more"
            )
        least = 10 * self.batch_size * self.context
        if any(tokens < least for *_, tokens in self.pairs):
            raise UserError(f"tokens ({self.tokens}) must be at least ten batches: {least}")

    @property
    def pairs(self) -> list[tuple[int, int, int]]:
        """(layers, width, tokens) of every run, the cheapest first."""
        try:
            sizes = [tuple(map(int, each.split("x"))) for each in self.sizes.split(",")]
            made = [(layers, width) for layers, width in sizes if layers > 0 and width % 8 == 0]
        except ValueError:
            made = []
        if not made or len(made) < len(self.sizes.split(",")):
            said = "must be layers x width, such as 2x32,4x64; widths are multiples of 8"
            raise UserError(f"sizes ({self.sizes!r}) {said}")
        try:
            tokens = [int(each) for each in self.tokens.split(",")]
        except ValueError as error:
            raise UserError(f"tokens ({self.tokens!r}) must be numbers, as 65536,131072") from error
        found = [(layers, width, count) for layers, width in made for count in tokens]
        return sorted(set(found), key=lambda one: (one[0] * one[1] ** 2 * one[2], one))


RECIPES: dict[str, dict[str, Any]] = {
    "python": {},
    "quick": {
        "sizes": "1x8,1x16,2x24",
        "tokens": "16384,49152,147456",
        "context": 32,
        "eval_batches": 16,
    },
}
"""Settings by name: a study of 25 models, and one of 9 tiny ones."""


def read_settings(given: Mapping[str, Any], recipe: str = "python") -> ScalingSettings:
    """Fill in what was not given from the recipe.

    Raises:
        UserError: an unknown recipe or setting, or a value that does not fit.

    Example:
        >>> read_settings({"lr": 1e-3}, "quick").sizes
        '1x8,1x16,2x24'
    """
    if recipe not in RECIPES:
        raise UserError(f"recipe {recipe!r} is not one of: {', '.join(RECIPES)}")
    kinds = {each.name: type(each.default) for each in fields(ScalingSettings)}
    for name, value in given.items():
        if name not in kinds:
            raise UserError(f"unknown setting {name!r}; known: {', '.join(kinds)}")
        wanted = str if kinds[name] is type(None) else kinds[name]
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            raise UserError(f"{name} ({value!r}) must be of type {wanted.__name__}")
    return ScalingSettings(**{**RECIPES[recipe], **given})


def as_toml(settings: ScalingSettings) -> str:
    """The settings as TOML that `--config` reads back."""
    known = {name: value for name, value in asdict(settings).items() if value is not None}
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in known.items()]
    return "\n".join(["# Repeat this study: nt study scaling --config THIS_FILE", *lines, ""])
