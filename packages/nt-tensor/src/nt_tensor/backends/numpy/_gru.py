"""A layer of GRU cells on NumPy: each step is written where the gates were."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nt_tensor.backends.numpy._lstm import sigmoid_
from nt_tensor.backends.numpy._product import times
from nt_tensor.backends.numpy._rnn import Step, Times
from nt_tensor.kernels._gru import gru, gru_backward
from nt_tensor.kernels._product import product
from nt_tensor.kernels._recurrent import before, spans
from nt_tensor.kernels._wide import widened
from nt_tensor.memory import scratch


def activate(
    gates: np.ndarray,
    product: np.ndarray,
    bias: np.ndarray,
    h: np.ndarray,
    inner: np.ndarray,
    y: np.ndarray,
) -> None:
    """One step's r, z, n in place of its gates, the product's part in n, and the state, twice."""
    width = h.shape[1]
    product += bias
    r, z, n = (gates[:, k * width : (k + 1) * width] for k in range(3))
    both = gates[:, : 2 * width]
    both += product[:, : 2 * width]
    sigmoid_(both)
    inner[...] = product[:, 2 * width :]
    np.multiply(r, inner, out=y)
    n += y
    np.tanh(n, out=n)
    np.subtract(h, n, out=y)
    y *= z
    y += n
    h[...] = y


def deactivate(
    g: np.ndarray,
    gy: np.ndarray,
    active: np.ndarray,
    inner: np.ndarray,
    past: np.ndarray,
    gates: np.ndarray,
    products: np.ndarray,
) -> None:
    """The gradients of one step's gates and of its product; what stays of `g` is the state's."""
    width = past.shape[1]
    g += gy
    r, z, n = (active[:, k * width : (k + 1) * width] for k in range(3))
    gr, gz, gn = (gates[:, k * width : (k + 1) * width] for k in range(3))
    np.subtract(past, n, out=gz)
    gz *= z
    gz *= 1 - z
    gz *= g
    np.subtract(1, n * n, out=gn)
    gn *= 1 - z
    gn *= g
    np.multiply(gn, inner, out=gr)
    gr *= r
    gr *= 1 - r
    products[:, : 2 * width] = gates[:, : 2 * width]
    np.multiply(gn, r, out=products[:, 2 * width :])
    g *= z


@gru.on("numpy")
@widened()
@np.errstate(over="ignore")
def forward(
    gates: np.ndarray,
    h: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    sizes: Sequence[int],
    reverse: bool,
    step: Step = activate,
    times: Times = times,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All states, the last ones, and what the way back needs; `step` does one step's gates."""
    h = h.copy()
    y, inner = (np.empty((len(gates), h.shape[1]), gates.dtype) for _ in range(2))
    sums = scratch(0, (len(h), gates.shape[1]), gates.dtype)
    bias = np.zeros(gates.shape[1], gates.dtype) if bias is None else bias
    by_weight = times(weight.T)
    for start, stop in spans(sizes, reverse):
        n, rows = stop - start, slice(start, stop)
        by_weight(h[:n], sums[:n])
        step(gates[rows], sums[:n], bias, h[:n], inner[rows], y[rows])
    return y, h, gates, inner


@gru_backward.on("numpy")
@widened()
def backward(
    gy: np.ndarray,
    gh: np.ndarray,
    y: np.ndarray,
    h: np.ndarray,
    active: np.ndarray,
    inner: np.ndarray,
    weight: np.ndarray,
    sizes: Sequence[int],
    reverse: bool,
    step: Step = deactivate,
    times: Times = times,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The gradients; `step` does one step's gates."""
    gh = gh.copy()
    gates, products = (np.empty(active.shape, active.dtype) for _ in range(2))
    past = before(y, h, sizes, reverse)
    back = scratch(0, h.shape, h.dtype)
    by_weight = times(weight)
    for start, stop in reversed(spans(sizes, reverse)):
        n, rows = stop - start, slice(start, stop)
        step(gh[:n], gy[rows], active[rows], inner[rows], past[rows], gates[rows], products[rows])
        by_weight(products[rows], back[:n])
        gh[:n] += back[:n]
    return gates, gh, product(products.T, past), np.ones(len(products), products.dtype) @ products
