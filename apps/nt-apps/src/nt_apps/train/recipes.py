"""Settings that belong together, by name, and what follows from the ones that were asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from nt_apps.errors import UserError, telling
from nt_apps.train.config import TrainConfig, settings_of

__all__ = ["RECIPES", "resolve", "sizes_of"]

# nanoGPT's published run for a CPU: config/train_shakespeare_char.py with its README's overrides.
_NANOGPT: Mapping[str, Any] = {
    "data": "tinyshakespeare", "tokenizer": "char", "prompt": "\n",
    "context": 64, "layers": 4, "heads": 4, "width": 128, "dropout": 0.0, "bias": False,
    "steps": 2000, "batch_size": 12, "lr": 1e-3, "min_lr": 1e-4, "warmup": 100,
    "weight_decay": 0.1, "beta1": 0.9, "beta2": 0.99, "clip": 1.0,
    "eval_every": 250, "eval_batches": 20, "sample_every": 500,
}  # fmt: skip

RECIPES: Mapping[str, Mapping[str, Any]] = {
    "python": {},
    "shakespeare-char-nanogpt": _NANOGPT,
    # The same model, batches and steps; a model this small takes three times the learning rate.
    "shakespeare-char": {**_NANOGPT, "lr": 3e-3, "min_lr": 3e-4},
}
"""Name -> the settings that differ from the defaults of `TrainConfig`."""


def resolve(
    given: Mapping[str, Any], *, recipe: str = "python", cores: int | None = None
) -> TrainConfig:
    """Fill in what was not given: from the recipe, and from what was given.

    Settings that hang on others follow them unless they are given too: the smallest learning rate
    is a tenth of the largest, warm-up at most a tenth of the steps, a text other than Python's
    is continued from an empty line, and there are no more threads than samples in a batch.

    Args:
        given: settings that were asked for, by name.
        recipe: one of `RECIPES`.
        cores: how many threads there may be; by default one a core.

    Raises:
        UserError: an unknown recipe or setting, or a value that does not fit.

    Example:
        >>> config = resolve({"steps": 200, "lr": 1e-2}, cores=2)
        >>> config.warmup, config.min_lr, config.threads
        (20, 0.001, 2)
        >>> resolve({}, recipe="shakespeare-char").batch_size
        12
    """
    if recipe not in RECIPES:
        raise UserError(f"recipe {recipe!r} is not one of: {', '.join(RECIPES)}")
    # Checked here too, so that what follows from a setting finds it well-formed.
    checked = settings_of(given)
    chosen = {**asdict(TrainConfig()), **RECIPES[recipe], **checked}
    if "lr" in given and "min_lr" not in given:
        chosen["min_lr"] = chosen["lr"] / 10
    if "warmup" not in given:
        chosen["warmup"] = min(chosen["warmup"], chosen["steps"] // 10)
    if "prompt" not in given and chosen["data"] != TrainConfig.data:
        chosen["prompt"] = "\n"
    if "threads" not in given:
        # Elsewhere than on the CPU, the library spreads the work itself.
        cores = (cores or _cores()) if chosen["device"] == "cpu" else 1
        chosen["threads"] = max(1, min(cores, chosen["batch_size"]))
    return TrainConfig(**chosen)


def sizes_of(preset: str | None) -> dict[str, int]:
    """Give the settings that a preset of `nt_models.GPT2Config` stands for; none for None.

    Raises:
        UserError: there is no such preset.

    Example:
        >>> sizes_of("nano")
        {'context': 64, 'layers': 4, 'heads': 4, 'width': 128}
    """
    if preset is None:
        return {}
    from nt_models import GPT2Config

    with telling(ValueError):
        sized = GPT2Config.preset(preset)
    return {name: getattr(sized, name) for name in ("context", "layers", "heads", "width")}


def _cores() -> int:
    """The cores that this process may use, which in a container are fewer than the machine's."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
