"""Batches from a data set: shuffled, prepared ahead, resumable at any batch."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Literal, NotRequired, TypedDict

from nt_data._dataset import Dataset
from nt_data._draws import Draws
from nt_data._plan import Plan
from nt_data._prefetch import Prefetch
from nt_data._processes import ProcessPool
from nt_data._sampler import Sampler
from nt_data._threads import in_threads

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
    sampler: NotRequired[dict[str, Any]]  # what its order follows from


class DataLoader:
    """Batches of a data set, pass after pass.

    Each `for` begins the next pass (epoch) from its first batch; only after `load_state_dict` does
    it begin in the middle, with the very batch that the saved loader would have given next.
    Which samples a batch holds depends on the seed, the epoch and the batch's number alone, and
    what a transform draws for a sample on the seed, the epoch and its index: never on how many
    workers or ranks there are.

    Args:
        dataset: anything with `__len__` and `__getitem__`. If it has `get_batch(indices)` and no
            `collate` is given, whole batches are gathered by it.
        batch_size: samples a batch.
        shuffle: whether each epoch has an order of its own; otherwise samples come as they lie.
        replacement: draw each batch from all samples, independently of the others, as nanoGPT
            draws its windows; needs `shuffle`. An epoch is then `len(loader)` batches of full size.
        seed: what the orders follow from.
        drop_last: leave out a last batch that is not full.
        prefetch: how many batches are prepared ahead; 0 prepares each when it is asked for.
        collate: turns a list of samples into a batch; by default they are stacked.
        transform: turns a batch, and the `Draws` of its samples, into what the loader gives.
        sampler: decides which samples come, and in which order, instead of `shuffle`.
        num_workers: how many prepare batches; 0 means the consumer itself.
        worker: "thread" is enough where NumPy or a decoder does the work. "process" takes several
            cores for data sets written in Python; it pickles them, starts in a second or so, and
            copies each batch.
        rank: which share of each batch this process takes, from 0.
        world_size: how many ranks share each batch, `batch_size` samples among them all. The ranks'
            parts one after the other are the batch that one process would get.

    Raises:
        ValueError: the data set is empty, too small for one batch or not of the length that
            `sampler` is made for, a number is out of range, or two arguments contradict each other.

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
        transform: Callable[[Any, Draws], Any] | None = None,
        sampler: Sampler | None = None,
        num_workers: int = 1,
        worker: Literal["thread", "process"] = "thread",
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        samples = len(dataset)
        for name, number, least in (
            ("batch_size", batch_size, 1), ("prefetch", prefetch, 0), ("seed", seed, 0),
            ("num_workers", num_workers, 0), ("world_size", world_size, 1),
        ):  # fmt: skip
            if number < least:
                raise ValueError(f"{name} ({number}) must be at least {least}")
        if samples == 0:
            raise ValueError("the data set is empty: a loader needs at least one sample")
        if sampler is not None and (shuffle or replacement):
            raise ValueError("sampler decides the order: it cannot go with shuffle or replacement")
        made_for = getattr(sampler, "dataset_length", None)
        if made_for not in (None, samples):
            raise ValueError(
                f"sampler ({type(sampler).__name__}) is made for a data set of {made_for} samples, "
                f"this one has {samples}: it must be made for all of them and no others"
            )
        taken = samples if sampler is None else len(sampler)
        if drop_last and taken < batch_size:
            raise ValueError(
                f"batch_size ({batch_size}) must be at most the number of samples ({taken}): "
                "with drop_last=True no batch would be left"
            )
        if replacement and not shuffle:
            raise ValueError("replacement=True draws at random: it needs shuffle=True")
        if worker not in ("thread", "process"):
            raise ValueError(f"worker must be 'thread' or 'process', got {worker!r}")
        if not 0 <= rank < world_size:
            raise ValueError(f"rank ({rank}) must be from 0 to {world_size - 1}, world_size - 1")
        smallest = batch_size if drop_last or replacement else taken % batch_size or batch_size
        if smallest < world_size:
            if batch_size < world_size:
                fit = f"choose a batch_size of at least {world_size}"
            elif taken < world_size:
                fit = f"give at least {world_size} samples"
            else:
                fit = (
                    f"choose a batch_size whose last batch has at least {world_size}, "
                    "or drop_last=True"
                )
            raise ValueError(
                f"batch_size ({batch_size}) does not go with {taken} samples: "
                f"a batch of {smallest} samples is too small for {world_size} ranks; {fit}"
            )
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.replacement = replacement
        self.seed = seed
        self.drop_last = drop_last
        self.prefetch = prefetch
        self.sampler = sampler
        self.num_workers = num_workers
        self.worker = worker
        self.rank = rank
        self.world_size = world_size
        self._plan = Plan(
            dataset, samples, batch_size, shuffle, replacement, seed,
            sampler, rank, world_size, collate, transform,
        )  # fmt: skip
        self._samples = samples
        self._taken = taken
        self._epoch = 0
        self._position = 0
        self._resumed = False  # whether the next pass begins at _position
        self._pass = object()  # only the latest pass moves the place
        self._idle: list[ProcessPool] = []  # processes that no pass is using
        self._finalizer = weakref.finalize(self, _close_all, self._idle)

    def __len__(self) -> int:
        """How many batches an epoch has."""
        full, rest = divmod(self._taken, self.batch_size)
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
        with self._batches(self._epoch, self._position) as batches:
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
        state = LoaderState(
            epoch=self.epoch,
            position=0 if done else self._position,
            samples=self._samples,
            batch_size=self.batch_size,
            shuffle=self.shuffle,
            replacement=self.replacement,
            seed=self.seed,
            drop_last=self.drop_last,
        )
        if self.sampler is not None:
            state["sampler"] = self.sampler.identity()
        return state

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
        if self.sampler is None and given.get("sampler") is not None:
            raise ValueError("the state is of a loader with a sampler, this one has none")
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

    def close(self) -> None:
        """End the worker processes that wait for the next pass; there are none with threads.

        Without it they end with the loader or the program.

        Example:
            >>> DataLoader([1, 2], batch_size=1).close()
        """
        _close_all(self._idle)

    @contextmanager
    def _batches(self, epoch: int, start: int) -> Iterator[Iterator[Any]]:
        numbers, ahead = range(start, len(self)), max(self.prefetch, self.num_workers)
        if self.worker == "process" and self.prefetch and self.num_workers:
            # Starting processes takes a second: they stay for the next pass.
            pool = self._idle.pop() if self._idle else ProcessPool(self._plan, self.num_workers)
            try:
                with closing(pool.batches(epoch, numbers, ahead)) as made:
                    yield made
            finally:
                if pool.alive and self._finalizer.alive:
                    self._idle.append(pool)
                else:
                    pool.close()
            return
        order = self._plan.order(epoch)

        def make(batch: int) -> Any:
            return self._plan.make(epoch, batch, order)

        if not self.prefetch or not self.num_workers:
            yield map(make, numbers)
        elif self.num_workers == 1:
            with Prefetch(map(make, numbers), self.prefetch) as ready:
                yield ready
        else:
            with closing(in_threads(make, numbers, self.num_workers, ahead)) as threaded:
                yield threaded


def _close_all(pools: list[ProcessPool]) -> None:
    while pools:
        pools.pop().close()
