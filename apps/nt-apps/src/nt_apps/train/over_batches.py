"""Going over data without learning from it: batches spread over threads, results in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from nt_autograd import no_grad
from nt_nn import Module
from nt_tensor import current_device, use_device

__all__ = ["evaluating", "over_batches"]

T = TypeVar("T")


def over_batches(
    function: Callable[..., T], batches: Iterable[Any], *, model: Module, threads: int = 1
) -> Iterator[T]:
    """Call a function with every batch, in evaluation mode and without recording.

    Each batch is one thread's, so the number of threads does not change what comes out.

    Args:
        function: takes the parts of a batch.
        batches: tuples; they are drawn a few at a time, for a data set may be large.
        model: what is put into evaluation mode meanwhile.
        threads: how many batches at once.

    Yields:
        What the function gave, in the batches' order.
    """
    device = current_device()

    def call(batch: Any) -> T:
        with use_device(device), no_grad():  # both belong to a thread
            return function(*batch)

    waiting = iter(batches)
    with evaluating(model), ThreadPoolExecutor(threads) as pool:
        spread = pool.map if threads > 1 else map  # an array of MLX stays in its thread
        while some := list(islice(waiting, 4 * threads)):
            yield from spread(call, some)


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Switch off dropout and the like, and back on where it was on."""
    before = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(before)
