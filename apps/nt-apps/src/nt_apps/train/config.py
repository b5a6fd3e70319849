"""What decides a run, in a frozen dataclass: shared by all trainers, and as a TOML file."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from nt_apps.errors import UserError

__all__ = ["TrainConfig", "ordered", "read_config", "setting", "settings_of"]

STEPS, OPTIMIZER, LOOKS, MACHINE = "Steps", "Optimizer", "Looks", "Machine"
SHARED = (STEPS, OPTIMIZER, LOOKS, MACHINE)  # what every trainer has, behind what is its own

T = TypeVar("T")


def setting(
    default: T,
    section: str,
    about: str,
    *,
    least: float | None = None,
    below: float | None = None,
    choices: tuple[str, ...] = (),
    otherwise: str = "",
    only: tuple[str, str] | None = None,
) -> T:
    """Make a field of a config, with all that its option, its check and its file need.

    Args:
        default: its value where nothing else is said.
        section: the heading under which `--help` and the TOML file show it.
        about: what it is, in a line.
        least: the smallest number that fits.
        below: the number that it must stay below.
        choices: the words that fit.
        otherwise: what `--help` tells of a default that follows from other settings.
        only: another setting and the value that it must have for this one to mean anything.

    Example:
        >>> @dataclass(frozen=True)
        ... class Mine(TrainConfig):
        ...     depth: int = setting(2, "Model", "layers", least=1)
        >>> Mine(depth=0)
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: depth (0) must be at least 1
    """
    known = {"section": section, "help": about, "least": least, "below": below,
             "choices": choices, "otherwise": otherwise, "only": only}  # fmt: skip
    return field(default=default, metadata=known)


@dataclass(frozen=True)
class TrainConfig:
    """The settings that all trainers share; each trainer's own config derives from it.

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

    steps: int = setting(1500, STEPS, "how often the weights change", least=1)
    batch_size: int = setting(32, STEPS, "samples that go through the model at once", least=1)
    accumulate: int = setting(1, STEPS, "batches whose gradients make one step", least=1)
    patience: int = setting(
        0, STEPS, "looks without a better figure after which the run ends; 0 never", least=0
    )

    optimizer: str = setting(
        "adamw", OPTIMIZER, "adamw, sgd (Nesterov), lion, lamb, muon (adamw beside it), adafactor",
        choices=("adamw", "sgd", "lion", "lamb", "muon", "adafactor"),
    )  # fmt: skip
    lr: float = setting(1e-3, OPTIMIZER, "the largest learning rate")
    schedule: str = setting(
        "cosine", OPTIMIZER, "cosine, one-cycle, wsd, linear or constant, behind the warm-up",
        choices=("cosine", "one-cycle", "wsd", "linear", "constant"),
    )  # fmt: skip
    min_lr: float = setting(
        1e-4, OPTIMIZER, "where cosine, wsd and linear end", least=0, otherwise="a tenth of lr"
    )
    warmup: int = setting(
        100, OPTIMIZER, "steps until lr is reached", least=0,
        otherwise="the recipe's, at most a tenth or its share of all",
    )  # fmt: skip
    cooldown: float = setting(
        0.2, OPTIMIZER, "share of the steps in which wsd goes down", least=0, below=1
    )
    weight_decay: float = setting(
        0.1, OPTIMIZER, "of matrices; biases and norms have none", least=0
    )
    beta1: float = setting(0.9, OPTIMIZER, "how long gradients are remembered", least=0, below=1)
    beta2: float = setting(0.95, OPTIMIZER, "how long their squares are", least=0, below=1)
    clip: float = setting(1.0, OPTIMIZER, "the longest gradient; 0 leaves it as it is", least=0)
    ema: float = setting(
        0.0, OPTIMIZER, "how much of the mean of past weights stays a step, such as 0.999: the "
        "mean is what is judged and used; 0 for none", least=0, below=1,
    )  # fmt: skip

    eval_every: int = setting(
        150, LOOKS, "steps between two looks; each saves a checkpoint", least=1
    )
    diagnose: int = setting(
        0, LOOKS, "steps between two readings of gradients, updates and activations; 0 for none",
        least=0,
    )  # fmt: skip
    tensorboard: bool = setting(False, LOOKS, "whether TensorBoard's events are written")
    wandb: bool = setting(False, LOOKS, "whether Weights & Biases is told")

    seed: int = setting(1337, MACHINE, "what all randomness follows from", least=0)
    device: str = setting("cpu", MACHINE, "cpu, cuda, cuda:1 or mlx; see: nt devices")
    precision: str = setting(
        "float32", MACHINE, "float32, float16 (with a scaled loss) or bfloat16, for products",
        choices=("float32", "float16", "bfloat16"),
    )  # fmt: skip
    threads: int = setting(
        1, MACHINE, "each takes a share of every batch", least=1, otherwise="one a core"
    )
    workers: int = setting(1, MACHINE, "threads that prepare batches; 0 for none", least=0)
    prefetch: int = setting(2, MACHINE, "batches that they prepare ahead", least=0)
    jit: bool = setting(True, MACHINE, "whether Numba's kernels are used where it is installed")

    def __post_init__(self) -> None:
        if not 0 < self.lr < float("inf"):
            raise UserError(f"lr ({self.lr}) must be above 0")
        for each in fields(self):
            _check(each, getattr(self, each.name))
        if not self.min_lr <= self.lr:
            raise UserError(f"min_lr ({self.min_lr}) must be at most lr ({self.lr})")
        if self.warmup >= self.steps:
            raise UserError(f"warmup ({self.warmup}) must be smaller than steps ({self.steps})")
        if self.threads > self.batch_size:
            raise UserError(
                f"threads ({self.threads}) must be at most batch_size ({self.batch_size}): "
                "every thread takes a share of the batch"
            )

    def to_toml(self, trainer: str = "NAME") -> str:
        """Write the config as TOML that `read_config` reads back.

        Args:
            trainer: the name that `nt train` knows it by.

        Example:
            >>> print(TrainConfig(steps=700).to_toml("gpt2").splitlines()[3])
            steps = 700
        """
        lines = [f"# Repeat this run: nt train {trainer} --config THIS_FILE"]
        section = ""
        for each in ordered(type(self)):
            if section != each.metadata["section"]:
                section = each.metadata["section"]
                lines += ["", f"# {section}"]
            value = getattr(self, each.name)
            if value is not None:
                # JSON's text, numbers and booleans are TOML's, but for this one character.
                written = json.dumps(value, ensure_ascii=False).replace("\x7f", r"\u007f")
                lines.append(f"{each.name} = {written}")
        return "\n".join(lines) + "\n"


