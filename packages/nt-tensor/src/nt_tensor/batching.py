"""Samples as one: an array whose first axis is hidden, for functions that are written for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nt_tensor.backend import Array, Backend, backend_of, namespace, register

if TYPE_CHECKING:
    from nt_tensor.backends.batched import BatchedBackend

__all__ = ["batched", "depth", "samples", "unbatched", "whole"]

_backends: dict[Backend, BatchedBackend] = {}


def batched(array: Array, axis: int | None = 0) -> Array:
    """Hide an axis: what comes looks like one sample, and every operation works on all of them.

    Args:
        array: an array of any library, or one of samples already (for nested maps).
        axis: the samples' axis; None for an array that is the same for all samples.

    Raises:
        IndexError: the array has no such axis.

    Example:
        >>> import numpy as np
        >>> x = batched(np.arange(6.0).reshape(2, 3))
        >>> x.shape, namespace(x).sum(x).raw
        ((3,), array([ 3., 12.]))
    """
    xp = namespace(array)
    if axis is None:
        raw = xp.expand_dims(array, axis=0)
    elif not -array.ndim <= axis < array.ndim:
        raise IndexError(f"axis {axis} is out of bounds for an array of shape {array.shape}")
    else:
        raw = xp.moveaxis(array, axis, 0)
    return _backend(backend_of(array)).array_types[0](raw)


def unbatched(array: Array, axis: int = 0, size: int | None = None) -> Array:
    """Show the hidden axis again.

    Args:
        array: samples, as `batched` gives them.
        axis: where the samples' axis shall stand.
        size: how many samples there are, for what is the same for all.

    Example:
        >>> import numpy as np
        >>> unbatched(batched(np.ones((2, 3))), axis=1).shape
        (3, 2)
    """
    xp = namespace(array.raw)
    raw = array.raw
    if size is not None and raw.shape[0] != size:
        raw = xp.broadcast_to(raw, (size, *raw.shape[1:]))
    return xp.moveaxis(raw, 0, axis)


def depth(array: Array) -> int:
    """How many axes are hidden: 0 for a plain array, 2 inside of two nested maps.

    Example:
        >>> import numpy as np
        >>> depth(np.ones(3)), depth(batched(np.ones(3)))
        (0, 1)
    """
    count = 0
    while backend_of(array).name == "batched":
        array = array.raw
        count += 1
    return count


def samples(array: Array) -> int:
    """How many samples there are; 1 also for what is the same for all.

    Example:
        >>> import numpy as np
        >>> samples(batched(np.ones((4, 3))))
        4
    """
    return int(array.raw.shape[0])


def whole(array: Array) -> Array:
    """The array with all hidden axes shown, for looking at the values of all samples.

    Example:
        >>> import numpy as np
        >>> whole(batched(batched(np.ones((4, 3, 2))))).shape
        (4, 3, 2)
    """
    while depth(array):
        array = array.raw
    return array


def _backend(inner: Backend) -> BatchedBackend:
    """The backend of samples of another one's arrays, made when it is first asked for."""
    if inner not in _backends:
        from nt_tensor.backends.batched import BatchedBackend

        _backends[inner] = BatchedBackend(inner)
        register(_backends[inner])
    return _backends[inner]
