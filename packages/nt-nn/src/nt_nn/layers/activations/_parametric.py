"""Activations with a number that is learned or drawn: PReLU, RReLU, Swish."""

from __future__ import annotations

from nt_autograd import Tensor, prelu, rrelu, swish
from nt_tensor import DeviceLike, DTypeLike, Generator, float32, full

from ...module import Module
from ...parameter import Parameter


class PReLU(Module):
    r"""A rectifier that learns its slope on the left: $y = x$ above 0, $a_c x$ from 0 down.

    Shapes: (N, channels, …) -> the same; any shape with a single slope.

    Args:
        num_parameters: 1, or the number of channels (axis 1 of the input).
        init: the slope to begin with.
        device: where the slopes lie; None for the current device.
        dtype: of the slopes; None for float32.

    Raises:
        ValueError: `num_parameters` is not positive; in a call, it fits neither 1 nor the channels.

    Example:
        >>> from nt_autograd import tensor
        >>> PReLU()(tensor([-4.0, 2.0])).tolist()
        [-1.0, 2.0]

    Source: He et al., Delving Deep into Rectifiers (2015); PyTorch's `torch.nn.PReLU`.
    """

    weight: Parameter  # (num_parameters,)

    def __init__(
        self,
        num_parameters: int = 1,
        init: float = 0.25,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
    ) -> None:
        if num_parameters < 1:
            raise ValueError(f"num_parameters ({num_parameters}) must be positive")
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(full((num_parameters,), init, dtype or float32, device))

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (N, channels, …)."""
        y: Tensor = prelu(x, self.weight)
        return y

    def extra_repr(self) -> str:
        """How many slopes there are."""
        return f"num_parameters={self.num_parameters}"


class RReLU(Module):
    r"""A rectifier with a random slope on the left; in evaluation mode it is their mean.

    While training, $y = x$ above 0 and $a x$ from 0 down; each element draws its own
    $a \sim \mathcal U(l, u)$.

    Shapes: any -> the same.

    Args:
        lower: the smallest slope, $l$.
        upper: the largest slope, $u$.
        generator: where the slopes come from; None for the thread's own at each call.

    Raises:
        ValueError: `lower` is above `upper`.

    Example:
        >>> from nt_autograd import tensor
        >>> RReLU(0.25, 0.75).eval()(tensor([-4.0, 2.0]))
        tensor([-2.,  2.])

    Source: Xu et al., Empirical Evaluation of Rectified Activations (2015); PyTorch's
        `torch.nn.RReLU`.
    """

    def __init__(
        self,
        lower: float = 1.0 / 8,
        upper: float = 1.0 / 3,
        *,
        generator: Generator | None = None,
    ) -> None:
        if not lower <= upper:
            raise ValueError(f"lower ({lower}) must not be above upper ({upper})")
        self.lower = lower
        self.upper = upper
        self.generator = generator

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = rrelu(x, self.lower, self.upper, self.training, generator=self.generator)
        return y

    def extra_repr(self) -> str:
        """The range of the slopes."""
        return f"lower={self.lower}, upper={self.upper}"


class Swish(Module):
    r"""A number times its gate, $y = x\,\sigma(\beta x)$; $\beta$ can learn.

    Shapes: any -> the same.

    Args:
        beta: how sharp the gate is: 0 gives x/2, 1 is `SiLU`, infinity the rectifier.
        learnable: whether it is a parameter, `beta` ().
        device: where the parameter lies; None for the current device.
        dtype: of the parameter; None for float32.

    Example:
        >>> from nt_autograd import tensor
        >>> Swish(100.0)(tensor([-1.0, 1.0]))
        tensor([-0.,  1.])
        >>> [name for name, _ in Swish(learnable=True).named_parameters()]
        ['beta']

    Source: Ramachandran, Zoph, Le, Searching for Activation Functions (2017).
    """

    beta: float | Parameter  # ()

    def __init__(
        self,
        beta: float = 1.0,
        learnable: bool = False,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
    ) -> None:
        self.beta = Parameter(full((), beta, dtype or float32, device)) if learnable else beta

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = swish(x, self.beta)
        return y

    def extra_repr(self) -> str:
        """How sharp the gate is, unless that is learned."""
        return "learnable=True" if isinstance(self.beta, Parameter) else f"beta={self.beta}"
