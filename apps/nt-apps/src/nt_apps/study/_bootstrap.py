"""How far the numbers of a law would move on other points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nt_apps.study._law import Law, fit_law

__all__ = ["LEAST", "intervals"]

LEAST = 10  # points; of fewer, draws are too much alike


def intervals(
    x: Sequence[Sequence[float]],
    losses: Sequence[float],
    law: Law,
    numbers: Callable[[Law], Mapping[str, float]],
    *,
    draws: int = 50,
    seed: int = 0,
) -> dict[str, tuple[float, float]] | None:
    r"""Between what, in eight of ten studies, numbers that follow from a law would lie.

    By the bootstrap: as many points as there are, drawn from them with replacement, are fitted
    again and again, and the tenth and ninetieth percentiles are taken. This knows the scatter of
    the points, and not whether the law is of the right form.

    Args:
        x: a row of sizes for each point.
        losses: one for each point.
        law: that of all points, from which each fit begins.
        numbers: what is wanted of a law, by name.
        draws: how many fits.
        seed: what is drawn follows from it.

    Returns:
        Both ends for each name; None where there are fewer than `LEAST` points.

    Example:
        >>> sizes = [(float(10**n),) for n in range(1, 11)]
        >>> losses = [2 + 3 / n**0.5 for (n,) in sizes]
        >>> law = fit_law(sizes, losses)
        >>> ends = intervals(sizes, losses, law, lambda law: {"E": law.floor}, draws=5)
        >>> [round(end, 2) for end in ends["E"]]
        [2.0, 2.0]

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3; as
        Hoffmann et al., Training compute-optimal large language models (2022), table 2.
    """
    count = len(losses)
    if count < LEAST:
        return None
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(draws):
        chosen = random.integers(0, count, count)
        rows.append(numbers(fit_law([x[i] for i in chosen], [losses[i] for i in chosen], law)))
    table = np.array([[row[name] for name in row] for row in rows])
    low, high = np.percentile(table, [10, 90], axis=0).tolist()
    return {name: (a, b) for name, a, b in zip(rows[0], low, high, strict=True)}
