"""The steps of recurrent cells by Numba: gates, states and gradients in one pass over the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nt_tensor.backends.numba._math import F, exp32, fast
from nt_tensor.backends.numba._product import multiplier
from nt_tensor.backends.numpy import _gru as gru_blocks
from nt_tensor.backends.numpy import _lstm as lstm_blocks
from nt_tensor.backends.numpy import _rnn as rnn_blocks
from nt_tensor.kernels._gru import gru, gru_backward
from nt_tensor.kernels._lstm import lstm, lstm_backward
from nt_tensor.kernels._rnn import rnn, rnn_backward

ONE, TWO, SMALL = F(1.0), F(2.0), F(0.625)
# Near 0, tanh(x) = x + x^3 P(x^2) by Cephes' polynomial (Moshier, tanhf.c).
P0, P1, P2 = F(-3.33332819422e-1), F(1.33314422036e-1), F(-5.37397155531e-2)
P3, P4 = F(2.06390887954e-2), F(-5.70498872745e-3)


@fast
def _tanh(x: Any) -> Any:
    """The hyperbolic tangent within 2 units in the last place."""
    s = x * x
    near = x + x * s * ((((P4 * s + P3) * s + P2) * s + P1) * s + P0)
    size = abs(x)
    far = ONE - TWO / (ONE + exp32(TWO * size))
    far = -far if x < F(0.0) else far
    return near if size < SMALL else far


@fast
def _sigmoid(x: Any) -> Any:
    return ONE / (ONE + exp32(-x))


def _by(body: Callable[..., Any], step: Callable[..., None]) -> Callable[..., Any]:
    """NumPy's body, with compiled steps and products where all arrays are float32."""

    def run(*arguments: Any) -> Any:
        arrays = [a for a in arguments if isinstance(a, np.ndarray)]
        if any(a.dtype != np.float32 for a in arrays):
            return body(*arguments)
        return body(*[_plain(a) for a in arguments], step, multiplier)

    return run


def _plain(value: Any) -> Any:
    """Arrays in row-major order, the only one that the steps are compiled for."""
    return np.ascontiguousarray(value) if isinstance(value, np.ndarray) else value


@fast
def _lstm_step(
    gates: np.ndarray, product: np.ndarray, c: np.ndarray, cells: np.ndarray, y: np.ndarray
) -> None:
    n, width = c.shape
    for k in range(n):
        row, add = gates[k], product[k]
        for j in range(2 * width):
            row[j] = _sigmoid(row[j] + add[j])
        g, more = row[2 * width : 3 * width], add[2 * width : 3 * width]
        for j in range(width):
            g[j] = _tanh(g[j] + more[j])
        o, more = row[3 * width :], add[3 * width :]
        i, f = row[:width], row[width : 2 * width]
        cell, kept, out = c[k], cells[k], y[k]
        for j in range(width):
            o[j] = _sigmoid(o[j] + more[j])
            new = f[j] * cell[j] + i[j] * g[j]
            cell[j] = new
            kept[j] = new
            out[j] = o[j] * _tanh(new)


@fast
def _lstm_step_back(
    g: np.ndarray,
    gc: np.ndarray,
    active: np.ndarray,
    cells: np.ndarray,
    past: np.ndarray,
    gates: np.ndarray,
) -> None:
    rows, width = cells.shape
    for k in range(rows):
        row, to = active[k], gates[k]
        i, f = row[:width], row[width : 2 * width]
        n, o = row[2 * width : 3 * width], row[3 * width :]
        gi, gf = to[:width], to[width : 2 * width]
        gn, go = to[2 * width : 3 * width], to[3 * width :]
        out, cell, was, back = g[k], cells[k], past[k], gc[k]
        for j in range(width):
            t = _tanh(cell[j])
            go[j] = out[j] * t * o[j] * (ONE - o[j])
            d = back[j] + out[j] * o[j] * (ONE - t * t)
            gi[j] = d * n[j] * i[j] * (ONE - i[j])
            gf[j] = d * was[j] * f[j] * (ONE - f[j])
            gn[j] = d * i[j] * (ONE - n[j] * n[j])
            back[j] = d * f[j]


@fast
def _gru_step(
    gates: np.ndarray,
    product: np.ndarray,
    bias: np.ndarray,
    h: np.ndarray,
    inner: np.ndarray,
    y: np.ndarray,
) -> None:
    rows, width = h.shape
    last = bias[2 * width :]
    for k in range(rows):
        row, add = gates[k], product[k]
        for j in range(2 * width):
            row[j] = _sigmoid(row[j] + add[j] + bias[j])
        r, z, n = row[:width], row[width : 2 * width], row[2 * width :]
        more, part, state, out = add[2 * width :], inner[k], h[k], y[k]
        for j in range(width):
            p = more[j] + last[j]
            part[j] = p
            n[j] = _tanh(n[j] + r[j] * p)
            new = n[j] + z[j] * (state[j] - n[j])
            out[j] = new
            state[j] = new


@fast
def _gru_step_back(
    g: np.ndarray,
    gy: np.ndarray,
    active: np.ndarray,
    inner: np.ndarray,
    past: np.ndarray,
    gates: np.ndarray,
    products: np.ndarray,
) -> None:
    rows, width = past.shape
    for k in range(rows):
        row, to, too = active[k], gates[k], products[k]
        r, z, n = row[:width], row[width : 2 * width], row[2 * width :]
        gr, gz, gn = to[:width], to[width : 2 * width], to[2 * width :]
        pr, pz, pn = too[:width], too[width : 2 * width], too[2 * width :]
        back, more, part, was = g[k], gy[k], inner[k], past[k]
        for j in range(width):
            d = back[j] + more[j]
            slope = d * (ONE - z[j]) * (ONE - n[j] * n[j])
            to_r = slope * part[j] * r[j] * (ONE - r[j])
            to_z = d * (was[j] - n[j]) * z[j] * (ONE - z[j])
            gr[j], gz[j], gn[j] = to_r, to_z, slope
            pr[j], pz[j], pn[j] = to_r, to_z, slope * r[j]
            back[j] = d * z[j]


rnn.on("numba")(_by(rnn_blocks.forward, rnn_blocks.activate))
rnn_backward.on("numba")(_by(rnn_blocks.backward, rnn_blocks.deactivate))
lstm.on("numba")(_by(lstm_blocks.forward, _lstm_step))
lstm_backward.on("numba")(_by(lstm_blocks.backward, _lstm_step_back))
gru.on("numba")(_by(gru_blocks.forward, _gru_step))
gru_backward.on("numba")(_by(gru_blocks.backward, _gru_step_back))
