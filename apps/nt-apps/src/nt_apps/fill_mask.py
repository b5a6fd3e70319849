"""A pre-trained BERT fills in the gaps of a text."""

from __future__ import annotations

from pathlib import Path

from nt_data import TokenizerError
from nt_tensor import jit

from nt_apps.errors import UserError, telling
from nt_apps.train.bert_masked import MaskedBERT
from nt_apps.train.loop import on_device
from nt_apps.train.reopen import load_run

__all__ = ["fill_mask"]


def fill_mask(
    folder: Path, text: str, *, top_k: int = 5, last: bool = False, device: str = "cpu"
) -> list[list[tuple[str, float]]]:
    """Say what would stand in each `[MASK]` of a text, with a run's model.

    Args:
        folder: the run folder.
        text: with `[MASK]` in it, once or more.
        top_k: how many tokens to give for each.
        last: use the last checkpoint and not the best one.
        device: where to compute.

    Returns:
        For each gap the tokens with their probabilities, the likeliest first.

    Raises:
        UserError: there is no such run, it does not fill in words, or the text has no gap, is too
            long or cannot be read.
    """
    if top_k < 1:
        raise UserError(f"top_k ({top_k}) must be at least 1")
    with on_device(device):
        task, model = load_run(folder, last=last)
        if not isinstance(task, MaskedBERT):
            raise UserError(
                f"{folder} is a run of nt train {task.name}, which fills in no words: that does "
                "nt train bert --task mlm"
            )
        jit(task.config.jit)
        with telling(TokenizerError, prefix="text: "):
            return task.fill(model, text, top_k)
