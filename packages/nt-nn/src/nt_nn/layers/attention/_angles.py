"""Sines and cosines of positions: made in float64 on the CPU, kept as long as they are needed."""

from __future__ import annotations

from nt_autograd import Tensor
from nt_tensor import Array, Device, DType, arange, asarray, namespace

GROWTH = 256  # tables grow by whole multiples, so that generation does not make one a token


class Angles:
    """The cosines and sines of position times frequency, (positions, frequencies).

    In float32 the angle of position 100,000 would be off by 0.004.
    """

    def __init__(self) -> None:
        self._tables: dict[tuple[object, ...], tuple[Array, Array]] = {}

    def __reduce__(self) -> tuple[type[Angles], tuple[()]]:
        return Angles, ()  # a copy makes its own tables when it needs them

    def tables(
        self, frequencies: tuple[float, ...], length: int, magnitude: float, like: Tensor
    ) -> tuple[Array, Array]:
        """Cosines and sines of at least `length` positions, of the dtype and device of `like`."""
        key = (frequencies, magnitude, like.dtype, like.device)
        found = self._tables.get(key)
        if found is None or found[0].shape[0] < length:
            rows = -(-max(length, 1) // GROWTH) * GROWTH
            if len(self._tables) > 3:  # frequencies that change with the length leave tables behind
                self._tables.clear()
            found = self._tables[key] = make_tables(
                frequencies, rows, magnitude, like.dtype, like.device
            )
        return found


def make_tables(
    frequencies: tuple[float, ...], length: int, magnitude: float, dtype: DType, device: Device
) -> tuple[Array, Array]:
    """The cosines and sines, (length, frequencies)."""
    position = arange(0, length, dtype="float64", device="cpu")
    speed = asarray(list(frequencies), "float64", "cpu")
    angle = position[:, None] * speed[None, :]
    xp = namespace(angle)
    cos, sin = xp.cos(angle) * magnitude, xp.sin(angle) * magnitude
    return asarray(cos, dtype, device), asarray(sin, dtype, device)
