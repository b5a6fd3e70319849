"""Which trained models there are, which tab shows each, and how a tab gets one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nt_data import TokenizerError
from nt_data.sources import source, source_names
from nt_data.tokenizers import Tokenizer, load_tokenizer
from nt_models import from_pretrained
from nt_models.weights import ARCHITECTURES
from nt_nn import Module
from nt_nn.checkpoint import CheckpointError

from nt_apps.errors import UserError, telling
from nt_apps.train.reopen import load_run
from nt_apps.train.run_folder import RunFolder
from nt_apps.train.task import Task
from nt_apps.train.train_state import read_saved

__all__ = ["TABS", "Found", "Kind", "at_hand", "find", "identify", "load", "tokenizer_of"]


@dataclass(frozen=True)
class Kind:
    """What a tab shows.

    Attributes:
        title: what stands on it.
        trainers: whose runs.
        classes: of `nt_models`, by name: what published folders hold.
        command: what makes a fitting run.
    """

    title: str
    trainers: tuple[str, ...]
    classes: tuple[str, ...]
    command: str


TABS: Mapping[str, Kind] = {
    "text": Kind("Text", ("gpt2", "modern"), ("GPT2", "Modern"), "nt train gpt2"),
    "images": Kind("Images", ("vit", "resnet"), ("ViT", "ResNet"), "nt train vit"),
    "words": Kind("Words to pictures", ("clip",), ("CLIP",), "nt train clip"),
    "masks": Kind(
        "Fill masks", ("bert",), ("BERTForMaskedLM", "BERTForPreTraining"),
        "nt train bert --recipe python",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A model that can be shown.

    Attributes:
        folder: where it lies.
        tab: which of `TABS` shows it.
        kind: the trainer, or the published architecture.
        published: whether it is a folder of published weights, and no run.
        named: whether a person asked for it by its name: then it must do.
    """

    folder: Path
    tab: str
    kind: str
    published: bool = False
    named: bool = False

    @property
    def label(self) -> str:
        """How a person tells it from the others."""
        return f"{self.folder.name} ({self.kind})"


def find(folders: Iterable[Path], beside: Path = Path("runs")) -> list[Found]:
    """The models in the folders that a person named; where there are none, in those of `beside`.

    Raises:
        UserError: a folder that was named holds no model that a tab shows; says why.

    Example:
        >>> find([], Path("there", "is", "none"))
        []
        >>> find([Path("nowhere")])
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: there is no run folder nowhere
    """
    named = [replace(identify(folder), named=True) for folder in folders]
    if named or not beside.is_dir():
        return named
    here = []
    for folder in sorted(beside.iterdir()):
        if RunFolder(folder).last.is_file() or (folder / "config.json").is_file():
            try:
                here.append(identify(folder))
            except UserError:  # what nobody asked for by its name may be of another kind
                continue
    return here


def identify(folder: Path) -> Found:
    """Say what a folder holds, without making the model.

    Raises:
        UserError: there is no such folder, no model in it, or none that a tab shows.
    """
    if (folder / "config.json").is_file():
        return _published(folder)
    run = RunFolder.existing(folder)
    saved = read_saved(run.best if run.best.exists() else run.last)
    for name, tab in TABS.items():
        if saved.trainer in tab.trainers:
            if name == "masks" and saved.config.get("task") != "mlm":
                raise UserError(
                    f"{folder} is a run that classifies texts, which nt demo does not show: it "
                    "shows runs of nt train bert --task mlm"
                )
            return Found(folder, name, saved.trainer)
    raise UserError(f"{folder} is a run of nt train {saved.trainer}, which nt demo does not show")


def _published(folder: Path) -> Found:
    with telling(OSError, ValueError, prefix=f"{folder / 'config.json'} cannot be read: "):
        config = json.loads((folder / "config.json").read_text("utf-8"))
    told = config if isinstance(config, dict) else {}
    asked = told.get("architectures") or [told.get("model_type")]
    known = {name: each.model for each in ARCHITECTURES for name in each.names}
    made = getattr(known.get(asked[0]), "__name__", "")
    for name, tab in TABS.items():
        if made in tab.classes:
            return Found(folder, name, str(asked[0]), published=True)
    raise UserError(f"{folder} holds {asked[0]}, which nt demo does not show")


def load(found: Found) -> tuple[Task[Any] | None, Module]:
    """The model, in evaluation mode, and for a run its task.

    Raises:
        UserError: its files are damaged or not understood.
    """
    if not found.published:
        return load_run(found.folder)
    with telling(ValueError, OSError, CheckpointError):
        return None, from_pretrained(found.folder)


def at_hand(data: str, folder: str | None) -> bool:
    """Whether a run's data can be read without downloading anything.

    Args:
        data: a source's name, or the path of one's own.
        folder: where downloads may lie already; None for the cache alone.

    Example:
        >>> at_hand("glyphs", None), at_hand("no/such/folder", None)
        (True, False)
    """
    if data not in source_names():
        return Path(data).exists()
    about = source(data)
    there = not about.files or about.where(data_dir=folder) is not None
    return there and not about.extra_is_missing


def tokenizer_of(found: Found) -> Tokenizer:
    """The tokenizer beside published weights.

    Raises:
        UserError: there is none, or it is not understood.
    """
    with telling(TokenizerError, OSError):
        return load_tokenizer(found.folder)
