"""`loss.backward()` of a whole step: several batches, shares in threads, precision, ranks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Self

from nt_autograd import Tensor, autocast
from nt_nn import GradScaler, Module, Parallel
from nt_tensor import current_device, zeros

from nt_apps.errors import UserError, telling
from nt_apps.train.ranks import Ranks
from nt_apps.train.task import Task

__all__ = ["Backward", "check_precision"]

Batch = Sequence[Any]


class Backward:
    r"""Adds up the gradients of the mean loss over all of a step's batches.

    $$\nabla L = \sum_i \frac{n_i}{n} \nabla L_i$$

    for batches of $n_i$ of the $n$ items (or targets) that the step has over all ranks.

    Args:
        task: gives the loss and what a batch weighs.
        model: what learns.
        scaler: the factor on the loss, where the precision needs one.
        ranks: who else takes part.
    """

    def __init__(self, task: Task[Any], model: Module, scaler: GradScaler, ranks: Ranks) -> None:
        self._task, self._model, self._scaler, self._ranks = task, model, scaler, ranks
        self._parameters = list(model.parameters())
        self._buffers = list(model.buffers())
        threads = task.config.threads if task.splits else 1
        self._parallel = Parallel(self._parameters, threads=threads, group=ranks.group)
        self._in_shares = task.splits or ranks.size > 1
        self._open = ExitStack()

    def __enter__(self) -> Self:
        if self._in_shares:
            self._open.enter_context(self._parallel)
            self._parallel.broadcast([*self._parameters, *self._buffers])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def __call__(self, batches: Sequence[Batch]) -> float:
        """Put the gradients into `.grad`, and give the loss of the whole step."""
        task, ranks = self._task, self._ranks
        weights = [ranks.sum(task.weigh(*batch)) for batch in batches]
        if not sum(weights) > 0:
            raise UserError("a step's batches hold nothing to learn from; take larger batches")
        loss = sum(
            self._one(batch, weight / sum(weights))
            for batch, weight in zip(batches, weights, strict=True)
            if weight
        )
        if ranks.size > 1:  # running statistics are the first share's, on every rank
            self._parallel.broadcast(self._buffers)
        return loss

    def _one(self, batch: Batch, share: float) -> float:
        """One batch's part of the loss and of the gradients, over all ranks."""
        loss_of = self._loss(share)
        if self._in_shares:
            value = self._parallel.backward(loss_of, *batch, weigh=self._task.weigh)
        else:
            loss = loss_of(*batch)
            loss.backward()
            value = loss.item()
        return value / self._scaler.get_scale()

    def _loss(self, share: float) -> Callable[..., Tensor]:
        task, model, precision = self._task, self._model, self._task.config.precision

        def loss_of(*batch: Any) -> Tensor:
            with computing_in(precision):
                loss = self._scaler.scale(task.loss(model, *batch))
            return loss if share == 1.0 else loss * share

        return loss_of


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Products in this precision, for this thread."""
    if precision == "float32":
        yield
    else:
        with autocast(precision):
            yield


def check_precision(precision: str) -> None:
    """Refuse a precision that the current device's library does not have.

    Example:
        >>> check_precision("bfloat16")
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: precision bfloat16 cannot be had on cpu: ...
    """
    device = current_device()
    prefix = f"precision {precision} cannot be had on {device}: "
    with telling(ValueError, TypeError, RuntimeError, prefix=prefix):
        zeros((1,), dtype=precision, device=device)
