"""What a trainer adds to the shared loop: the contract of `nt train NAME`.

A trainer is one file with a config (a `TrainConfig` with data and model settings of its own) and a
`Task`: where its data comes from, its model, the loss of a batch, what it is judged by, and what it
shows. Everything else, `nt_apps.train.loop.fit` does for all of them alike:

    prepare()                       data, split, baselines            once, before the first step
    model(), loader()               what learns, and from what
    loss(model, *batch)             the mean loss of a batch          every step, a share a thread
    validate(model)                 figures on the validation part    at every look
    sample(model, step)             text to watch                     at every look
    answer(model)                   what it says of the test part     once, with the weights that
    measure(...), draw(...)         the final figures, the plots          validation chose

Everything that the loop gives to a task is on the current device; batches are NumPy arrays as the
loader made them, and `loss` takes them to the device. Looks must draw from streams of their own
(`Generator(config.seed)`): what is watched must not change what is learned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from nt_autograd import Tensor
from nt_data import DataLoader
from nt_nn import Module

from nt_apps.errors import UserError, telling
from nt_apps.train.config import TrainConfig
from nt_apps.train.ranks import Ranks

__all__ = ["Figures", "Task"]

C = TypeVar("C", bound=TrainConfig)
Figures = dict[str, float]  # by name


class Task(Generic[C]):
    """One trainer. A subclass defines what has no default here; see the head of this file.

    Attributes:
        name: what stands behind `nt train`.
        config_type: its settings.
        recipes: name -> the settings that differ from the config's defaults; the first is used
            where none is named.
        unit: what throughput counts: "tokens", "images", …
        watched: the figure of `validate` that decides which checkpoint is best.
        larger_is_better: whether it should rise.
        splits: whether the loss is a mean over items, so that shares of a batch can be computed
            apart in threads; False for losses that compare the items with each other.
        shape: what of the data the model depends on (sizes, names of classes), fit for JSON: saved
            in every checkpoint and given to `reopen`.

    Example:
        >>> from nt_apps.train.gpt2 import GPT2Settings, TrainGPT2
        >>> task = TrainGPT2(GPT2Settings(data="python-stdlib"))
        >>> isinstance(task, Task), task.name, task.unit, task.watched
        (True, 'gpt2', 'tokens', 'validation_loss')
    """

    name: ClassVar[str]
    config_type: type[C]
    recipes: ClassVar[Mapping[str, Mapping[str, Any]]]
    unit: ClassVar[str] = "samples"
    watched: ClassVar[str] = "validation_loss"
    larger_is_better: ClassVar[bool] = False
    splits: ClassVar[bool] = True

    def __init__(self, config: C) -> None:
        self.config = config
        self.shape: dict[str, Any] = {}
        self.ranks = Ranks()  # the loop puts others here where several processes take part

    # Settings

    @classmethod
    def preset(cls, name: str) -> dict[str, Any]:
        """Give the settings that a size's name stands for.

        Raises:
            UserError: there is no such preset.
        """
        raise UserError(f"there is no preset {name!r}: nt train {cls.name} has none")

    @classmethod
    def following(cls, chosen: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """Give the settings that follow from the `chosen` ones and are not among the `given`."""
        return {}

    # Data

    def prepare(self) -> None:
        """Read the data, split it, and fill `shape`; after `reopen`, by what that has read.

        Raises:
            UserError: it cannot be had, or does not fit the settings.
        """
        raise NotImplementedError

    def keep(self, folder: Path) -> None:
        """Write what must stand beside the weights, such as a tokenizer, into the run folder."""

    def reopen(self, folder: Path, shape: dict[str, Any]) -> None:
        """Take over what an earlier run kept, so that `model` and the use of it need no data.

        Raises:
            UserError: it is missing, damaged, or does not belong to the checkpoint.
        """
        self.shape = shape

    def fingerprint(self) -> str:
        """A hash of all data: a resumed run must see the very same."""
        raise NotImplementedError

    def facts(self) -> dict[str, str]:
        """What a reader must know of the figures: `data` and `split` at least, in words."""
        raise NotImplementedError

    def baselines(self) -> dict[str, Figures]:
        """Figures of the honest baselines on the same split, by name; as `measure` names them."""
        raise NotImplementedError

    # The walk

    def model(self) -> Module:
        """Make the model, with weights drawn from the config's seed.

        Raises:
            UserError: its sizes do not fit together.
        """
        raise NotImplementedError

    def loader(self) -> DataLoader:
        """The training batches, each a tuple of arrays of one length: see `batches`."""
        raise NotImplementedError

    def batches(self, dataset: Any, **options: Any) -> DataLoader:
        """Batches as the config wants them: shuffled, prepared ahead, this rank's share of each.

        Args:
            dataset: what they are drawn from.
            options: further ones of `nt_data.DataLoader`, such as `transform`; with a `sampler`,
                that decides the order.

        Raises:
            UserError: the batches are larger than the data set.
        """
        c = self.config
        with telling(ValueError):
            return DataLoader(
                dataset, c.batch_size, shuffle="sampler" not in options, seed=c.seed,
                prefetch=c.prefetch, num_workers=c.workers, rank=self.ranks.rank,
                world_size=self.ranks.size, **options,
            )  # fmt: skip

    def loss(self, model: Any, *batch: Any) -> Tensor:
        """The mean loss of a batch or of a share of it."""
        raise NotImplementedError

    def weigh(self, *batch: Any) -> float:
        """How much a share's mean counts: its number of items, or of targets that are none."""
        return float(len(batch[0]))

    def count(self, *batch: Any) -> int:
        """How many of `unit` a batch holds."""
        return len(batch[0])

    # Looks

    def validate(self, model: Any) -> Figures:
        """Figures on the validation part (or a fixed sample of it), `watched` among them."""
        raise NotImplementedError

    def sample(self, model: Any, step: int) -> str:
        """A text that shows what the model can do; empty for none at this step."""
        return ""

    def answer(self, model: Any) -> Any:
        """What the model says of the test part, where both `measure` and `draw` look at that."""
        return None

    def measure(self, model: Any, said: Any) -> Figures:
        """The final figures: of a test part where there is one, else of all of validation.

        Args:
            model: with the weights to measure.
            said: what it `answer`s.
        """
        raise NotImplementedError

    def draw(self, model: Any, said: Any, folder: Path) -> Sequence[Path]:
        """Write the trainer's own plots into the run folder, and name them.

        Args:
            model: with the weights that were measured.
            said: what it `answer`s.
            folder: where to.
        """
        return ()
