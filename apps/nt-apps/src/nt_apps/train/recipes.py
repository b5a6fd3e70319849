"""Settings that belong together, by name, and what follows from the ones that were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, asdict, fields
from typing import TYPE_CHECKING, Any, TypeVar

from nt_nn.parallel import cores as processors

from nt_apps.errors import UserError
from nt_apps.train.config import TrainConfig, settings_of

if TYPE_CHECKING:
    from nt_apps.train.task import Task

__all__ = ["resolve"]

Config = TypeVar("Config", bound=TrainConfig)


def resolve(
    task: type[Task[Config]],
    given: Mapping[str, Any],
    *,
    recipe: str | None = None,
    cores: int | None = None,
) -> Config:
    """Fill in what was not given: from the recipe, and from what was given.

    Settings that hang on others follow them unless they are given too: the smallest learning rate
    is a tenth of the largest, warm-up at most a tenth of the steps (or the recipe's share of them),
    there are no more threads than samples in a batch, and what the trainer itself says.

    Args:
        task: the trainer.
        given: settings that were asked for, by name.
        recipe: one of the trainer's recipes; by default its first.
        cores: how many threads there may be; by default one a core.

    Raises:
        UserError: an unknown recipe or setting, a value that does not fit, or a setting that means
            nothing beside the others.

    Example:
        >>> from nt_apps.train.gpt2 import TrainGPT2
        >>> config = resolve(TrainGPT2, {"steps": 200, "lr": 1e-2}, cores=2)
        >>> config.warmup, config.min_lr, config.threads
        (20, 0.001, 2)
        >>> resolve(TrainGPT2, {}, recipe="shakespeare-char").batch_size
        12
    """
    recipe = next(iter(task.recipes)) if recipe is None else recipe
    if recipe not in task.recipes:
        raise UserError(f"recipe {recipe!r} is not one of: {', '.join(task.recipes)}")
    # Checked here too, so that what follows from a setting finds it well-formed.
    checked = settings_of(task.config_type, given)
    basis = {**asdict(task.config_type()), **task.recipes[recipe]}
    chosen = {**basis, **checked}
    if "lr" in given and "min_lr" not in given:
        chosen["min_lr"] = chosen["lr"] / 10
    if "warmup" not in given:
        share = basis["warmup"] * chosen["steps"] // basis["steps"]
        chosen["warmup"] = min(basis["warmup"], max(share, chosen["steps"] // 10))
    if "threads" not in given:
        # Elsewhere than on the CPU, the library spreads the work itself.
        cores = (cores or processors()) if chosen["device"] == "cpu" else 1
        chosen["threads"] = max(1, min(cores, chosen["batch_size"]))
    config = task.config_type(**{**chosen, **task.following(chosen, given)})
    for each in fields(config):
        if each.name in given and each.metadata["only"]:
            _must_mean_something(config, each)
    return config


def _must_mean_something(config: TrainConfig, each: Field[Any]) -> None:
    """Refuse a setting that another one has put out of work, unless it is as it always is."""
    other, wanted = each.metadata["only"]
    value, found = getattr(config, each.name), getattr(config, other)
    if found != wanted and value != each.default:
        raise UserError(f"{each.name} ({value}) is only for {other} {wanted}, not for {found}")
