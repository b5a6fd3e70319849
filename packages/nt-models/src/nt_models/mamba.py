"""Mamba: positions are mixed by a state that fades and fills as each of them chooses.

    x (batch, time, width)
      -> two linear maps: u, gate                             (batch, time, channels)
      -> u = silu(convolution of each channel over the last positions)
      -> step, B, C from u; selective scan                    (batch, time, channels)
      -> times silu(gate) -> out                              (batch, time, width)

Source: Gu and Dao, Mamba: Linear-Time Sequence Modeling with Selective State Spaces (2023),
section 3.4 and algorithm 2.
"""

from __future__ import annotations

import math

from nt_autograd import (
    Tensor,
    concat,
    exp,
    expm1,
    index_select,
    is_grad_enabled,
    log,
    selective_scan,
    silu,
    softplus,
    split,
    swiglu,
    zeros,
)
from nt_nn import Conv1d, Linear, Module, Parameter, init
from nt_tensor import arange, ones

__all__ = ["Mamba", "MambaCache"]


class MambaCache:
    """What a Mamba block keeps of the positions that a generation has passed: it does not grow.

    Attributes:
        inputs: the last positions that the convolution saw, (batch, kernel - 1, channels).
        state: of the scan, (batch, channels, state).
        length: how many positions have passed.

    Example:
        >>> from nt_autograd import no_grad, ones
        >>> mamba = Mamba(8)
        >>> cache = mamba.cache(batch=2)
        >>> with no_grad():
        ...     y = mamba(ones(2, 5, 8), cache=cache)
        >>> cache.length, cache.inputs.shape, cache.state.shape
        (5, (2, 3, 16), (2, 16, 16))
    """

    def __init__(self, inputs: Tensor, state: Tensor) -> None:
        self.inputs, self.state, self.length = inputs, state, 0

    def advance(self, inputs: Tensor, state: Tensor, positions: int) -> None:
        """Keep these in the place of what there was, as so many positions have passed.

        Raises:
            RuntimeError: gradients are being recorded.
        """
        if is_grad_enabled() and state.requires_grad:
            raise RuntimeError("a MambaCache stores no gradients: generate under no_grad()")
        self.inputs, self.state = inputs, state
        self.length += positions

    def reorder(self, rows: Tensor) -> None:
        """Take these rows in the place of all that there were, as beams branch or die."""
        self.inputs, self.state = (index_select(x, 0, rows) for x in (self.inputs, self.state))

    def reset(self) -> None:
        """Forget all positions."""
        self.inputs, self.state, self.length = self.inputs * 0, self.state * 0, 0


class Mamba(Module):
    """The block of Mamba, in the place of an attention.

    Shapes: (batch, time, width) -> the same.

    Args:
        width: of what comes in.
        state: how many numbers each channel remembers.
        kernel: over how many positions the convolution goes.
        expand: how many channels there are, as a multiple of the width.

    Example:
        >>> from nt_autograd import randn
        >>> Mamba(8)(randn(2, 5, 8)).shape
        (2, 5, 8)

    Source: Gu and Dao (2023), section 3.4; `Mamba` of their package mamba_ssm.
    """

    into: Linear  # weight (2 channels, width): rows of u, then of the gate
    conv: Conv1d  # weight (channels, 1, kernel)
    select: Linear  # weight (rank + 2 state, channels): rows of the step, B, C
    step: Linear  # weight (channels, rank)
    a_log: Parameter  # (channels, state): the state fades by exp(-step exp(a_log))
    skip: Parameter  # (channels,)
    out: Linear  # weight (width, channels)

    def __init__(self, width: int, state: int = 16, kernel: int = 4, expand: int = 2) -> None:
        self.channels, self.state, self.kernel = expand * width, state, kernel
        self.rank = math.ceil(width / 16)
        self.into = Linear(width, 2 * self.channels, bias=False)
        self.conv = Conv1d(self.channels, self.channels, kernel, groups=self.channels)
        self.select = Linear(self.channels, self.rank + 2 * state, bias=False)
        self.step = Linear(self.rank, self.channels)
        self.skip = Parameter(ones(self.channels))
        self.out = Linear(self.channels, width, bias=False)
        self.reset_steps()

    def reset_steps(self) -> None:
        """Steps between 0.001 and 0.1, and a state whose n-th number fades n times as fast."""
        steps = init.uniform_(zeros(self.channels), math.log(0.001), math.log(0.1)).exp()
        speeds = log(Tensor(arange(1, self.state + 1, dtype="float32")))  # (state,)
        init.uniform_(self.step.weight, -(self.rank**-0.5), self.rank**-0.5)
        self.step.bias = Parameter(steps + log(-expm1(-steps)))  # softplus undone
        self.a_log = Parameter(zeros(self.channels, self.state) + speeds)

    def cache(self, batch: int) -> MambaCache:
        """An empty cache for so many sequences."""
        place = {"dtype": self.skip.dtype, "device": self.skip.device}
        return MambaCache(
            zeros(batch, self.kernel - 1, self.channels, **place),
            zeros(batch, self.channels, self.state, **place),
        )

    def forward(
        self, x: Tensor, real: Tensor | None = None, cache: MambaCache | None = None
    ) -> Tensor:
        """Let each position gather from those before it.

        Args:
            x: (batch, time, width).
            real: (batch, time), or with those of the cache before it; False at padding.
            cache: what is kept of the positions before these.
        """
        batch, time, _ = x.shape
        u, gate = split(self.into(x), self.channels, dim=-1)  # (batch, time, channels)
        if real is not None:  # padding leaves the state alone
            seen = real[:, -time:, None].to(u.dtype)  # (batch, time, 1)
            u = u * seen
        past = (self.cache(batch) if cache is None else cache).inputs
        longer = concat([past, u], 1)  # (batch, kernel - 1 + time, channels)
        u = silu(self.conv(longer.transpose(1, 2)).transpose(1, 2))  # (batch, time, channels)
        if real is not None:
            u = u * seen
        step, b, c = split(self.select(u), [self.rank, self.state, self.state], dim=-1)
        y, state = selective_scan(
            u,
            softplus(self.step(step)),
            -exp(self.a_log),
            b,
            c,
            self.skip,
            None if cache is None else cache.state,
        )  # (batch, time, channels), (batch, channels, state)
        if cache is not None:
            cache.advance(longer[:, time:], state, time)
        return self.out(swiglu(gate, y))
