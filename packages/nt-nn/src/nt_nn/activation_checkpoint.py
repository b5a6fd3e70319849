"""ActivationCheckpoint: a module whose inner values are computed twice instead of kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nt_autograd import checkpoint

from .module import Module


class ActivationCheckpoint(Module):
    """Wraps a module so that nothing inside is kept for the way back; there, it is run again.

    Memory falls to the module's inputs and outputs, for one more forward pass. Names do not change:
    parameters, buffers and modules below are listed as if there were no wrapper, so states load
    either way. Dropout draws the same masks both times. What a module counts while training, as
    batch normalisation's running statistics, it counts twice.

    Args:
        module: what to wrap; it returns a tensor or a tuple of tensors.

    Raises:
        TypeError: `module` is no module; in a call, it returns something else.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_nn import GELU, Linear, Sequential
        >>> block = Sequential(Linear(4, 16), GELU(), Linear(16, 4))
        >>> frugal = ActivationCheckpoint(block)
        >>> frugal(ones(2, 4)).sum().backward()
        >>> block[0].weight.grad.shape
        (16, 4)
        >>> list(frugal.state_dict()) == list(block.state_dict())
        True

    Source: T. Chen et al., Training deep nets with sublinear memory cost (2016); PyTorch's
        `torch.distributed.algorithms._checkpoint.checkpoint_wrapper`.
    """

    def __init__(self, module: Module) -> None:
        if not isinstance(module, Module):
            raise TypeError(f"module must be a Module, not {type(module).__name__}")
        self.module = module

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the wrapped module."""
        return checkpoint(lambda *inputs: self.module(*inputs, **kwargs), *args)

    @property
    def training(self) -> bool:
        """Whether the wrapped module trains."""
        return self.module.training

    @training.setter
    def training(self, mode: bool) -> None:
        self.module.training = mode

    def _contents(self) -> Iterable[tuple[str, Any]]:
        return self.module._contents()

    def extra_repr(self) -> str:
        """What is wrapped."""
        return type(self.module).__name__
