"""Run every op on a backend and say what agreed: value, gradient, second order."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import nt_autograd as ag
import nt_tensor
import numpy as np
from nt_autograd import Tensor

from .samples import Sample

YES, NONE = "yes", "–"


@dataclass(frozen=True)
class Road:
    """Where an op runs, in which precision, and how near float64 it must come."""

    device: str
    dtype: str
    jit: bool
    limit: float = 1e-4


ROADS = {
    "NumPy": Road("cpu", "float32", False),
    "NumPy + Numba": Road("cpu", "float32", True),
    "MLX": Road("mlx", "float32", False),
    "CuPy": Road("cuda", "float32", False),
}
EXACT = Road("cpu", "float64", False)


def available(road: Road) -> bool:
    """Whether this machine has the road's device and libraries."""
    try:
        nt_tensor.zeros(1, device=road.device)
        if road.jit:
            import numba  # noqa: F401
    except (ImportError, RuntimeError):
        return False
    return True


@contextlib.contextmanager
def compiled(on: bool) -> Iterator[None]:
    """Numba's bodies on or off."""
    before = nt_tensor.jit()
    nt_tensor.jit(on)
    try:
        yield
    finally:
        nt_tensor.jit(before)


@dataclass
class Answer:
    """An op's value, its gradients, and the gradients of their weighted sum (None: no such)."""

    value: np.ndarray
    gradients: list[np.ndarray] | None = None
    second: list[np.ndarray] | None = None


def answer(sample: Sample, road: Road) -> Answer:
    """Run a sample forward, back, and back again.

    Raises:
        RuntimeError: an op on the way says that it has no second derivative.
    """
    with compiled(road.jit):
        xs = leaves(sample, road)
        y = sample.function(*xs)
        if not isinstance(y, Tensor) or y.node is None:
            return Answer(np.asarray(y if not isinstance(y, Tensor) else y.numpy()))
        found = Answer(y.detach().numpy())
        first = _gradients(y, xs, create_graph=True)
        found.gradients = [g.detach().numpy() for g in first]
        total: Any = sum(((g * weights(g, 2)).sum() for g in first), start=0.0)
        second = _gradients(total, xs) if total.node is not None else [ag.zeros_like(x) for x in xs]
        found.second = [g.detach().numpy() for g in second]
        return found


def leaves(sample: Sample, road: Road) -> list[Tensor]:
    """A sample's arguments on a road."""
    options = {"dtype": road.dtype, "device": road.device, "requires_grad": True}
    return [ag.tensor(array, **options) for array in sample.arrays]


def weights(x: Tensor, seed: int) -> Tensor:
    """Fixed random numbers of a tensor's shape, dtype and device."""
    values = np.random.default_rng((seed, *x.shape)).standard_normal(x.shape)
    return ag.tensor(values, dtype=x.dtype, device=x.device)


def _gradients(y: Tensor, xs: list[Tensor], create_graph: bool = False) -> list[Tensor]:
    found = ag.grad(y, xs, weights(y, 1), create_graph=create_graph, allow_unused=True)
    return [ag.zeros_like(x) if g is None else g for g, x in zip(found, xs, strict=True)]


def exact(sample: Sample) -> Answer:
    """The answer in float64 on NumPy, its gradients of both orders checked by finite differences.

    Raises:
        GradcheckError: they differ.
        RuntimeError: an op on the way says that it has no second derivative.
    """
    found = answer(sample, EXACT)
    if found.gradients is not None:
        ag.gradcheck(sample.function, *leaves(sample, EXACT))
        ag.gradgradcheck(sample.function, *leaves(sample, EXACT))
    return answer(sample, ROADS["NumPy"]) if sample.drawn else found


def cells(sample: Sample, right: Answer, road: Road) -> tuple[str, str, str]:
    """What agrees with float64: value, gradient, second order."""
    found = answer(sample, road)
    return (
        YES if near(found.value, right.value, road.limit) else "differs",
        _agree(found.gradients, right.gradients, road.limit),
        _agree(found.second, right.second, road.limit),
    )


def _agree(found: list[np.ndarray] | None, right: list[np.ndarray] | None, limit: float) -> str:
    if found is None or right is None:
        return NONE if found is right else "differs"
    same = all(near(a, b, limit) for a, b in zip(found, right, strict=True))
    return YES if same else "differs"


def near(found: np.ndarray, right: np.ndarray, limit: float) -> bool:
    """Whether the largest difference is within `limit` of the largest value, or of 1."""
    if found.shape != right.shape:
        return False
    if right.dtype.kind != "f":
        return bool(np.array_equal(found, right))
    scale = max(1.0, float(np.abs(right).max(initial=0.0)))
    return bool(np.abs(found.astype(np.float64) - right).max(initial=0.0) <= limit * scale)
