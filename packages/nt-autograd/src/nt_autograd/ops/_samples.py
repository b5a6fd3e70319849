"""Into a map over samples and out of it: an axis is hidden, and shown again (see `vmap`)."""

from __future__ import annotations

from typing import Any

from nt_tensor import batching, namespace

from ..cost import each_input, free
from ..primitive import primitive

__all__ = ["as_samples", "from_samples", "same_for_all"]


@primitive
def as_samples(x: Any, /, dim: int = 0) -> Any:
    """`x` with axis `dim` hidden: it looks like one of its samples."""
    return batching.batched(x, dim)


@as_samples.backward
def _(g: Any, x_shape: tuple[int, ...], dim: int) -> Any:
    return from_samples(g, dim, x_shape[dim])


@primitive
def from_samples(x: Any, /, dim: int = 0, size: int = 1) -> Any:
    """`x` with its hidden axis shown as axis `dim`, of length `size`."""
    return batching.unbatched(x, dim, size)


@from_samples.backward
def _(g: Any, dim: int) -> Any:
    return as_samples(g, dim)


@primitive
def same_for_all(x: Any, /) -> Any:
    """`x` as a sample that all others equal."""
    return batching.batched(x, None)


@same_for_all.backward
def _(g: Any) -> Any:
    return _summed(g)


@primitive
def _summed(x: Any, /) -> Any:
    """The sum over all samples."""
    return namespace(x.raw).sum(x.raw, axis=0)


@_summed.backward
def _(g: Any) -> Any:
    return same_for_all(g)


for _op in (as_samples, from_samples, same_for_all):
    _op.cost(free)
_summed.cost(each_input)
