"""Random numbers from an explicit generator: the same stream for the same seed on every backend."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from nt_tensor import dtype as dt
from nt_tensor.backend import Array
from nt_tensor.create import Shape, asarray
from nt_tensor.device import DeviceLike
from nt_tensor.dtype import DType, DTypeLike, as_dtype

__all__ = ["Generator", "default_generator", "manual_seed", "use_generator"]

_DRAWN_AS = {dt.float64: np.float64}


class Generator:
    """A stream of random numbers that its seed determines."""

    def __init__(self, seed: int) -> None:
        self._begin(np.random.SeedSequence(seed))

    def _begin(self, sequence: np.random.SeedSequence) -> None:
        self._sequence = sequence
        self._bits = np.random.SFC64(sequence)
        self._draw = np.random.Generator(self._bits)

    @property
    def seed(self) -> int:
        """The number that the stream was begun with."""
        return self._sequence.entropy  # type: ignore[return-value]

    def normal(
        self,
        shape: Shape,
        *,
        mean: float = 0.0,
        std: float = 1.0,
        dtype: DTypeLike = dt.float32,
        device: DeviceLike | None = None,
    ) -> Array:
        """Draw from the normal distribution."""
        wanted = as_dtype(dtype)
        drawn = self._draw.standard_normal(shape, _DRAWN_AS.get(wanted, np.float32))
        if std != 1.0:
            drawn *= std
        if mean != 0.0:
            drawn += mean
        return asarray(drawn, wanted, device or "cpu")

    def uniform(
        self,
        shape: Shape,
        *,
        low: float = 0.0,
        high: float = 1.0,
        dtype: DTypeLike = dt.float32,
        device: DeviceLike | None = None,
    ) -> Array:
        """Draw evenly from `low` to `high`."""
        wanted = as_dtype(dtype)
        drawn = self._draw.random(shape, _DRAWN_AS.get(wanted, np.float32))
        drawn *= high - low
        drawn += low
        return asarray(drawn, wanted, device or "cpu")

    def integers(
        self,
        low: int,
        high: int,
        shape: Shape,
        *,
        dtype: DTypeLike = dt.int64,
        device: DeviceLike | None = None,
    ) -> Array:
        """Draw integers evenly from `low` up to, not including, `high`."""
        return asarray(self._draw.integers(low, high, shape), dtype, device or "cpu")

    def permutation(self, n: int, *, device: DeviceLike | None = None) -> Array:
        """Draw an order of the integers below `n`."""
        return asarray(self._draw.permutation(n), None, device or "cpu")

    def bernoulli(self, shape: Shape, p: float, *, device: DeviceLike | None = None) -> Array:
        """Draw booleans that are True with probability `p`."""
        return asarray(self._draw.random(shape, np.float32) < p, None, device or "cpu")

    def spawn(self, n: int) -> list[Generator]:
        """Make `n` generators whose streams are independent of this one and of each other."""
        children = []
        for sequence in self._sequence.spawn(n):
            child = Generator.__new__(Generator)
            child._begin(sequence)
            children.append(child)
        return children

    def state_dict(self) -> dict[str, Any]:
        """Give everything that determines the rest of the stream, fit for JSON."""
        state = self._bits.state
        return {"state": [int(word) for word in state["state"]["state"]], "seed": self.seed}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        now = self._bits.state
        now["state"]["state"] = np.asarray(state["state"], np.uint64)
        self._bits.state = now


class _Current(threading.local):
    generator: Generator | None = None


_current = _Current()


def default_generator() -> Generator:
    """Give this thread's generator."""
    if _current.generator is None:
        _current.generator = Generator(secrets.randbits(64))
    return _current.generator


def manual_seed(seed: int) -> Generator:
    """Begin this thread's stream anew from a seed."""
    _current.generator = Generator(seed)
    return _current.generator


@contextmanager
def use_generator(generator: Generator) -> Iterator[Generator]:
    """Make a generator this thread's default inside a `with` block."""
    before = _current.generator
    _current.generator = generator
    try:
        yield generator
    finally:
        _current.generator = before
