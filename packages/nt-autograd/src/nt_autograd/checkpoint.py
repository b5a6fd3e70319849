"""checkpoint: forget a part's intermediate values, and compute them again for the walk back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nt_tensor import Generator, current_device, default_generator, use_device, use_generator

from .op import Op
from .recording import output
from .tape import Node, no_grad, state
from .tensor import Tensor
from .transforms import under

__all__ = ["checkpoint"]


def checkpoint(fn: Callable[..., Any], *inputs: Any) -> Any:
    r"""Call `fn(*inputs)` and keep nothing for its way back: there, it is run again.

    With $n$ equal layers in $\sqrt n$ checkpointed groups, memory falls from the values of $n$
    layers to those of about $2 \sqrt n$, for one more forward pass.

    The second run draws the same random numbers from the default generator, so dropout masks agree,
    and it happens on the same current device and under the same autocast. Gradients reach the
    inputs and also every tensor that `fn` uses from outside, such as a layer's parameters.

    Args:
        fn: returns a tensor or a tuple of tensors; called twice on the same values it must do the
            same.
        *inputs: tensors, and anything else that `fn` takes.

    Returns:
        What `fn` returns. Whether anything in it requires gradients is only known when it is run
        again, so what is recorded always says that it does.

    Raises:
        TypeError: `fn` returns something else.
        RuntimeError: in the backward pass, if the second run gives other shapes.

    Example:
        >>> from nt_autograd import tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> y = checkpoint(lambda x: x * x * x, x)
        >>> y.sum().backward()
        >>> x.grad
        tensor([ 3., 12.])

    Source: T. Chen et al., Training deep nets with sublinear memory cost (2016), section 4;
    PyTorch's `torch.utils.checkpoint.checkpoint`.
    """
    if not state.recording:
        return fn(*inputs)
    random = default_generator().state_dict()
    with no_grad():
        made = fn(*[x.detach() if isinstance(x, Tensor) else x for x in inputs])
    ys = made if isinstance(made, tuple) else (made,)
    for y in ys:
        if not isinstance(y, Tensor):
            raise TypeError(
                f"checkpoint: fn returned a {type(y).__name__}, not a tensor or a tuple of tensors"
            )
    again = {
        "fn": fn,
        "others": [None if isinstance(x, Tensor) else x for x in inputs],
        "random": random,
        "device": current_device(),
        "transforms": state.transforms,
        "shapes": [y.shape for y in ys],
    }
    arrays = tuple([x.data if isinstance(x, Tensor) else None for x in inputs])
    parents = tuple([x.node if isinstance(x, Tensor) else None for x in inputs])
    if not isinstance(made, tuple):
        return Tensor(made.data, Node(_ONE, parents, made.shape, (), (arrays, again)))
    node = Node(_SEVERAL, parents, tuple([y.shape for y in ys]), (), (arrays, again))
    return tuple([output(y.data, node, i) for i, y in enumerate(ys)])


def _checkpoint(
    *tensors: Any,
    fn: Callable[..., Any],
    others: list[Any],
    random: dict[str, Any],
    device: Any,
    transforms: tuple[Any, ...],
    shapes: list[tuple[int, ...]],
) -> Any:
    """The recorded run, under the conditions of the first one."""
    generator = Generator(random["seed"])
    generator.load_state_dict(random)
    inputs = [x if t is None else t for t, x in zip(tensors, others, strict=True)]
    with use_generator(generator), use_device(device), under(transforms):
        made = fn(*inputs)
    found = [y.shape for y in (made if isinstance(made, tuple) else (made,))]
    if found != shapes:
        raise RuntimeError(
            f"checkpoint: fn made shapes {shapes} at first and {found} when it was run again; "
            "it must do the same both times"
        )
    return made


# Ops without a rule: the walk back rebuilds them from their inputs, recorded.
_ONE, _SEVERAL = Op(_checkpoint, (), False, False), Op(_checkpoint, (), True, False)
_ONE.composed = _SEVERAL.composed = _checkpoint
