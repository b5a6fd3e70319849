"""stochastic_depth: zero a residual branch for a random share of the samples."""

from __future__ import annotations

from typing import Any

from nt_tensor import Generator

from ._dropout import drop

__all__ = ["stochastic_depth"]


def stochastic_depth(
    input: Any,
    p: float,
    mode: str,
    training: bool = True,
    *,
    generator: Generator | None = None,
) -> Any:
    r"""Zero a residual branch with probability $p$, or scale it by $1/(1-p)$.

    Args:
        input: (N, …), what the branch adds; floating point.
        p: the share to drop, in [0, 1].
        mode: `"row"` decides for each sample (also known as drop path), `"batch"` once for all.
        training: if False, `input` comes back as it is.
        generator: draws the mask; the thread's default generator if None.

    Raises:
        ValueError: `p` is outside of [0, 1], another mode, or "row" without rows.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_tensor import Generator
        >>> stochastic_depth(ones(4, 2), 0.5, "row", generator=Generator(1)).tolist()
        [[2.0, 2.0], [2.0, 2.0], [0.0, 0.0], [0.0, 0.0]]

    Source: Huang et al., Deep networks with stochastic depth (2016), equation 2, scaled in training
        instead of in use; `torchvision.ops.stochastic_depth`.
    """
    if mode not in ("row", "batch"):
        raise ValueError(f'stochastic_depth: mode must be "row" or "batch", got {mode!r}')
    shape = tuple(input.shape)
    if mode == "row" and not shape:
        raise ValueError("stochastic_depth: an input of no axes has no rows")
    mask = tuple([n if mode == "row" and i == 0 else 1 for i, n in enumerate(shape)])
    return drop("stochastic_depth", input, mask, p, training, generator)
