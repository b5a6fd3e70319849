"""sigmoid and the activations that are made of it."""

from __future__ import annotations

from typing import Any

from nt_tensor import namespace

from ...primitive import primitive

__all__ = ["sigmoid", "silu"]


@primitive(promotes=True)
def sigmoid(x: Any, /) -> Any:
    r"""Element-wise logistic function, $y = 1/(1 + e^{-x})$, $y' = y(1 - y)$.

    It is computed as $\tfrac12 (1 + \tanh \tfrac x2)$, which cannot overflow.

    Example:
        >>> from nt_autograd import tensor
        >>> sigmoid(tensor([0.0, 1000.0]))
        tensor([0.5, 1. ])

    Source: PyTorch's `torch.sigmoid`.
    """
    y = namespace(x).tanh(x * 0.5)
    y = y * 0.5
    return y + 0.5


@sigmoid.backward
def _(g: Any, y: Any) -> Any:
    return g * (y - y * y)


@primitive(promotes=True)
def silu(x: Any, /) -> Any:
    r"""Element-wise $y = x\,\sigma(x)$, also named swish; $y' = \sigma(x) (1 + x (1 - \sigma(x)))$.

    Example:
        >>> from nt_autograd import tensor
        >>> silu(tensor([-1000.0, 0.0, 1000.0]))
        tensor([  -0.,    0., 1000.])

    Source: Elfwing, Uchibe, Doya, arXiv:1702.03118; PyTorch's `torch.nn.functional.silu`.
    """
    return x * sigmoid(x)


@silu.backward
def _(g: Any, x: Any) -> Any:
    s = sigmoid(x)
    return g * (s + x * (s - s * s))
