"""What a batch is made of and how: all that a worker, in whatever thread or process, must know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nt_data._collate import collate as stack
from nt_data._dataset import BatchDataset, Dataset
from nt_data._draws import Draws
from nt_data._order import Order, draws, in_order, shuffled
from nt_data._sampler import Sampler

__all__ = ["Plan"]


@dataclass(frozen=True)
class Plan:
    """How batch k of epoch e is made; the same wherever it is made."""

    dataset: Dataset[Any]
    samples: int
    batch_size: int
    shuffle: bool
    replacement: bool
    seed: int
    sampler: Sampler | None
    rank: int
    world_size: int
    collate: Callable[[Sequence[Any]], Any] | None
    transform: Callable[[Any, Draws], Any] | None

    def order(self, epoch: int) -> Order:
        """Give the batches of an epoch as indices, all ranks' together."""
        size, seed = self.batch_size, self.seed
        if self.sampler is not None:
            indices = self.sampler.indices(seed=seed, epoch=epoch, batch_size=size)
            return lambda batch: indices[batch * size : (batch + 1) * size]
        if not self.shuffle:
            return in_order(self.samples, size)
        choose = draws if self.replacement else shuffled
        return choose(self.samples, size, seed, epoch)

    def make(self, epoch: int, batch: int, order: Order) -> Any:
        """Make this rank's part of a batch; an error says in a note which samples it was about."""
        whole = order(batch)
        begin = len(whole) * self.rank // self.world_size
        end = len(whole) * (self.rank + 1) // self.world_size
        indices = whole[begin:end]
        made = self._gather(epoch, batch, indices)
        if self.transform is None:
            return made
        repeats = self.replacement if self.sampler is None else self.sampler.repeats
        keys = indices
        if repeats:  # a sample that comes again is changed in another way
            position = batch * self.batch_size + np.arange(begin, end)
            keys = indices + self.samples * (1 + position)
        try:
            return self.transform(made, Draws.of(self.seed, epoch, keys))
        except Exception as error:
            error.add_note(_where(epoch, batch, indices))
            raise

    def _gather(self, epoch: int, batch: int, indices: NDArray[np.int64]) -> Any:
        if self.collate is None and isinstance(self.dataset, BatchDataset):
            try:
                return self.dataset.get_batch(indices)
            except Exception as error:
                error.add_note(_where(epoch, batch, indices))
                raise
        found = []
        for index in indices.tolist():
            try:
                found.append(self.dataset[index])
            except Exception as error:
                error.add_note(_where(epoch, batch, np.array([index])))
                raise
        try:
            return stack(found) if self.collate is None else self.collate(found)
        except Exception as error:
            error.add_note(_where(epoch, batch, indices))
            raise


def _where(epoch: int, batch: int, indices: NDArray[np.int64]) -> str:
    named = ", ".join(map(str, indices[:16].tolist())) + (", ..." if len(indices) > 16 else "")
    kind = "sample" if len(indices) == 1 else "samples"
    return f"while preparing batch {batch} of epoch {epoch}: {kind} {named} of the data set"
