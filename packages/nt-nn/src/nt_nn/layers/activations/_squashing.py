"""What maps all numbers into a bounded range."""

from __future__ import annotations

from nt_autograd import Tensor, arctan, binary_step, gaussian, sigmoid, softsign, tanh

from ...module import Module


class Sigmoid(Module):
    r"""The logistic function, $y = 1/(1 + e^{-x})$: from 0 to 1.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> Sigmoid()(tensor([-1000.0, 0.0, 1000.0]))
        tensor([0. , 0.5, 1. ])

    Source: Rumelhart, Hinton, Williams, Learning representations by back-propagating errors
        (1986); PyTorch's `torch.nn.Sigmoid`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = sigmoid(x)
        return y


class Tanh(Module):
    r"""The hyperbolic tangent, $y = \tanh x$: from -1 to 1.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> Tanh()(tensor([-100.0, 0.0, 100.0]))
        tensor([-1.,  0.,  1.])

    Source: LeCun et al., Efficient BackProp (1998), section 4.4; PyTorch's `torch.nn.Tanh`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = tanh(x)
        return y


class Arctan(Module):
    r"""The arc tangent, from $-\pi/2$ to $\pi/2$, with slow tails.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> Arctan()(tensor([0.0, float("inf")]))
        tensor([0.    , 1.5707...])

    Source: PyTorch's `torch.arctan`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = arctan(x)
        return y


class Softsign(Module):
    r"""A tanh with slow tails, $y = x/(1 + |x|)$: from -1 to 1.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> Softsign()(tensor([-1.0, 0.0, 3.0]))
        tensor([-0.5 ,  0.  ,  0.75])

    Source: Turian, Bergstra, Bengio, Quadratic Features and Deep Architectures for Chunking
        (2009); PyTorch's `torch.nn.Softsign`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = softsign(x)
        return y


class Gaussian(Module):
    r"""A bell, $y = e^{-x^2}$: it answers to numbers near 0 only.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> Gaussian()(tensor([0.0, 1e30]))
        tensor([1., 0.])

    Source: Broomhead and Lowe, Multivariable functional interpolation and adaptive networks
        (1988).
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = gaussian(x)
        return y


class BinaryStep(Module):
    r"""1 from 0 on, 0 below. Its gradient is 0: nothing below it learns.

    Shapes: any -> the same.

    Example:
        >>> from nt_autograd import tensor
        >>> BinaryStep()(tensor([-0.5, 0.0, 2.0]))
        tensor([0., 1., 1.])

    Source: McCulloch and Pitts, A logical calculus of the ideas immanent in nervous activity
        (1943); PyTorch's `torch.heaviside`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = binary_step(x)
        return y
