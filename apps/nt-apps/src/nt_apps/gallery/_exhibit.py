"""Exhibit: a training that fails as it should, and the one change that repairs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nt_apps.gallery._walk import Course

__all__ = ["Exhibit"]


@dataclass(frozen=True)
class Exhibit:
    """One failure of the gallery.

    Attributes:
        name: what stands behind `nt gallery`.
        fails: what is wrong, in a line.
        repair: the one change.
        why: what happens, in a sentence or two.
        bound: the accuracy on held-out digits that the repaired run reaches and the failing misses.
        run: trains it: False as it fails, True with the change.
        source: who described it.

    Example:
        >>> from nt_apps.gallery import EXHIBITS
        >>> EXHIBITS["no-residuals"].repair
        'x = x + f(norm(x)) in the place of x = f(norm(x))'
    """

    name: str
    fails: str
    repair: str
    why: str
    bound: float
    run: Callable[[bool], Course]
    source: str
