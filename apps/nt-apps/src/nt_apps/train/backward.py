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
        self._parallel = Parallel(self._parameters, threads=task.config.threads)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        if self._task.splits:
            self._open.enter_context(self._parallel)
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
        weights = [self._task.weigh(*batch) for batch in batches]
        total = self._ranks.sum(sum(weights))
        if not total > 0:
            raise UserError("a step's batches hold nothing to learn from; take larger batches")
        loss, last = 0.0, len(batches) - 1
        for i, (batch, weight) in enumerate(zip(batches, weights, strict=True)):
            with ExitStack() as around:
                if i == last:
                    around.enter_context(self._ranks.summing(self._parameters))
                if weight:
                    loss += self._one(batch, weight / total)
        return self._ranks.sum(loss)

    def _one(self, batch: Batch, share: float) -> float:
        """One batch's part of the loss and of the gradients."""
        task, scaler = self._task, self._scaler
        loss_of = self._loss(share)
        if task.splits:
            value = self._parallel.backward(loss_of, *batch, weigh=task.weigh)
        else:
            loss = loss_of(*batch)
            loss.backward()
            value = loss.item()
        return value / scaler.get_scale()

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
