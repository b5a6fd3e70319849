"""selective_scan: a linear state whose steps and inputs are chosen by what comes in."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import namespace

from ...primitive import primitive
from .._concat import concat
from .._exponential import exp

__all__ = ["linear_recurrence", "selective_scan"]


def linear_recurrence(a: Any, b: Any, initial: Any = None) -> Any:
    r"""A state that is scaled and added to, step by step, each number for itself.

    $$h_t = a_t \, h_{t-1} + b_t$$

    The way back is the same recurrence, from the end: with $g_t$ the gradient that comes to $h_t$,
    $s_t = g_t + a_{t+1} s_{t+1}$ is that of $b_t$, and $s_t h_{t-1}$ that of $a_t$.

    Args:
        a: (batch, T, …), T at least 1.
        b: the same shape.
        initial: (batch, …), the state before the first step; None for zeros.

    Returns:
        (batch, T, …), the state after each step.

    Raises:
        ValueError: the shapes do not fit.

    Example:
        >>> from nt_autograd import tensor
        >>> linear_recurrence(tensor([[0.5, 0.5, 0.0]]), tensor([[4.0, 1.0, 7.0]])).tolist()
        [[4.0, 3.0, 7.0]]

    Source: Martin and Cundy, Parallelizing Linear Recurrent Neural Nets Over Sequence Length
        (2018), equation 2.
    """
    if a.ndim < 2 or a.shape != b.shape or not a.shape[1]:
        raise ValueError(
            f"a and b must have one shape (batch, time, …) with a time of 1 or more, got "
            f"{tuple(a.shape)} and {tuple(b.shape)}"
        )
    state = (a.shape[0], *a.shape[2:])
    if initial is None:
        initial = b[:, 0] * 0
    elif tuple(initial.shape) != state:
        raise ValueError(f"initial must be {state}, got {tuple(initial.shape)}")
    return _linear_recurrence(a, b, initial, False)


@primitive(promotes=True)
def _linear_recurrence(a: Any, b: Any, h: Any, /, backwards: bool) -> Any:
    """The op behind `linear_recurrence`; `backwards` begins with the last step."""
    xp = namespace(a)
    steps = []
    for t in range(a.shape[1])[:: -1 if backwards else 1]:
        h = a[:, t] * h + b[:, t]
        steps.append(h)
    return xp.stack(steps[:: -1 if backwards else 1], axis=1)


@_linear_recurrence.backward
def _(g: Any, a: Any, h: Any, y: Any, backwards: bool) -> Any:
    none, start = a[:, :1] * 0, h[:, None]
    if backwards:
        later, before, first = concat([none, a[:, :-1]], 1), concat([y[:, 1:], start], 1), -1
    else:
        later, before, first = concat([a[:, 1:], none], 1), concat([start, y[:, :-1]], 1), 0
    s = _linear_recurrence(later, g, h * 0, not backwards)
    return s * before, s, s[:, first] * a[:, first]


@_linear_recurrence.cost
def _(y_shape: tuple[int, ...]) -> int:
    return 2 * prod(y_shape)


def selective_scan(
    u: Any, delta: Any, A: Any, B: Any, C: Any, D: Any = None, initial: Any = None
) -> tuple[Any, Any]:
    r"""Mamba's state space: each channel carries n numbers, which fade and fill as it chooses.

    $$h_t = e^{\Delta_t A} \, h_{t-1} + \Delta_t B_t u_t, \qquad y_t = C_t h_t + D u_t$$

    Args:
        u: what comes in, (batch, T, channels).
        delta: the steps' lengths, positive, (batch, T, channels).
        A: (channels, n), negative where the state is to fade.
        B: (batch, T, n), where what comes in goes.
        C: (batch, T, n), what is read.
        D: (channels,), how much goes past the state; None for nothing.
        initial: the state before the first step, (batch, channels, n); None for zeros.

    Returns:
        y (batch, T, channels), and the last state (batch, channels, n).

    Raises:
        ValueError: the shapes do not fit.

    Example:
        >>> from nt_autograd import ones, zeros
        >>> x = ones(1, 3, 1)
        >>> y, h = selective_scan(x, x, zeros(1, 1), x, x)  # A = 0: nothing fades
        >>> y[0, :, 0].tolist(), h.tolist()
        ([1.0, 2.0, 3.0], [[[3.0]]])

    Source: Gu and Dao, Mamba: Linear-Time Sequence Modeling with Selective State Spaces (2023),
        algorithm 2; the authors' `selective_scan_ref`, whose time is the last axis.
    """
    n = A.shape[-1]
    fits = {
        "u": (u, (*u.shape[:2], A.shape[0])),
        "delta": (delta, tuple(u.shape)),
        "B": (B, (*u.shape[:2], n)),
        "C": (C, (*u.shape[:2], n)),
    }
    for name, (x, shape) in fits.items():
        if u.ndim != 3 or A.ndim != 2 or tuple(x.shape) != shape:
            raise ValueError(
                f"{name} {tuple(x.shape)} must be {shape} for u {tuple(u.shape)}, (batch, time, "
                f"channels), and A {tuple(A.shape)}, (channels, state)"
            )
    fades = exp(delta[..., None] * A)  # (batch, T, channels, n)
    fills = (delta * u)[..., None] * B[:, :, None]
    h = linear_recurrence(fades, fills, initial)
    y = (h @ C[..., None])[..., 0]  # (batch, T, channels)
    return (y if D is None else y + u * D), h[:, -1]
