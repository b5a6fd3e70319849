"""Parallel: forward and backward on shares of the batch, in threads and on other ranks."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from itertools import pairwise
from types import TracebackType
from typing import Any, Self

from nt_autograd import Tensor, full
from nt_autograd.gradients import leaf_gradients
from nt_tensor import (
    Generator,
    asarray,
    backend_of,
    current_device,
    default_generator,
    to_numpy,
    use_device,
    use_generator,
)
from nt_tensor.distributed import Group, SingleProcess
from nt_tensor.threads import hold_to_one_thread
from threadpoolctl import threadpool_limits

from ._buckets import Buckets, planned
from ._share import Meeting, PartedError, working_on

__all__ = ["Parallel", "cores", "worth"]


def cores() -> int:
    """How many processors this process may use.

    Example:
        >>> cores() >= 1
        True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


GRAIN = 1 << 17
"""Elements of an op from which a share is worth a thread.

Two threads of Python take turns at the interpreter. Softmax, cross-entropy, layer norm and GELU,
forward and backward by compiled kernels, ran 0.4 to 0.9 times as fast by halves of 2^16 elements as
in one thread, 0.6 to 1.5 times by halves of 2^17, and 1.0 to 1.7 times by halves of 2^18.
"""


def worth(elements: float, most: int) -> int:
    """How many threads ops of so many elements are worth, at most `most`.

    Example:
        >>> worth(768 * 65, 2), worth(2048 * 512, 2)
        (1, 2)
    """
    return int(max(1, min(most, elements / GRAIN)))


