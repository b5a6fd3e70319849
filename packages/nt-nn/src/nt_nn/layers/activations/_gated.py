"""Gated linear units: the second half of an axis lets the first one through."""

from __future__ import annotations

from nt_autograd import Tensor, geglu, glu, reglu, swiglu

from ...module import Module


class GLU(Module):
    r"""One half gates the other, $y = a\,\sigma(b)$ with $[a, b] = x$ along an axis.

    Shapes: (…, 2n, …) -> (…, n, …).

    Args:
        dim: the axis that is halved.

    Raises:
        ValueError: in a call, the axis has an odd length.

    Example:
        >>> from nt_autograd import tensor
        >>> GLU()(tensor([3.0, 5.0, 0.0, 100.0]))
        tensor([1.5, 5. ])

    Source: Dauphin et al., Language Modeling with Gated Convolutional Networks (2017); PyTorch's
        `torch.nn.GLU`.
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Halve x along the axis and let one half through the other."""
        y: Tensor = glu(x, self.dim)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"dim={self.dim}"


class GEGLU(Module):
    r"""One half gates the other through GELU, $y = a\,\mathrm{gelu}(b)$ with $[a, b] = x$.

    Shapes: (…, 2n, …) -> (…, n, …).

    Args:
        dim: the axis that is halved.
        approximate: "none" or "tanh", as for `GELU`.

    Raises:
        ValueError: `approximate` is neither; in a call, the axis has an odd length.

    Example:
        >>> from nt_autograd import tensor
        >>> GEGLU()(tensor([3.0, 5.0, 0.0, 100.0]))
        tensor([  0., 500.])

    Source: Shazeer, GLU Variants Improve Transformer (2020), equation 5.
    """

    def __init__(self, dim: int = -1, approximate: str = "none") -> None:
        if approximate not in ("none", "tanh"):
            raise ValueError(f"approximate ({approximate!r}) must be 'none' or 'tanh'")
        self.dim = dim
        self.approximate = approximate

    def forward(self, x: Tensor) -> Tensor:
        """Halve x along the axis and let one half through the other."""
        y: Tensor = geglu(x, self.dim, self.approximate)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"dim={self.dim}, approximate={self.approximate!r}"


class ReGLU(Module):
    r"""One half gates the other through a rectifier, $y = a \max(b, 0)$ with $[a, b] = x$.

    Shapes: (…, 2n, …) -> (…, n, …).

    Args:
        dim: the axis that is halved.

    Raises:
        ValueError: in a call, the axis has an odd length.

    Example:
        >>> from nt_autograd import tensor
        >>> ReGLU()(tensor([3.0, 5.0, -1.0, 100.0]))
        tensor([  0., 500.])

    Source: Shazeer, GLU Variants Improve Transformer (2020), equation 5.
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Halve x along the axis and let one half through the other."""
        y: Tensor = reglu(x, self.dim)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"dim={self.dim}"


class SwiGLU(Module):
    r"""One half gates the other through SiLU, $y = a\,b\,\sigma(b)$ with $[a, b] = x$.

    Where gate and value come from two layers, as in LLaMA, call `nt_autograd.swiglu(gate, value)`:
    it is the same op without the halving.

    Shapes: (…, 2n, …) -> (…, n, …).

    Args:
        dim: the axis that is halved.

    Raises:
        ValueError: in a call, the axis has an odd length.

    Example:
        >>> from nt_autograd import tensor
        >>> SwiGLU()(tensor([3.0, 5.0, 0.0, 100.0]))
        tensor([  0., 500.])

    Source: Shazeer, GLU Variants Improve Transformer (2020), equation 5.
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Halve x along the axis and let one half through the other."""
        y: Tensor = swiglu(x, dim=self.dim)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"dim={self.dim}"
