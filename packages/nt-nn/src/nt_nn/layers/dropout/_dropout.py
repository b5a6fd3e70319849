"""Dropout and its kin: forget a random share, while training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nt_autograd as ag
from nt_autograd import Tensor
from nt_tensor import Generator

from ...module import Module


class _Dropout(Module):
    """What they share: the probability, where masks come from, and quiet in evaluation."""

    function: Callable[..., Any]

    def __init__(self, p: float = 0.5, *, generator: Generator | None = None) -> None:
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"p ({p}) must be a probability, 0 to 1")
        self.p = p
        self.generator = generator

    def forward(self, x: Tensor) -> Tensor:
        """Drop a share of x while training."""
        y: Tensor = type(self).function(x, self.p, self.training, generator=self.generator)
        return y

    def extra_repr(self) -> str:
        """The share that is dropped."""
        return f"p={self.p}"


class Dropout(_Dropout):
    r"""Sets each element to zero with probability $p$ and scales the others by $1/(1-p)$.

    It does so while training; in evaluation mode it gives its input back.

    Shapes: any -> the same.

    Args:
        p: the share that is dropped.
        generator: where the masks come from; None for the thread's own at each call, as it must be
            where several threads call the module.

    Raises:
        ValueError: unless 0 <= p <= 1.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_tensor import Generator
        >>> layer = Dropout(0.5, generator=Generator(0))
        >>> sorted(set(layer(ones(100)).tolist()))
        [0.0, 2.0]
        >>> layer.eval()(ones(3)).tolist()
        [1.0, 1.0, 1.0]

    Source: Srivastava et al., Dropout (2014); PyTorch's `torch.nn.Dropout`.
    """

    function = staticmethod(ag.dropout)


class Dropout1d(_Dropout):
    r"""Sets each channel to zero with probability $p$ and scales the others by $1/(1-p)$.

    It does so while training; in evaluation mode it gives its input back.

    Shapes: (N, C, L) or (C, L) -> the same.

    Args:
        p: the share that is dropped.
        generator: where the masks come from; None for the thread's own at each call.

    Raises:
        ValueError: unless 0 <= p <= 1; in a call, x is of another shape.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_tensor import Generator
        >>> Dropout1d(generator=Generator(1))(ones(4, 2)).tolist()
        [[2.0, 2.0], [2.0, 2.0], [0.0, 0.0], [0.0, 0.0]]

    Source: Tompson et al., Efficient object localization using convolutional networks (2015);
        PyTorch's `torch.nn.Dropout1d`.
    """

    function = staticmethod(ag.dropout1d)


class Dropout2d(_Dropout):
    r"""Sets each channel to zero with probability $p$ and scales the others by $1/(1-p)$.

    It does so while training; in evaluation mode it gives its input back.

    Shapes: (N, C, H, W) or, as in PyTorch, (N, C, L) -> the same.

    Args:
        p: the share that is dropped.
        generator: where the masks come from; None for the thread's own at each call.

    Raises:
        ValueError: unless 0 <= p <= 1; in a call, x is of another shape.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_tensor import Generator
        >>> Dropout2d(generator=Generator(1))(ones(1, 4, 1, 2))[0, :, 0].tolist()
        [[2.0, 2.0], [2.0, 2.0], [0.0, 0.0], [0.0, 0.0]]

    Source: Tompson et al., Efficient object localization using convolutional networks (2015);
        PyTorch's `torch.nn.Dropout2d`.
    """

    function = staticmethod(ag.dropout2d)


class Dropout3d(_Dropout):
    r"""Sets each channel to zero with probability $p$ and scales the others by $1/(1-p)$.

    It does so while training; in evaluation mode it gives its input back.

    Shapes: (N, C, D, H, W) or (C, D, H, W) -> the same.

    Args:
        p: the share that is dropped.
        generator: where the masks come from; None for the thread's own at each call.

    Raises:
        ValueError: unless 0 <= p <= 1; in a call, x is of another shape.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_tensor import Generator
        >>> Dropout3d(generator=Generator(1))(ones(4, 1, 1, 2))[:, 0, 0].tolist()
        [[2.0, 2.0], [2.0, 2.0], [0.0, 0.0], [0.0, 0.0]]

    Source: Tompson et al., Efficient object localization using convolutional networks (2015);
        PyTorch's `torch.nn.Dropout3d`.
    """

    function = staticmethod(ag.dropout3d)


class AlphaDropout(_Dropout):
    r"""Sets each element to SELU's lowest value with probability $p$, then keeps mean and variance.

    It does so while training; in evaluation mode it gives its input back.

    Shapes: any -> the same.

    Args:
        p: the share that is dropped.
        generator: where the masks come from; None for the thread's own at each call.

    Raises:
        ValueError: unless 0 <= p <= 1.

    Example:
        >>> from nt_autograd import randn
        >>> from nt_tensor import Generator
        >>> y = AlphaDropout(generator=Generator(1))(randn(100_000, generator=Generator(0)))
        >>> abs(y.mean().item()) < 0.02, abs(y.var().item() - 1) < 0.02
        (True, True)

    Source: Klambauer et al., Self-normalizing neural networks (2017), section 3; PyTorch's
        `torch.nn.AlphaDropout`.
    """

    function = staticmethod(ag.alpha_dropout)


class FeatureAlphaDropout(_Dropout):
    r"""Alpha dropout of whole channels: each is set to SELU's lowest value with probability $p$.

    It does so while training; in evaluation mode it gives its input back.

    Shapes: (N, C, …) -> the same.

    Args:
        p: the share that is dropped.
        generator: where the masks come from; None for the thread's own at each call.

    Raises:
        ValueError: unless 0 <= p <= 1; in a call, x has fewer than two axes.

    Example:
        >>> from nt_autograd import zeros
        >>> from nt_tensor import Generator
        >>> FeatureAlphaDropout(generator=Generator(1))(zeros(1, 4, 2))[0, :, 0].numpy().round(2)
        array([ 0.78,  0.78, -0.78, -0.78], dtype=float32)

    Source: Klambauer et al., Self-normalizing neural networks (2017), section 3; PyTorch's
        `torch.nn.FeatureAlphaDropout`.
    """

    function = staticmethod(ag.feature_alpha_dropout)
