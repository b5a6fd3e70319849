"""Batches from a data set: shuffled, prepared ahead, resumable at any batch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import nullcontext
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from nt_data._collate import collate as stack
from nt_data._dataset import BatchDataset, Dataset
from nt_data._order import Order, draws, in_order, shuffled
from nt_data._prefetch import Prefetch

__all__ = ["DataLoader", "LoaderState"]


class LoaderState(TypedDict):
    """A place in the stream of batches, and what determines the stream; fit for JSON.

    Example:
        >>> state = DataLoader([1, 2, 3], batch_size=2).state_dict()
        >>> state["epoch"], state["position"], state["samples"]
        (0, 0, 3)
    """

    epoch: int  # passes begun before this one
    position: int  # batches of this pass that the consumer was given
    samples: int
    batch_size: int
    shuffle: bool
    replacement: bool
    seed: int
    drop_last: bool


class DataLoader:
    """Batches of a data set, pass after pass.

    Each `for` begins the next pass (epoch) from its first batch; only after `load_state_dict` does
    it begin in the middle, with the very batch that the saved loader would have given next.
    Which samples a batch holds depends on the seed, the epoch and the batch's number alone.

    Args:
        dataset: anything with `__len__` and `__getitem__`. If it has `get_batch(indices)` and no
            `collate` is given, whole batches are gathered by it.
        batch_size: samples a batch.
        shuffle: whether each epoch has an order of its own; otherwise samples come as they lie.
        replacement: draw each batch from all samples, independently of the others, as nanoGPT
            draws its windows; needs `shuffle`. An epoch is then `len(loader)` batches of full size.
        seed: what the orders follow from.
        drop_last: leave out a last batch that is not full.
        prefetch: how many batches a thread prepares ahead; 0 prepares each when it is asked for.
        collate: turns a list of samples into a batch; by default they are stacked.

    Raises:
        ValueError: the data set is empty or too small for one batch, a number is out of range, or
            two arguments contradict each other.

    Example:
        >>> loader = DataLoader(list(range(10)), batch_size=4, shuffle=True, seed=1)
        >>> len(loader), sorted(int(x) for batch in loader for x in batch)
        (3, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        >>> batches = iter(loader)
        >>> first, place = next(batches), loader.state_dict()
        >>> batches.close()
        >>> again = DataLoader(list(range(10)), batch_size=4, shuffle=True, seed=1)
        >>> again.load_state_dict(place)
        >>> [len(batch) for batch in again]
        [4, 2]
    """

    def __init__(
        self,
        dataset: Dataset[Any],
        batch_size: int,
        *,
        shuffle: bool = False,
        replacement: bool = False,
        seed: int = 0,
        drop_last: bool = False,
        prefetch: int = 2,
        collate: Callable[[Sequence[Any]], Any] | None = None,
    ) -> None:
        samples = len(dataset)
        for name, number, least in (
            ("batch_size", batch_size, 1), ("prefetch", prefetch, 0), ("seed", seed, 0)
        ):  # fmt: skip
            if number < least:
                raise ValueError(f"{name} ({number}) must be at least {least}")
        if samples == 0:
            raise ValueError("the data set is empty: a loader needs at least one sample")
        if drop_last and samples < batch_size:
            raise ValueError(
                f"batch_size ({batch_size}) must be at most the number of samples ({samples}) "
                "with drop_last=True: no batch would be left"
            )
        if replacement and not shuffle:
            raise ValueError("replacement=True draws at random: it needs shuffle=True")
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.replacement = replacement
        self.seed = seed
        self.drop_last = drop_last
        self.prefetch = prefetch
        self._make_batch = _batch_maker(dataset, collate)
        self._samples = samples
        self._epoch = 0
        self._position = 0
        self._resumed = False  # whether the next pass begins at _position
        self._pass = object()  # only the latest pass moves the place

    def __len__(self) -> int:
        """How many batches an epoch has."""
        full, rest = divmod(self._samples, self.batch_size)
        return full if self.drop_last else full + (rest > 0)

    @property
    def epoch(self) -> int:
        """How many passes were begun before this place; after a pass's last batch, one more.

        Example:
            >>> loader = DataLoader([1, 2, 3], batch_size=2)
            >>> epochs = [loader.epoch for _ in (1, 2) for batch in loader]
            >>> epochs, loader.epoch
            ([0, 1, 1, 2], 2)
        """
        return self._epoch + (self._position == len(self))

    def __iter__(self) -> Generator[Any, None, None]:
        """Give the batches of the next pass, or the rest of the pass that a state told of."""
        if self._position > 0 and not self._resumed:
            self._epoch, self._position = self._epoch + 1, 0
        self._resumed = False
        self._pass = this_pass = object()
        source = self._prepare(self._epoch, self._position)
        with Prefetch(source, self.prefetch) if self.prefetch else nullcontext(source) as batches:
            for position, batch in enumerate(batches, self._position + 1):
                if self._pass is this_pass:
                    self._position = position
                yield batch

    def forever(self) -> Generator[Any, None, None]:
        """Give batch after batch, epoch after epoch, without end.

        Example:
            >>> from itertools import islice
            >>> loader = DataLoader([1, 2, 3], batch_size=2)
            >>> [batch.tolist() for batch in islice(loader.forever(), 3)]
            [[1, 2], [3], [1, 2]]
        """
        while True:
            yield from self

    def state_dict(self) -> LoaderState:
        """Say where the consumer is: batches prepared ahead but not yet given do not count.

        Example:
            >>> loader = DataLoader([1, 2, 3, 4], batch_size=1)
            >>> batches = iter(loader)
            >>> _ = next(batches), next(batches)
            >>> loader.state_dict()["position"]
            2
            >>> batches.close()
        """
        done = self._position == len(self)
        return LoaderState(
            epoch=self.epoch,
            position=0 if done else self._position,
            samples=self._samples,
            batch_size=self.batch_size,
            shuffle=self.shuffle,
            replacement=self.replacement,
            seed=self.seed,
            drop_last=self.drop_last,
        )

    def load_state_dict(self, state: LoaderState) -> None:
        """Go to the place that `state_dict` gave: the next `for` goes on with the batch after it.

        Raises:
            ValueError: the state is damaged, or comes from a loader with other batches.

        Example:
            >>> loader = DataLoader([1, 2, 3, 4], batch_size=1)
            >>> loader.load_state_dict({**loader.state_dict(), "position": 3})
            >>> [batch.tolist() for batch in loader]
            [[4]]
        """
        given: dict[str, Any] = dict(state)
        for name, value in self.state_dict().items():
            if name not in given:
                raise ValueError(f"the loader's state lacks {name}")
            if name not in ("epoch", "position") and given[name] != value:
                raise ValueError(
                    f"the state is of a loader with {name}={given[name]!r}, "
                    f"this one has {name}={value!r}: it would give other batches"
                )
        epoch, position = given["epoch"], given["position"]
        if not isinstance(epoch, int) or not isinstance(position, int):
            raise ValueError(f"epoch ({epoch!r}) and position ({position!r}) must be integers")
        if epoch < 0 or not 0 <= position < len(self):
            raise ValueError(
                f"epoch ({epoch}) must be at least 0 and position ({position}) "
                f"below the {len(self)} batches of an epoch"
            )
        self._epoch, self._position, self._resumed = epoch, position, True
        self._pass = object()

    def _prepare(self, epoch: int, start: int) -> Iterator[Any]:
        order = self._order(epoch)
        for position in range(start, len(self)):
            yield self._make_batch(order(position))

    def _order(self, epoch: int) -> Order:
        if not self.shuffle:
            return in_order(self._samples, self.batch_size)
        choose = draws if self.replacement else shuffled
        return choose(self._samples, self.batch_size, self.seed, epoch)


def _batch_maker(
    dataset: Dataset[Any], collate: Callable[[Sequence[Any]], Any] | None
) -> Callable[[NDArray[np.int64]], Any]:
    if collate is None and isinstance(dataset, BatchDataset):
        return dataset.get_batch
    join = stack if collate is None else collate
    return lambda indices: join([dataset[index] for index in indices.tolist()])
