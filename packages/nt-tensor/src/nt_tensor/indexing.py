"""Reading and writing by index, the same on every backend; writing returns a new array."""

from __future__ import annotations

from typing import Any

from nt_tensor.backend import Array, backend_of, is_array, namespace
from nt_tensor.dtype import RANK, as_dtype, dtype_of, native
from nt_tensor.kernel import kernel

__all__ = ["add_at", "get_at", "set_at"]


@kernel
def get_at(x: Array, index: Any) -> Array:
    """Read `x[index]` as NumPy means it, boolean masks and NumPy index arrays included.

    MLX's own indexing has no masks and checks no bounds: here masks become index arrays (the mask
    is then evaluated), and integers are checked. Index arrays are not, on MLX and CuPy.

    Args:
        x: an array, any dtype.
        index: integers, slices, `...`, `None`, index arrays or masks, or a tuple of them.

    Raises:
        IndexError: if an integer lies outside of its axis.

    Example:
        >>> import numpy as np
        >>> x = np.arange(6.0).reshape(2, 3)
        >>> get_at(x, x > 2.5)
        array([3., 4., 5.])
    """
    return x[index]


@kernel
def set_at(x: Array, index: Any, values: Any) -> Array:
    """Give `x` with `values` at `index`; `x` itself stays as it is.

    Args:
        x: an array, any dtype.
        index: as for `get_at`; where it names a place twice, one of its values wins.
        values: an array that broadcasts to `x[index]`, or a Python number.

    Raises:
        TypeError: if the values are of a higher kind than `x` (floats for integers).

    Example:
        >>> import numpy as np
        >>> set_at(np.zeros(3), slice(1, None), 7.0)
        array([0., 7., 7.])
    """
    result = namespace(x).asarray(x, copy=True)
    result[index] = fitting("set_at", x, values)
    return result


@kernel
def add_at(x: Array, index: Any, values: Any) -> Array:
    """Give `x` with `values` added at `index`; what comes to one place twice is added twice.

    This is how the gradient of `x[index]` comes back. `x` itself stays as it is.

    Args:
        x: an array of numbers.
        index: as for `get_at`.
        values: an array that broadcasts to `x[index]`, or a Python number.

    Raises:
        TypeError: if the values are of a higher kind than `x` (floats for integers).

    Example:
        >>> import numpy as np
        >>> add_at(np.zeros(3), np.asarray([0, 2, 2]), np.asarray([1.0, 2.0, 3.0]))
        array([1., 0., 5.])
    """
    # For every element, the sum of the values that come to it: slow, and right everywhere.
    xp = namespace(x)
    elements = xp.arange(x.size)
    places = get_at(xp.reshape(elements, x.shape), index)
    values = xp.asarray(fitting("add_at", x, values), dtype=x.dtype)
    values = xp.reshape(xp.broadcast_to(values, places.shape), (1, -1))
    hits = elements[:, None] == xp.reshape(places, (1, -1))
    gains = xp.sum(xp.where(hits, values, xp.zeros_like(values)), axis=1)
    return x + xp.astype(xp.reshape(gains, x.shape), x.dtype)


def fitting(name: str, x: Array, values: Any) -> Any:
    """Bring values to the dtype of `x`, unless that would lose their kind."""
    own = dtype_of(x)
    kind = dtype_of(values) if is_array(values) else as_dtype(type(values))
    if RANK[kind.kind] > RANK[own.kind]:
        raise TypeError(f"{name}: {kind} values do not go into an array of {own}")
    if kind is own or not is_array(values):
        return values
    return namespace(values).astype(values, native(own, backend_of(values)))
