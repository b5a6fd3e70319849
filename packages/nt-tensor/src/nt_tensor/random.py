"""Random numbers from an explicit generator: the same stream for the same seed on every backend."""

from __future__ import annotations

import math
import operator
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from nt_tensor import dtype as dt
from nt_tensor.backend import Array
from nt_tensor.create import Shape, asarray
from nt_tensor.device import DeviceLike, current_device
from nt_tensor.dtype import DTypeLike, as_dtype

__all__ = ["Generator", "default_generator", "manual_seed", "use_generator"]

_ALGORITHM = "SFC64"
_BLOCK = 65_536  # random words at a time: they fit into the cache, and their memory is used again


class Generator:
    """A stream of random numbers that its seed determines.

    Every number is drawn by NumPy's SFC64 on the CPU and then moved, so that the stream is the same
    on every backend, and on every machine with the same NumPy. A generator is not for several
    threads at once: `spawn` one for each.

    Args:
        seed: an integer, zero or larger.

    Raises:
        ValueError: if the seed is negative.
        TypeError: if it is no integer.

    Example:
        >>> a, b = Generator(0), Generator(0)
        >>> bool((a.normal((5,)) == b.normal((5,))).all())
        True

    Reference: Doty-Humphrey, C., "Practically Random", 2010 (https://pracrand.sourceforge.net).
    """

    def __init__(self, seed: int) -> None:
        if isinstance(seed, bool):
            raise TypeError(f"seed must be an integer, not {seed!r}")
        number = operator.index(seed)
        if number < 0:
            raise ValueError(f"seed ({seed}) must not be negative")
        self._begin(np.random.SeedSequence(number))

    def _begin(self, sequence: np.random.SeedSequence) -> None:
        self._sequence = sequence
        self._bits = np.random.SFC64(sequence)
        self._draw = np.random.Generator(self._bits)

    @property
    def seed(self) -> int:
        """The integer that the stream, or the one that it was spawned from, began with."""
        return int(self._sequence.entropy)  # type: ignore[arg-type]

    def __repr__(self) -> str:
        key = "".join(f", {each}" for each in self._sequence.spawn_key)
        return f"Generator({self.seed})" if not key else f"<generator {self.seed}{key}>"

    def normal(
        self,
        shape: Shape,
        *,
        mean: float = 0.0,
        std: float = 1.0,
        dtype: DTypeLike = dt.float32,
        device: DeviceLike | None = None,
    ) -> Array:
        """Draw from the normal distribution.

        Args:
            shape: the sizes of the axes.
            mean: the middle.
            std: the standard deviation, zero or larger.
            dtype: a float; halves are drawn in float32 and rounded.
            device: None means the current device.

        Raises:
            ValueError: if `std` is negative.
            TypeError: if the dtype is no float.

        Example:
            >>> x = Generator(0).normal((10_000,), mean=5.0, std=2.0)
            >>> abs(float(x.mean()) - 5.0) < 0.1, abs(float(x.std()) - 2.0) < 0.1
            (True, True)
        """
        if not std >= 0.0:
            raise ValueError(f"std ({std}) must be zero or larger")
        wanted = _float("normal", dtype)
        drawn = self._draw.standard_normal(_sizes(shape), _drawn_in(wanted))
        if std != 1.0:
            drawn *= std
        if mean != 0.0:
            drawn += mean
        return asarray(drawn, wanted, device or current_device())

    def uniform(
        self,
        shape: Shape,
        *,
        low: float = 0.0,
        high: float = 1.0,
        dtype: DTypeLike = dt.float32,
        device: DeviceLike | None = None,
    ) -> Array:
        """Draw evenly between `low` and `high`.

        From 0 to 1, the end is never reached, whatever the dtype. Between other bounds the result
        `low + (high - low) u` is rounded, and may be rounded to `high`.

        Args:
            shape: the sizes of the axes.
            low: the smallest value.
            high: the end.
            dtype: a float.
            device: None means the current device.

        Raises:
            ValueError: if `high` is below `low`, or one of them is not finite.
            TypeError: if the dtype is no float.

        Example:
            >>> x = Generator(0).uniform((1000,), low=-1.0)
            >>> bool((x >= -1.0).all()), bool((x < 1.0).all())
            (True, True)
        """
        if not (math.isfinite(low) and math.isfinite(high) and low <= high):
            raise ValueError(f"low ({low}) must not be above high ({high}), both finite")
        wanted, sizes = _float("uniform", dtype), _sizes(shape)
        if wanted.itemsize == 2:  # as many bits as the fraction holds: rounding could give 1.0
            bits = 11 if wanted is dt.float16 else 8
            whole = (self._words(math.prod(sizes)) >> (16 - bits)).astype(np.float32)
            drawn = whole.reshape(sizes) * np.float32(2.0**-bits)
        else:
            drawn = self._draw.random(sizes, _drawn_in(wanted))
        if (low, high) != (0.0, 1.0):
            drawn *= high - low
            drawn += low
        return asarray(drawn, wanted, device or current_device())

    def integers(
        self,
        low: int,
        high: int,
        shape: Shape,
        *,
        dtype: DTypeLike = dt.int64,
        device: DeviceLike | None = None,
    ) -> Array:
        """Draw integers evenly from `low` up to, not including, `high`.

        Args:
            low: the smallest.
            high: the end, which is not drawn.
            shape: the sizes of the axes.
            dtype: an integer dtype that holds them.
            device: None means the current device.

        Raises:
            ValueError: if there is no integer between the bounds, or the dtype does not hold them.

        Example:
            >>> sorted(set(Generator(0).integers(-1, 2, (100,)).tolist()))
            [-1, 0, 1]
        """
        wanted = as_dtype(dtype)
        if wanted.kind not in ("int", "uint"):
            raise TypeError(f"integers: dtype {wanted} is no integer")
        if low >= high:
            raise ValueError(f"low ({low}) must be below high ({high})")
        room = np.iinfo(wanted.name)
        if low < room.min or high - 1 > room.max:
            raise ValueError(f"integers from {low} to {high - 1} do not fit into {wanted}")
        drawn = self._draw.integers(low, high, _sizes(shape), wanted.name)
        return asarray(drawn, wanted, device or current_device())

    def permutation(self, n: int, *, device: DeviceLike | None = None) -> Array:
        """Draw an order of the integers from 0 to `n` - 1, as int64.

        Example:
            >>> sorted(Generator(0).permutation(5).tolist())
            [0, 1, 2, 3, 4]
        """
        if n < 0:
            raise ValueError(f"n ({n}) must not be negative")
        return asarray(self._draw.permutation(n), dt.int64, device or current_device())

    def bernoulli(self, shape: Shape, p: float, *, device: DeviceLike | None = None) -> Array:
        """Draw booleans that are True with probability `p`, exactly.

        Sixteen random bits decide almost every element, in less than half the time of a float;
        what they leave open, one element in 65,536, is decided by a float of its own.

        Args:
            shape: the sizes of the axes.
            p: from 0 to 1.
            device: None means the current device.

        Raises:
            ValueError: if `p` is not from 0 to 1.

        Example:
            >>> mask = Generator(0).bernoulli((10_000,), 0.25)
            >>> str(mask.dtype), abs(float(mask.mean()) - 0.25) < 0.02
            ('bool', True)
        """
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"p ({p}) must be from 0 to 1")
        sizes = _sizes(shape)
        threshold, rest = divmod(p * 65536.0, 1.0)
        if threshold == 65536.0:
            return asarray(np.ones(sizes, np.bool_), None, device or current_device())
        drawn = np.empty(math.prod(sizes), np.bool_)
        for start in range(0, drawn.size, _BLOCK):
            block = drawn[start : start + _BLOCK]
            words = self._words(block.size)
            np.less(words, int(threshold), out=block)
            if rest:
                (open_,) = np.nonzero(words == int(threshold))
                block[open_] = self._draw.random(open_.size) < rest
        return asarray(drawn.reshape(sizes), None, device or current_device())

    def _words(self, count: int) -> Any:
        """Draw 16 random bits for each element, four elements from one step of the generator."""
        steps = self._draw.integers(0, 2**64 - 1, -(-count // 4), np.uint64, endpoint=True)
        return steps.view(np.uint16)[:count]

    def spawn(self, n: int) -> list[Generator]:
        """Make `n` generators whose streams are independent of this one and of each other.

        The children depend on the seed and on how many were spawned before, not on what was drawn.

        Example:
            >>> a, b = Generator(0).spawn(2)
            >>> bool(a.normal(()) != b.normal(()))
            True
        """
        children = []
        for sequence in self._sequence.spawn(n):
            child = Generator.__new__(Generator)
            child._begin(sequence)
            children.append(child)
        return children

    def state_dict(self) -> dict[str, Any]:
        """Give everything that determines the rest of the stream, fit for JSON.

        Example:
            >>> import json
            >>> g = Generator(7)
            >>> saved = json.loads(json.dumps(g.state_dict()))
            >>> first = g.normal((3,))
            >>> g.load_state_dict(saved)
            >>> bool((g.normal((3,)) == first).all())
            True
        """
        state = self._bits.state
        return {
            "algorithm": _ALGORITHM,
            "seed": self.seed,
            "spawn_key": [int(each) for each in self._sequence.spawn_key],
            "spawned": int(self._sequence.n_children_spawned),
            "state": [int(word) for word in state["state"]["state"]],
            "has_uint32": int(state["has_uint32"]),
            "uinteger": int(state["uinteger"]),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on exactly where `state_dict` was taken, children to be spawned included.

        Raises:
            ValueError: if the state is not one of this generator's kind, or lacks something.

        Example:
            >>> a, b = Generator(1), Generator(2)
            >>> b.load_state_dict(a.state_dict())
            >>> b.seed, bool(a.normal(()) == b.normal(()))
            (1, True)
        """
        if state.get("algorithm") != _ALGORITHM:
            raise ValueError(f"the state is of {state.get('algorithm')!r}, not of {_ALGORITHM!r}")
        if missing := set(self.state_dict()) - set(state):
            raise ValueError(f"the generator's state lacks {', '.join(sorted(missing))}")
        sequence = np.random.SeedSequence(
            state["seed"],
            spawn_key=tuple(state["spawn_key"]),
            n_children_spawned=state["spawned"],
        )
        self._begin(sequence)
        self._bits.state = {
            "bit_generator": _ALGORITHM,
            "state": {"state": np.asarray(state["state"], np.uint64)},
            "has_uint32": state["has_uint32"],
            "uinteger": state["uinteger"],
        }


def _sizes(shape: Shape) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


def _float(name: str, dtype: DTypeLike) -> dt.DType:
    wanted = as_dtype(dtype)
    if wanted.kind != "float":
        raise TypeError(f"{name}: dtype {wanted} is no float")
    return wanted


def _drawn_in(dtype: dt.DType) -> Any:
    return np.float64 if dtype is dt.float64 else np.float32


class _Current(threading.local):
    generator: Generator | None = None


_current = _Current()


def default_generator() -> Generator:
    """Give this thread's generator, begun from the system's entropy unless `manual_seed` came.

    Example:
        >>> default_generator() is default_generator()
        True
    """
    if _current.generator is None:
        _current.generator = Generator(secrets.randbits(64))
    return _current.generator


def manual_seed(seed: int) -> Generator:
    """Give this thread a new generator from a seed, and return it.

    Example:
        >>> _ = manual_seed(3)
        >>> first = float(default_generator().uniform(()))
        >>> _ = manual_seed(3)
        >>> float(default_generator().uniform(())) == first
        True
    """
    _current.generator = Generator(seed)
    return _current.generator


@contextmanager
def use_generator(generator: Generator) -> Iterator[Generator]:
    """Make a generator this thread's default inside a `with` block.

    Example:
        >>> with use_generator(Generator(1)) as mine:
        ...     default_generator() is mine
        True
    """
    before = _current.generator
    _current.generator = generator
    try:
        yield generator
    finally:
        _current.generator = before
