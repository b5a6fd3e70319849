"""Which trainers there are, each loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nt_apps.errors import UserError

if TYPE_CHECKING:
    from nt_apps.train.task import Task

__all__ = ["TRAINERS", "trainer"]

TRAINERS = {
    "gpt2": "TrainGPT2",
    "modern": "TrainModern",
    "vit": "TrainViT",
    "resnet": "TrainResNet",
    "clip": "TrainCLIP",
    "bert": "TrainBERT",
    "t5": "TrainT5",
    "prompt": "TrainPrompt",
}
"""Name -> its task, in the module of that name."""


def trainer(name: str) -> type[Task[Any]]:
    """Load a trainer by its name.

    Raises:
        UserError: there is none.

    Example:
        >>> trainer("gpt2").unit
        'tokens'
    """
    if name not in TRAINERS:
        raise UserError(f"there is no trainer {name!r}; there are {', '.join(TRAINERS)}")
    task: type[Task[Any]] = getattr(import_module(f"nt_apps.train.{name}"), TRAINERS[name])
    return task
