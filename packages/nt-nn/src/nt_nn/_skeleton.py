"""skeleton: models whose parameters have shapes, and no memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import nt_tensor
from nt_tensor import Array, DeviceLike, DTypeLike, float32, namespace, zeros

_sketching: ContextVar[bool] = ContextVar("sketching", default=False)


@contextmanager
def skeleton() -> Iterator[None]:
    """Within it, modules are made without memory for what they learn, and nothing is drawn.

    Each parameter is one zero, repeated as often as its shape says: names, shapes, dtypes and
    counts are those of the model, be it larger than the machine. It is there to be counted and
    looked at; values cannot be loaded into it.

    Example:
        >>> from nt_nn import Linear, count_parameters
        >>> with skeleton():
        ...     huge = Linear(1_000_000, 1_000_000)
        >>> count_parameters(huge), huge.weight.shape
        (1000001000000, (1000000, 1000000))

    Source: the meta device of PyTorch.
    """
    token = _sketching.set(True)
    try:
        yield
    finally:
        _sketching.reset(token)


def sketching() -> bool:
    """Whether a `skeleton()` is around, and nothing is to be written into parameters.

    Example:
        >>> with skeleton():
        ...     print(sketching())
        True
    """
    return _sketching.get()


def empty(
    shape: tuple[int, ...], dtype: DTypeLike = float32, device: DeviceLike | None = None
) -> Array:
    """Memory for values to come; inside of a `skeleton()` there is none."""
    if sketching():
        return repeated(zeros((), dtype, device), shape)
    return nt_tensor.empty(shape, dtype, device)


def repeated(scalar: Array, shape: tuple[int, ...]) -> Array:
    """One number as an array of any shape, without memory."""
    return namespace(scalar).broadcast_to(scalar, shape)
