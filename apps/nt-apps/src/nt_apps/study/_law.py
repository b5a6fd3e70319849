"""Power laws of the loss, fitted as Hoffmann et al. do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from nt_autograd import Tensor, huber_loss, logsumexp, stack, tensor
from nt_nn import Parameter
from nt_nn.optim import LBFGS
from nt_tensor import jit
from numpy.typing import NDArray

__all__ = ["Law", "fit_law"]

Values = NDArray[np.float64]
DELTA = 1e-3  # where Huber's loss goes over from squares to sizes
LOG_A, ALPHA, LOG_E = (
    np.arange(0.0, 21.0, 2.5),
    np.arange(0.0, 2.1, 0.25),
    np.arange(-1.5, 1.1, 0.5),
)
TRIED = 8  # of the grid's starts, the best


@dataclass(frozen=True)
class Law:
    r"""A sum of a floor and of power laws, $L = E + \sum_i A_i / x_i^{\alpha_i}$.

    Attributes:
        floor: E.
        factors: A, one for each x.
        powers: alpha, one for each x.
        objective: the sum of Huber's losses that is left.

    Example:
        >>> Law(1.0, (8.0,), (0.5,), 0.0)(16.0)
        3.0
    """

    floor: float
    factors: tuple[float, ...]
    powers: tuple[float, ...]
    objective: float

    def __call__(self, *x: float) -> float:
        """The loss that the law tells for these sizes."""
        terms = zip(self.factors, x, self.powers, strict=True)
        return self.floor + math.fsum(a / size**power for a, size, power in terms)

    def residuals(self, x: Sequence[Sequence[float]], losses: Sequence[float]) -> list[float]:
        """The log of each loss less that of the law, for points of one row of sizes each."""
        return [math.log(loss / self(*row)) for row, loss in zip(x, losses, strict=True)]


def fit_law(x: Sequence[Sequence[float]], losses: Sequence[float], begin: Law | None = None) -> Law:
    r"""Fit the law to losses at sizes.

    $$\min \sum_i \mathrm{Huber}_\delta\Big(\mathrm{LSE}(e,\; a_1 - \alpha_1 \log x_{i1},\;
    \dots) - \log L_i\Big), \qquad E = \exp e, \; A = \exp a$$

    by L-BFGS from the best starts of a grid, of which the best end is taken; $\delta = 10^{-3}$.

    Args:
        x: a row of sizes for each point: (N, D), or one of them alone.
        losses: one for each point.
        begin: a law that must be near, to begin from alone instead of the grid.

    Raises:
        ValueError: there are fewer points than the law has numbers to choose, or a value is not
            positive.

    Example:
        >>> sizes = [(float(n),) for n in (10, 100, 1000, 10_000)]
        >>> law = fit_law(sizes, [2 + 3 / n**0.5 for (n,) in sizes])
        >>> round(law.floor, 3), round(law.factors[0], 2), round(law.powers[0], 3)
        (2.0, 3.0, 0.5)

    Source: Hoffmann et al., Training compute-optimal large language models (2022), section 3.3 and
        appendix D.3.
    """
    sizes = np.asarray(x, np.float64)
    wanted = np.asarray(losses, np.float64)
    if sizes.ndim != 2 or len(sizes) != len(wanted):
        raise ValueError(
            f"x {sizes.shape} must have a row of sizes for each of {len(wanted)} losses"
        )
    terms = sizes.shape[1]
    if len(wanted) < 1 + 2 * terms:
        raise ValueError(f"{len(wanted)} points are too few: the law has {1 + 2 * terms} numbers")
    if not (sizes > 0).all() or not (wanted > 0).all():
        raise ValueError("sizes and losses must be positive")
    compiled = jit()
    jit(False)  # arrays are so small that calls are all that counts
    try:
        starts = _starts(sizes, wanted) if begin is None else [_start_of(begin)]
        ends = [_descend(start, sizes, wanted) for start in starts]
    finally:
        jit(compiled)
    return min(ends, key=lambda law: law.objective)


def _starts(sizes: Values, wanted: Values) -> list[list[float]]:
    """The best of a grid over log E, and log A and alpha of each term."""
    axes = [LOG_E, *(axis for _ in range(sizes.shape[1]) for axis in (LOG_A, ALPHA))]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(axes))
    terms = grid[:, None, 1::2] - grid[:, None, 2::2] * np.log(sizes)  # (starts, points, terms)
    law = np.exp(grid[:, :1]) + np.exp(terms).sum(-1)
    off = np.abs(np.log(law) - np.log(wanted)).sum(-1)  # Huber's loss is about delta times this
    return [[float(x) for x in grid[at]] for at in np.argsort(off)[:TRIED]]


def _start_of(law: Law) -> list[float]:
    """Numbers to begin from; a floor near 0 has no slope in log E, and is lifted."""
    terms = zip(law.factors, law.powers, strict=True)
    inner = [x for a, power in terms for x in (math.log(max(a, 1e-300)), power)]
    return [max(math.log(max(law.floor, 1e-300)), float(LOG_E[0])), *inner]


def _descend(start: list[float], sizes: Values, wanted: Values) -> Law:
    """L-BFGS from one start: log E, then log A and alpha of each term."""
    numbers = Parameter(tensor(np.array(start)))
    logs, target = tensor(np.log(sizes)), tensor(np.log(wanted))
    options = {"max_iter": 300, "tolerance_grad": 1e-10, "tolerance_change": 1e-13}
    optimizer = LBFGS([numbers], line_search_fn="strong_wolfe", **options)  # type: ignore[arg-type]

    def closure() -> Tensor:
        optimizer.zero_grad()
        parts = [numbers[0] + logs[:, 0] * 0.0]
        for i in range(logs.shape[1]):
            parts.append(numbers[1 + 2 * i] - numbers[2 + 2 * i] * logs[:, i])
        predicted = logsumexp(stack(parts, 0), 0)  # (points,)
        # Divided by delta squared, so that what is left is of the size of 1.
        loss: Tensor = huber_loss(predicted, target, "sum", DELTA) / DELTA**2
        loss.backward()
        return loss

    optimizer.step(closure)
    left = float(closure().item()) * DELTA**2
    log_e, *rest = numbers.tolist()
    return Law(
        math.exp(log_e),
        tuple(math.exp(min(a, 700.0)) for a in rest[::2]),
        tuple(rest[1::2]),
        left if math.isfinite(left) else math.inf,
    )
