"""A trained run translates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nt_data import TokenizerError

from nt_apps.errors import UserError, telling
from nt_apps.train.loop import on_device
from nt_apps.train.reopen import load_task
from nt_apps.train.t5 import TrainT5
from nt_apps.train.t5_translate import translate

__all__ = ["translate_by"]


def translate_by(
    folder: Path,
    texts: Sequence[str],
    *,
    beams: int = 4,
    alternatives: int = 1,
    last: bool = False,
    device: str = "cpu",
) -> list[list[str]]:
    """Translate texts with a run's model.

    Args:
        folder: the folder of a run of `nt train t5`.
        texts: what to translate.
        beams: how many translations of a text are followed at once.
        alternatives: how many translations of each text to give, at most `beams`.
        last: use the last checkpoint and not the best one.
        device: where to compute.

    Raises:
        UserError: there is no such run, it does not translate, or an argument does not fit.
    """
    for name, value, least in (("beams", beams, 1), ("alternatives", alternatives, 1)):
        if value < least:
            raise UserError(f"{name} ({value}) must be at least {least}")
    if alternatives > beams:
        raise UserError(f"alternatives ({alternatives}) must be at most beams ({beams})")
    if not all(text.strip() for text in texts):
        raise UserError("text must have at least one character")
    task, saved = load_task(folder, last=last)
    if not isinstance(task, TrainT5) or task.config.task != "translate":
        raise UserError(f"{folder} is a run of nt train {saved.trainer} that does not translate")
    most = task.tokenizer.vocab_size
    for name, value in (("alternatives", alternatives), ("beams", beams)):
        if value > most:
            raise UserError(f"{name} ({value}) must be at most {most}, as many as it knows tokens")
    with on_device(device), telling(TokenizerError, prefix="text: "):
        model: Any = task.model()
        saved.load_weights(model)
        c = task.config
        return translate(
            model, task.tokenizer, texts, beams=beams, alternatives=alternatives,
            length_penalty=c.length_penalty, context=c.context,
        )  # fmt: skip
