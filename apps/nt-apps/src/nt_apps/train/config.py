"""Everything that decides a run, in one frozen dataclass, and as a TOML file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from nt_apps.errors import UserError

__all__ = ["TrainConfig", "read_config", "settings_of"]

TOKENIZERS = ("bpe", "byte", "char")
TEXT, MODEL, STEPS, LOOKS, MACHINE = "Text", "Model", "Steps", "Looks", "Machine"

T = TypeVar("T")


def _setting(default: T, section: str, about: str, otherwise: str = "") -> T:
    """A field with its words for `--help`; `otherwise` tells of a default that may change."""
    shown_default = otherwise or json.dumps(default).strip('"')
    shown = "" if default is None else f" (default: {shown_default})"
    return field(default=default, metadata={"section": section, "help": f"{about}{shown}"})


@dataclass(frozen=True)
class TrainConfig:
    """How a GPT-2 is trained. The defaults are the recipe `python`: about two minutes on two cores.

    Raises:
        UserError: a value is out of its range; the message names it.

    Example:
        >>> TrainConfig(steps=500).steps
        500
        >>> TrainConfig(steps=0)
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: steps (0) must be at least 1
    """

    data: str = _setting("python-stdlib", TEXT, "python-stdlib, tinyshakespeare, or a text file")
    data_dir: str | None = _setting(None, TEXT, "a folder where downloaded texts may lie already")
    tokenizer: str = _setting("bpe", TEXT, "bpe, byte or char")
    vocab_size: int = _setting(2048, TEXT, "tokens that bpe learns")

    context: int = _setting(64, MODEL, "tokens that the model sees at once")
    layers: int = _setting(4, MODEL, "blocks")
    heads: int = _setting(4, MODEL, "attention heads; they must divide the width")
    width: int = _setting(128, MODEL, "numbers that a token is made into")
    dropout: float = _setting(0.0, MODEL, "share of numbers left out at random")
    bias: bool = _setting(True, MODEL, "whether products and norms add a bias")

    steps: int = _setting(1500, STEPS, "how often the weights change")
    batch_size: int = _setting(32, STEPS, "windows of text a step")
    lr: float = _setting(4e-3, STEPS, "the largest learning rate")
    min_lr: float = _setting(4e-4, STEPS, "where a cosine takes it", "a tenth of lr")
    warmup: int = _setting(100, STEPS, "steps until lr is reached", "100, at most a tenth of all")
    weight_decay: float = _setting(0.1, STEPS, "of matrices; biases and norms have none")
    beta1: float = _setting(0.9, STEPS, "how long AdamW remembers gradients")
    beta2: float = _setting(0.95, STEPS, "how long it remembers their squares")
    clip: float = _setting(1.0, STEPS, "the longest gradient; 0 leaves it as it is")

    eval_every: int = _setting(150, LOOKS, "steps between two looks; each saves a checkpoint")
    eval_batches: int = _setting(20, LOOKS, "random validation batches a look; at the end, all")
    sample_every: int = _setting(300, LOOKS, "steps between two samples of text")
    sample_tokens: int = _setting(200, LOOKS, "tokens a sample")
    prompt: str = _setting("def", LOOKS, "what samples continue")

    seed: int = _setting(1337, MACHINE, "what all randomness follows from")
    device: str = _setting("cpu", MACHINE, "cpu, cuda, cuda:1 or mlx; see: nt devices")
    threads: int = _setting(1, MACHINE, "each takes a share of every batch", "one a core")
    jit: bool = _setting(True, MACHINE, "whether Numba's kernels are used where it is installed")

    def __post_init__(self) -> None:
        if not 0 < self.lr < float("inf"):
            raise UserError(f"lr ({self.lr}) must be above 0")
        least = {
            "vocab_size": 257, "context": 1, "layers": 1, "heads": 1, "width": 1, "steps": 1,
            "batch_size": 1, "warmup": 0, "eval_every": 1, "eval_batches": 1, "sample_every": 1,
            "sample_tokens": 1, "seed": 0, "threads": 1, "min_lr": 0, "weight_decay": 0, "clip": 0,
        }  # fmt: skip
        for name, smallest in least.items():
            if not getattr(self, name) >= smallest:
                raise UserError(f"{name} ({getattr(self, name)}) must be at least {smallest}")
        if self.tokenizer not in TOKENIZERS:
            known = ", ".join(TOKENIZERS)
            raise UserError(f"tokenizer {self.tokenizer!r} is not one of: {known}")
        if self.width % self.heads:
            raise UserError(f"heads ({self.heads}) must divide width ({self.width})")
        if not self.min_lr <= self.lr:
            raise UserError(f"min_lr ({self.min_lr}) must be at most lr ({self.lr})")
        if self.warmup >= self.steps:
            raise UserError(f"warmup ({self.warmup}) must be smaller than steps ({self.steps})")
        for name in ("dropout", "beta1", "beta2"):
            if not 0 <= getattr(self, name) < 1:
                raise UserError(f"{name} ({getattr(self, name)}) must be at least 0 and below 1")
        if self.threads > self.batch_size:
            raise UserError(
                f"threads ({self.threads}) must be at most batch_size ({self.batch_size}): "
                "every thread takes a share of the batch"
            )
        if not self.prompt:
            raise UserError("prompt must have at least one character")

    def to_toml(self) -> str:
        """Write the config as TOML that `read_config` reads back.

        Example:
            >>> print(TrainConfig(data="my.txt").to_toml().splitlines()[3])
            data = "my.txt"
        """
        lines = ["# Repeat this run: nt train gpt2 --config THIS_FILE"]
        section = ""
        for each in fields(self):
            if section != each.metadata["section"]:
                section = each.metadata["section"]
                lines += ["", f"# {section}"]
            value = getattr(self, each.name)
            if value is not None:
                # JSON's text, numbers and booleans are TOML's, but for this one character.
                written = json.dumps(value, ensure_ascii=False).replace("\x7f", r"\u007f")
                lines.append(f"{each.name} = {written}")
        return "\n".join(lines) + "\n"


def settings_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Take names and values of any origin, and refuse what no `TrainConfig` has.

    Raises:
        UserError: an unknown name, or a value of the wrong type.

    Example:
        >>> settings_of({"lr": 1})
        {'lr': 1.0}
        >>> settings_of({"stepps": 3})
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: unknown setting 'stepps'; did you mean steps?
    """
    types = get_type_hints(TrainConfig)
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in types:
            raise UserError(f"unknown setting {name!r}; {_nearest(name)}")
        wanted = get_args(types[name]) or (types[name],)
        if float in wanted and type(value) is int:
            value = float(value)
        if type(value) not in wanted:
            names = " or ".join(kind.__name__ for kind in wanted if kind is not NoneType)
            raise UserError(f"{name} ({value!r}) must be of type {names}")
        checked[name] = value
    return checked


def read_config(path: Path) -> dict[str, Any]:
    """Read the settings in a TOML file; `recipe` and `preset` may stand there too.

    Raises:
        UserError: no such file, or it is no TOML.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "run.toml")
        >>> _ = path.write_text("steps = 300")
        >>> read_config(path)
        {'steps': 300}
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UserError(f"cannot read the config {path}: {error.strerror}") from error
    except ValueError as error:  # no TOML, or no UTF-8
        raise UserError(f"the config {path} is no TOML: {error}") from error


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    known = [each.name for each in fields(TrainConfig)]
    close = get_close_matches(name, known, 1)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
