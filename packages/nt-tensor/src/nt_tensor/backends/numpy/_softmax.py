"""Softmax on NumPy: blocks of rows that stay in the cache, written where the result lies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nt_tensor.kernels._softmax import (
    log_softmax,
    log_softmax_backward,
    softmax,
    softmax_backward,
)
from nt_tensor.memory import BLOCK, scratch

_NARROW = 60.0  # exp(-60) is far from the smallest float32


def rows(arrays: list[np.ndarray], axis: int) -> list[np.ndarray] | None:
    """The arrays as contiguous matrices whose rows are to be normalised; None if they are not."""
    first = arrays[0]
    if first.dtype == np.float16 or not first.size or axis not in (-1, first.ndim - 1):
        return None
    return [np.ascontiguousarray(a).reshape(-1, first.shape[-1]) for a in arrays]


def _walk(step: Callable[..., None], shape: tuple[int, ...], *parts: np.ndarray) -> np.ndarray:
    """Let `step` write each block of rows; it gets the blocks, the result's, a column of ones."""
    y = np.empty(parts[0].shape, parts[0].dtype)
    width = y.shape[1]
    ones, height = np.ones((width, 1), y.dtype), max(1, BLOCK // width)
    for i in range(0, len(y), height):
        step(*[p[i : i + height] for p in parts], y[i : i + height], ones)
    return y.reshape(shape)


@softmax.on("numpy")
def _softmax(x: np.ndarray, axis: int) -> np.ndarray:
    matrices = rows([x], axis)
    if matrices is not None:
        return _walk(_softmax_rows, x.shape, *matrices)
    if x.dtype == np.float16 or not x.size:
        return softmax.reference(x, axis)  # type: ignore[no-any-return]
    y: np.ndarray = x - x.max(axis=axis, keepdims=True)
    np.exp(y, out=y)
    y /= y.sum(axis=axis, keepdims=True)
    return y


def _softmax_rows(x: np.ndarray, y: np.ndarray, ones: np.ndarray) -> None:
    # Maxima of rows are slow. Where all numbers of the block lie near its largest one, shifting by
    # that keeps every digit too.
    top = x.max()
    near = top - x.min() < _NARROW
    np.subtract(x, top if near else x.max(axis=1, keepdims=True), out=y)
    np.exp(y, out=y)
    y /= y @ ones


@softmax_backward.on("numpy")
def _softmax_backward(g: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
    matrices = rows([g, y], axis)
    if matrices is None:
        return softmax_backward.reference(g, y, axis)  # type: ignore[no-any-return]
    return _walk(_softmax_rows_back, g.shape, *matrices)


def _softmax_rows_back(g: np.ndarray, y: np.ndarray, gx: np.ndarray, ones: np.ndarray) -> None:
    np.multiply(g, y, out=gx)
    np.subtract(g, gx @ ones, out=gx)
    gx *= y


@log_softmax.on("numpy")
def _log_softmax(x: np.ndarray, axis: int) -> np.ndarray:
    matrices = rows([x], axis)
    if matrices is None:
        return log_softmax.reference(x, axis)  # type: ignore[no-any-return]
    return _walk(_log_softmax_rows, x.shape, *matrices)


def _log_softmax_rows(x: np.ndarray, y: np.ndarray, ones: np.ndarray) -> None:
    np.subtract(x, x.max(axis=1, keepdims=True), out=y)
    e = np.exp(y, out=scratch(0, y.shape, y.dtype))
    y -= np.log(e @ ones)


@log_softmax_backward.on("numpy")
def _log_softmax_backward(g: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
    matrices = rows([g, y], axis)
    if matrices is None:
        return log_softmax_backward.reference(g, y, axis)  # type: ignore[no-any-return]
    return _walk(_log_softmax_rows_back, g.shape, *matrices)


def _log_softmax_rows_back(g: np.ndarray, y: np.ndarray, gx: np.ndarray, ones: np.ndarray) -> None:
    np.exp(y, out=gx)
    gx *= g @ ones
    np.subtract(g, gx, out=gx)