class Parallel:
    r"""Data parallelism: shares of a batch in threads, and its parts on the ranks of a group.

    NumPy's element-wise work runs in one thread, so threads inside single operations gain little.
    Here each thread takes a share of the batch through forward and backward, with the matrix
    products held to one thread, and the gradients are summed:

    $$\nabla L = \sum_k \frac{n_k}{n} \nabla L_k, \qquad L = \sum_k \frac{n_k}{n} L_k$$

    for shares of $n_k$ of the $n$ items and a loss that is a mean over items. Arrays on other
    devices than the CPU are not split: their libraries have their own parallelism. Each share draws
    its dropout from a stream of its own, so results depend on the number of threads, and on nothing
    else.

    The loss sees its share alone (`gather_shares` brings what the others have), and runs in several
    threads at once: it must not write into anything that the shares have in common. Batch
    normalisation takes the statistics of its share, and moves the running ones by those of the
    first share alone.

    With a group, every rank gives its own part of the batch, and the same sums go over the ranks:
    all of them get the gradients and the loss of the whole batch. Gradients travel in buckets of
    a few MiB while the walk back still runs. Ranks draw from one stream and must begin with the
    same weights (`broadcast` gives them the first rank's).

    Args:
        parameters: what gradients are wanted for.
        threads: how many; None for one a core, and for fewer where the work is so little that
            threads would take turns at the interpreter: every parameter is multiplied once an
            item at least, and a share has a million of such products.
        group: the ranks (`nt_tensor.distributed.connect`); None for this process alone.

    Raises:
        ValueError: `threads` is not positive, or there are no parameters.

    Example:
        >>> from nt_autograd import randn
        >>> from nt_nn import Linear, Parallel
        >>> model = Linear(3, 1)
        >>> with Parallel(model.parameters(), threads=2) as parallel:
        ...     loss = parallel.backward(lambda x: (model(x) ** 2).mean(), randn(8, 3))
        >>> model.weight.grad.shape
        (1, 3)

    Source: data parallelism, as in Krizhevsky, One weird trick for parallelizing convolutional
        networks (2014), section 2.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        threads: int | None = None,
        *,
        group: Group | None = None,
    ) -> None:
        self.parameters = list(parameters)
        self.threads = cores() if threads is None else threads
        self._sparing = threads is None
        if self.threads < 1:
            raise ValueError(f"threads ({threads}) must be at least 1")
        if not self.parameters:
            raise ValueError("Parallel got no parameters")
        self.group = SingleProcess() if group is None else group
        self._plan = planned(self.parameters)
        self._pool: ThreadPoolExecutor | None = None
        self._open = False

    def __enter__(self) -> Self:
        if self._open:
            raise RuntimeError("this Parallel is open already; make another one")
        _hold_products()
        self._open = True
        if self.threads > 1:
            self._pool = ThreadPoolExecutor(self.threads - 1, thread_name_prefix="share")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open = False
        try:
            if self._pool is not None:
                self._pool.shutdown()
                self._pool = None
        finally:
            _release_products()

    def backward(
        self,
        loss: Callable[..., Tensor],
        *batch: Any,
        weigh: Callable[..., float] | None = None,
    ) -> float:
        """Add the gradients of the batch's loss to `.grad`, as `loss(*batch).backward()` would.

        Args:
            loss: takes a share of each of `batch` and gives the mean loss of its items, one
                element.
            batch: tensors or arrays with one entry an item along their first axis.
            weigh: how much a share's mean counts, from the share; the number of its items if None.
                For a loss that is a mean over what is not padding, that is the number of what is
                not padding; a share that weighs nothing is left out.

        Returns:
            The loss of the whole batch, over all ranks.

        Raises:
            RuntimeError: the `with` block of this `Parallel` is not open.
            RankLostError: another rank does not answer.
            ValueError: the batch is empty (on all ranks), or its arrays have different lengths; a
                weight is negative or all are 0; the loss is not one element.
            Exception: what the loss raised in one of the shares. `.grad` is then as it was.
        """
        if not self._open:
            raise RuntimeError("use Parallel in a with block: `with Parallel(...) as parallel:`")
        shares = self._shares(batch)
        counts = [float(len(s[0]) if weigh is None else weigh(*s)) for s in shares]
        if self.group.size == 1:
            value, gradients = self._alone(loss, shares, counts)
        else:
            value, gradients = self._among_ranks(loss, shares, counts)
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            if gradient is not None:
                before = parameter.grad
                parameter.grad = gradient if before is None else before.detach() + gradient
        return value

    def broadcast(self, tensors: Iterable[Tensor]) -> None:
        """Give all ranks the values that the first rank's tensors have.

        Args:
            tensors: a model's parameters and buffers, in the same order on every rank.

        Raises:
            RankLostError: another rank does not answer.

        Example:
            >>> from nt_nn import Linear, Parallel
            >>> model = Linear(3, 1)
            >>> Parallel(model.parameters()).broadcast(model.parameters())
        """
        if self.group.size > 1:
            for each in tensors:
                each.data = self.group.broadcast(each.data)

    def _alone(
        self, loss: Callable[..., Tensor], shares: list[tuple[Any, ...]], counts: list[float]
    ) -> tuple[float, list[Tensor | None]]:
        """The loss and the gradients of a batch that lies in this process as a whole."""
        work = self._work(loss, shares, counts, sum(counts), None)
        meeting = Meeting(len(work)) if len(work) > 1 else None
        (value, gradients), *rest = self._run_all(work, meeting)
        for more, others in rest:
            value += more
            gradients = [_sum(a, b) for a, b in zip(gradients, others, strict=True)]
        return value, gradients

    def _among_ranks(
        self, loss: Callable[..., Tensor], shares: list[tuple[Any, ...]], counts: list[float]
    ) -> tuple[float, list[Tensor | None]]:
        """The loss and the gradients of a batch of which other ranks have parts."""
        here = sum(count > 0 for count in counts)
        total, present = self._over_ranks(sum(counts), float(here > 0))
        meeting = Meeting(here, self.group, round(present))
        buckets = Buckets(self.parameters, self._plan, self.group, here, meeting)
        work = self._work(loss, shares, counts, total, buckets.ready)
        value = sum(more for more, _ in self._run_all(work, meeting))
        gradients = buckets.finish()
        return self._over_ranks(value)[0], gradients

    def _over_ranks(self, *values: float) -> list[float]:
        """Numbers summed over the ranks."""
        on_mlx = self.parameters[0].device.type == "mlx"  # whose ranks add MLX's arrays, as float32
        mine = asarray(list(values), *(("float32", "mlx") if on_mlx else ("float64", "cpu")))
        found: list[float] = to_numpy(self.group.all_reduce(mine)).tolist()
        return found

    def _work(
        self,
        loss: Callable[..., Tensor],
        shares: list[tuple[Any, ...]],
        counts: list[float],
        total: float,
        ready: Callable[[Any, Any], None] | None,
    ) -> list[tuple[Any, ...]]:
        """What each thread is to do."""
        if not total > 0 or min(counts) < 0:
            raise ValueError(
                f"the shares of the batch weigh {counts}; none may weigh less than 0, "
                "and together they must weigh more"
            )
        return [
            (i, loss, share, count / total, generator, ready)
            for i, (share, count, generator) in enumerate(
                zip(shares, counts, self._generators(len(shares)), strict=True)
            )
            if count  # the mean over nothing is not a number
        ]

    def _run_all(
        self, work: list[tuple[Any, ...]], meeting: Meeting | None
    ) -> list[tuple[float, list[Tensor | None]]]:
        """All shares at once, the first in this thread."""
        device, pool = current_device(), self._pool
        futures = [
            pool.submit(copy_context().run, self._run, device, meeting, *share)
            for share in work[1:]
            if pool
        ]
        found: list[tuple[float, list[Tensor | None]]] = []
        errors: list[BaseException] = []
        try:
            found += [self._run(device, meeting, *share) for share in work[:1]]
        except PartedError as error:  # it waited for a share that tells below why it ended
            errors.append(error)
        finally:  # also when it fails or is interrupted, nothing of this batch runs on behind it
            wait(futures)
        errors += [failed for future in futures if (failed := future.exception())]
        if errors:
            raise next((each for each in errors if not isinstance(each, PartedError)), errors[0])
        return found + [future.result() for future in futures]

    def _run(
        self,
        device: Any,
        meeting: Meeting | None,
        number: int,
        loss: Callable[..., Tensor],
        share: Sequence[Any],
        weight: float,
        generator: Generator,
        ready: Callable[[Any, Any], None] | None,
    ) -> tuple[float, list[Tensor | None]]:
        """One share's part of the loss and of the gradients."""
        with use_device(device), use_generator(generator), working_on(number, meeting):
            y = loss(*share)
            if y.numel() != 1:
                raise ValueError(f"the loss must be one element, got shape {y.shape}")
            start = full(y.shape, weight, dtype=y.dtype, device=y.device)
            found = leaf_gradients(y, start, ready)
        arrays = [found.get(p.node) if p.node else None for p in self.parameters]
        return y.item() * weight, [None if a is None else Tensor(a) for a in arrays]

    def _shares(self, batch: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The batch cut along its first axis into equal parts, as far as that goes."""
        lengths = [len(x) for x in batch]
        empty = self.group.size == 1 and 0 in lengths  # other ranks may have what this one lacks
        if not lengths or empty or len(set(lengths)) > 1:
            raise ValueError(f"the arrays of a batch need one length, at least 1; got {lengths}")
        first = self.parameters[0].data
        parts = max(1, min(self.threads, lengths[0])) if backend_of(first).name == "numpy" else 1
        if self._sparing:  # eight products take as long as an element of other ops
            parts = worth(lengths[0] * sum(p.numel() for p in self.parameters) / 8, parts)
        edges = [lengths[0] * i // parts for i in range(parts + 1)]
        return [tuple(x[a:b] for x in batch) for a, b in pairwise(edges)]

    def _generators(self, count: int) -> list[Generator]:
        """A stream of random numbers for each share, drawn from this thread's own."""
        mine, ranks = default_generator(), self.group.size
        if count * ranks == 1:
            return [mine]
        # Every rank draws all seeds, so that the streams of all ranks stay one.
        seeds = mine.integers(0, 2**62, (ranks, self.threads if ranks > 1 else count), device="cpu")
        return [Generator(int(seed)) for seed in seeds[self.group.rank][:count]]


def _sum(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    if a is None or b is None:
        return b if a is None else a
    array = a.data
    array += b.data
    return Tensor(array)


_lock = threading.Lock()
_holders = 0  # how many `Parallel` blocks are open, in all threads
_limits: Any = None


def _hold_products() -> None:
    """Hold matrix products to one thread. The limit is the process's: blocks share it."""
    global _holders, _limits
    with _lock:
        if not _holders:
            _limits = threadpool_limits(1)
            hold_to_one_thread(True)
        _holders += 1


def _release_products() -> None:
    """Give the matrix products their threads back, once the last block closes."""
    global _holders
    with _lock:
        _holders -= 1
        if not _holders:
            _limits.restore_original_limits()
            hold_to_one_thread(False)
