"""Softmax by Numba: maximum, sum and quotient of a row while it lies in the cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from nt_tensor.backends.numba._math import F, exp32, fast, largest32
from nt_tensor.backends.numba._ragged import RUN, exponentials, ragged
from nt_tensor.backends.numpy._softmax import rows
from nt_tensor.kernel import Kernel
from nt_tensor.kernels._softmax import (
    log_softmax,
    log_softmax_backward,
    softmax,
    softmax_backward,
)

ZERO, ONE = F(0.0), F(1.0)


@fast
def _forward(x: np.ndarray, bits: np.ndarray, y: np.ndarray) -> None:
    if ragged(x.shape[1]):
        step = max(1, RUN // x.shape[1])
        for start in range(0, x.shape[0], step):
            out = y[start : start + step]
            exponentials(x[start : start + step], bits[start : start + step], out)
            for i in range(len(out)):
                row = out[i]
                total = ZERO
                for j in range(row.size):
                    total += row[j]
                inverse = ONE / total
                for j in range(row.size):
                    row[j] *= inverse
        return
    for i in range(x.shape[0]):
        row, out = x[i], y[i]
        top = largest32(bits[i])
        total = ZERO
        for j in range(row.size):
            e = exp32(row[j] - top)
            out[j] = e
            total += e
        inverse = ONE / total
        for j in range(row.size):
            out[j] *= inverse


@fast
def _back(g: np.ndarray, y: np.ndarray, gx: np.ndarray) -> None:
    for i in range(g.shape[0]):
        row, p, out = g[i], y[i], gx[i]
        total = ZERO
        for j in range(row.size):
            total += row[j] * p[j]
        for j in range(row.size):
            out[j] = p[j] * (row[j] - total)


@fast
def _log_forward(x: np.ndarray, bits: np.ndarray, y: np.ndarray) -> None:
    if ragged(x.shape[1]):
        step = max(1, RUN // x.shape[1])
        for start in range(0, x.shape[0], step):
            out = y[start : start + step]
            exponentials(x[start : start + step], bits[start : start + step], out)
            for i in range(len(out)):
                total = ZERO
                for j in range(x.shape[1]):
                    total += out[i, j]
                _below(x[start + i], largest32(bits[start + i]), np.log(total), out[i])
        return
    for i in range(x.shape[0]):
        row, out = x[i], y[i]
        top = largest32(bits[i])
        total = ZERO
        for j in range(row.size):
            total += exp32(row[j] - top)
        _below(row, top, np.log(total), out)


@njit(cache=True, fastmath={"contract"}, nogil=True)
def _below(row: np.ndarray, top: Any, log: Any, out: np.ndarray) -> None:
    """The row less its maximum, less the logarithm; in another order small ones would be lost."""
    for j in range(row.size):
        out[j] = (row[j] - top) - log


@fast
def _log_back(g: np.ndarray, y: np.ndarray, gx: np.ndarray) -> None:
    for i in range(g.shape[0]):
        row, logp, out = g[i], y[i], gx[i]
        total = ZERO
        for j in range(row.size):
            total += row[j]
        for j in range(row.size):
            out[j] = row[j] - exp32(logp[j]) * total


def _by_rows(kernel: Kernel, loop: Callable[..., None]) -> None:
    """Register a loop over the rows of float32 matrices."""

    @kernel.on("numba")
    def _(*arguments: Any) -> Any:
        *arrays, axis = arguments
        matrices = rows(arrays, axis)
        if matrices is None or any(a.dtype != np.float32 for a in arrays):
            return kernel.bodies["numpy"](*arguments)
        if len(matrices) == 1:
            matrices.append(matrices[0].view(np.int32))  # for the maximum
        y = np.empty(matrices[0].shape, np.float32)
        loop(*matrices, y)
        return y.reshape(arrays[0].shape)


_by_rows(softmax, _forward)
_by_rows(softmax_backward, _back)
_by_rows(log_softmax, _log_forward)
_by_rows(log_softmax_backward, _log_back)
