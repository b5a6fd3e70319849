"""functional_call: a module as a function of its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from nt_autograd import Tensor

from ._walk import tensors
from .module import Module
from .parameter import Buffer, Parameter


def functional_call(
    module: Module,
    parameters_and_buffers: Mapping[str, Tensor],
    args: Any = (),
    kwargs: Mapping[str, Any] | None = None,
) -> Any:
    r"""Call a module with other values in the place of its parameters and buffers: $f(\theta, x)$.

    What is not named keeps the module's own value. Gradients go to the given tensors, so the module
    is a function of them: for `jacobian`, `hvp` and `vmap`, or for weights that a network computes.
    A tensor that stands in several places (shared weights) is replaced in all of them by one entry
    under its first name. Buffers that the call changes are changed in the given tensors.

    Args:
        module: what to call; it is as it was afterwards, also after an error.
        parameters_and_buffers: dotted names, as `named_parameters` and `named_buffers` give, to
            tensors of the same shapes.
        args: the arguments, a tuple; or the only one.
        kwargs: arguments by name.

    Returns:
        What the module returns.

    Raises:
        ValueError: a name is not the module's, or a shape differs.
        TypeError: a value is no tensor.

    Example:
        >>> from nt_autograd import jacobian, ones, tensor
        >>> from nt_nn import Linear
        >>> layer = Linear(2, 1, bias=False)
        >>> functional_call(layer, {"weight": tensor([[3.0, 4.0]])}, ones(2))
        tensor([7.])
        >>> jacobian(lambda w: functional_call(layer, {"weight": w}, ones(2)), ones(1, 2)).shape
        (1, 1, 2)

    Source: PyTorch's `torch.func.functional_call`.
    """
    arguments = args if isinstance(args, tuple) else (args,)
    with _in_the_place_of(module, parameters_and_buffers):
        return module(*arguments, **(kwargs or {}))


@contextmanager
def _in_the_place_of(module: Module, given: Mapping[str, Tensor]) -> Iterator[None]:
    """The module's tensors hold the given values, and hand their gradients on to them."""
    own = dict(tensors(module, (Parameter, Buffer)))
    _check(type(module).__name__, own, given)
    before = {name: (own[name].data, own[name].node) for name in given}
    try:
        for name, value in given.items():
            own[name].data, own[name].node = value.data, value.node
        yield
    finally:
        for name, value in given.items():
            if isinstance(own[name], Buffer):
                value.data = own[name].data  # where writing makes a new array, as on MLX
            own[name].data, own[name].node = before[name]


def _check(owner: str, own: dict[str, Tensor], given: Mapping[str, Tensor]) -> None:
    if unknown := [name for name in given if name not in own]:
        raise ValueError(
            f"parameters_and_buffers names {', '.join(unknown)}, which {owner} does not have; "
            f"it has {', '.join(own) or 'none'}"
        )
    for name, value in given.items():
        if not isinstance(value, Tensor):
            raise TypeError(f"{name} must be a tensor, not {type(value).__name__}")
        if value.shape != own[name].shape:
            raise ValueError(f"{name} {value.shape} must have the shape {own[name].shape}")
