"""Indexing samples: their axis is kept, or paired with index arrays that differ by sample."""

from __future__ import annotations

from typing import Any

from nt_tensor.backend import Array, is_array, namespace
from nt_tensor.backends.batched.array import BatchedArray
from nt_tensor.indexing import add_at, get_at, set_at


@get_at.on("batched")
def _(x: Array, index: Any) -> Array:
    raw, below = _below(x, index)
    return type(x)(get_at(raw, below))


@set_at.on("batched")
def _(x: Array, index: Any, values: Any) -> Array:
    return _write(set_at, x, index, values)


@add_at.on("batched")
def _(x: Array, index: Any, values: Any) -> Array:
    return _write(add_at, x, index, values)


def _write(write: Any, x: Array, index: Any, values: Any) -> Array:
    count = max(_samples(x), _samples(values), *(_samples(each) for each in _entries(index)))
    xp = namespace(x.raw)
    raw = xp.broadcast_to(x.raw, (count, *x.shape))
    raw, below = _below(type(x)(raw), index)
    if isinstance(values, BatchedArray):
        places = get_at(raw, below).shape
        ones = (1,) * (len(places) - 1 - values.ndim)
        values = xp.reshape(values.raw, (values.raw.shape[0], *ones, *values.shape))
    return type(x)(write(raw, below, values))


def _entries(index: Any) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def _samples(x: Any) -> int:
    return int(x.raw.shape[0]) if isinstance(x, BatchedArray) else 1


def _below(x: Array, index: Any) -> tuple[Array, tuple[Any, ...]]:
    """The array below and the index into it that means `index` in each sample.

    Raises:
        TypeError: a mask differs by sample, or stands behind a slice.
    """
    xp = namespace(x.raw)
    entries = _entries(index)
    count = max([_samples(x), *map(_samples, entries)])
    if all(_samples(each) == 1 for each in entries):
        return x.raw, (slice(None), *[_one(each) for each in entries])
    arrays = [i for i, each in enumerate(entries) if is_array(each)]
    if arrays != list(range(arrays[0], arrays[-1] + 1)):
        raise TypeError("under vmap, index arrays that differ by sample must stand side by side")
    if arrays[0]:
        raise TypeError("under vmap, index arrays that differ by sample must come first")
    if any(_is_mask(each) for each in entries):
        raise TypeError("under vmap, a mask must be the same for all samples; use where")
    # The sample's own number stands beside the arrays, so they pair up sample by sample.
    rank = max(entries[i].ndim for i in arrays)
    numbers = xp.reshape(xp.arange(count), (count, *[1] * rank))
    paired = []
    for each in entries:
        if not is_array(each):
            paired.append(each)
            continue
        raw = each.raw if isinstance(each, BatchedArray) else xp.expand_dims(each, axis=0)
        paired.append(xp.reshape(raw, (raw.shape[0], *[1] * (rank + 1 - raw.ndim), *raw.shape[1:])))
    return xp.broadcast_to(x.raw, (count, *x.shape)), (numbers, *paired)


def _one(entry: Any) -> Any:
    return entry.raw[0] if isinstance(entry, BatchedArray) else entry


def _is_mask(entry: Any) -> bool:
    return is_array(entry) and "bool" in str(entry.dtype)