def ordered(kind: type[TrainConfig]) -> list[Field[Any]]:
    """Give a config's fields section by section: a trainer's own ones first.

    Example:
        >>> [field.name for field in ordered(TrainConfig)][:3]
        ['steps', 'batch_size', 'accumulate']
    """
    own = [each.metadata["section"] for each in fields(kind)]
    sections = [*(name for name in dict.fromkeys(own) if name not in SHARED), *SHARED]
    return sorted(fields(kind), key=lambda each: sections.index(each.metadata["section"]))


def settings_of(kind: type[TrainConfig], values: Mapping[str, Any]) -> dict[str, Any]:
    """Take names and values of any origin, and refuse what the config does not have.

    Raises:
        UserError: an unknown name, or a value of the wrong type.

    Example:
        >>> settings_of(TrainConfig, {"lr": 1})
        {'lr': 1.0}
        >>> settings_of(TrainConfig, {"stepps": 3})
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: unknown setting 'stepps'; did you mean steps?
    """
    types = get_type_hints(kind)
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in types:
            raise UserError(f"unknown setting {name!r}; {_nearest(kind, name)}")
        wanted = get_args(types[name]) or (types[name],)
        if float in wanted and type(value) is int:
            value = float(value)
        if type(value) not in wanted:
            names = " or ".join(each.__name__ for each in wanted if each is not NoneType)
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


def _check(each: Field[Any], value: Any) -> None:
    """Hold a value against what its field says of itself."""
    name, told = each.name, each.metadata
    if told["choices"] and value not in told["choices"]:
        raise UserError(f"{name} {value!r} is not one of: {', '.join(told['choices'])}")
    if isinstance(value, float) and not math.isfinite(value):
        raise UserError(f"{name} ({value}) must be a finite number")
    least, below = told["least"], told["below"]
    if value is None or least is None:
        return
    if below is not None and not least <= value < below:
        raise UserError(f"{name} ({value}) must be at least {least} and below {below}")
    if not value >= least:
        raise UserError(f"{name} ({value}) must be at least {least}")


def _nearest(kind: type[TrainConfig], name: str) -> str:
    from difflib import get_close_matches

    known = [each.name for each in fields(kind)]
    close = get_close_matches(name, known, 1)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
