"""count_parameters: how many numbers a model learns."""

from __future__ import annotations

from .module import Module


def count_parameters(module: Module, trainable_only: bool = False) -> int:
    """The number of elements of all parameters; a shared one counts once.

    Args:
        module: any module.
        trainable_only: leave out what is frozen (`requires_grad` is False).

    Example:
        >>> from nt_nn import Linear, Sequential
        >>> net = Sequential(Linear(10, 5), Linear(5, 1))
        >>> count_parameters(net)
        61
        >>> _ = net[0].requires_grad_(False)
        >>> count_parameters(net, trainable_only=True)
        6
    """
    return sum(
        parameter.numel()
        for parameter in module.parameters()
        if parameter.requires_grad or not trainable_only
    )
