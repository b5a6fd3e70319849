"""grad and backward: what gradients are asked for, and where they are put.

`grad` is the functional engine; `backward` adds what it finds to `.grad`. Both begin the
walk of `walk.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nt_tensor import namespace

from .tape import Node
from .tensor import Tensor
from .walk import carry, sum_gradients

__all__ = ["backward", "grad", "leaf_gradients"]


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | None, ...]:
    r"""Gradients of outputs with respect to inputs: $\sum_k v_k^\top \partial y_k / \partial x_i$.

    Args:
        outputs: what to differentiate, one tensor or several.
        inputs: with respect to what; leaves or results of ops.
        grad_outputs: the cotangents $v_k$, each of its output's shape; may be left out for
            one-element outputs (1).
        retain_graph: keep what the rules saved, so that the walk can be made again (default: as
            `create_graph`).
        create_graph: record the walk itself, for derivatives of derivatives.
        allow_unused: give None for an input that no output depends on, instead of an error.

    Returns:
        One tensor an input, of its shape and dtype.

    Raises:
        RuntimeError: an output needs no gradient, the graph was freed, a saved value was
            overwritten in place, or an input is unused.
        ValueError: a cotangent is missing or misshapen.

    Example:
        >>> from nt_autograd import grad, tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> (g,) = grad((x ** 3).sum(), x, create_graph=True)
        >>> g
        tensor([ 3., 12.], grad_fn=<mul>)
        >>> grad(g.sum(), x)
        (tensor([ 6., 12.]),)

    Source: reverse mode, Griewank and Walther, Evaluating Derivatives (2008), chapter 3; PyTorch's
    `torch.autograd.grad`.
    """
    ys = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    xs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    wanted: set[Node] = set()
    for i, x in enumerate(xs):
        if x.node is None:
            raise RuntimeError(f"inputs[{i}] (shape {x.shape}) does not require gradients")
        wanted.add(x.node)
    roots = _roots(ys, grad_outputs, create_graph)
    retain = create_graph if retain_graph is None else retain_graph
    found = carry(roots, wanted, retain, create_graph)
    gradients: list[Tensor | None] = []
    for i, x in enumerate(xs):
        g = found.get(x.node) if x.node else None
        if g is None and not allow_unused:
            raise RuntimeError(
                f"inputs[{i}] (shape {x.shape}) was not used in making the outputs; "
                "allow_unused=True gives None for it"
            )
        gradients.append(g if g is None or isinstance(g, Tensor) else Tensor(g))
    return tuple(gradients)


def backward(
    output: Tensor,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Sequence[Tensor] | None = None,
) -> None:
    """The walk behind `Tensor.backward`: add what arrives at each leaf to the leaf's `.grad`."""
    roots = _roots([output], None if gradient is None else [gradient], create_graph)
    wanted: set[Node] | None = None
    if inputs is not None:
        wanted = set()
        for i, x in enumerate(inputs):
            if x.node is None:
                raise RuntimeError(f"inputs[{i}] (shape {x.shape}) does not require gradients")
            wanted.add(x.node)
    retain = create_graph if retain_graph is None else retain_graph
    found = carry(roots, wanted, retain, create_graph)
    for node, g in found.items():
        arrived = g if isinstance(g, Tensor) else Tensor(g)
        node.grad = (
            arrived if node.grad is None else sum_gradients(node.grad, arrived, create_graph)
        )


def leaf_gradients(
    output: Tensor, gradient: Tensor, ready: Callable[[Node, Any], None] | None = None
) -> dict[Node, Any]:
    """The arrays that `backward` would add to the leaves' `.grad`, by the leaves' nodes.

    Nothing is written, so several threads may walk from their own outputs to shared leaves.
    `ready` is told of each as soon as nothing more can come to it, while the walk goes on.
    """
    return carry(_roots([output], [gradient], False), None, False, False, ready)


def _roots(ys: list[Tensor], grad_outputs: Any, create: bool) -> list[tuple[Node, Any]]:
    """The nodes of the outputs with the gradients to begin from."""
    vs = [grad_outputs] if isinstance(grad_outputs, Tensor) else grad_outputs
    if vs is None:
        vs = [None] * len(ys)
    if len(vs) != len(ys):
        raise ValueError(f"grad_outputs has {len(vs)} entries for {len(ys)} outputs")
    roots = []
    for i, (y, v) in enumerate(zip(ys, vs, strict=True)):
        if y.node is None:
            raise RuntimeError(
                f"output {i} (shape {y.shape}) does not require gradients: "
                "nothing that it was made from does, or it was made under no_grad()"
            )
        if v is None:
            if y.numel() != 1:
                raise ValueError(
                    f"output {i} has shape {y.shape}: give its gradient; "
                    "only one-element outputs have a default (1)"
                )
            v = Tensor(namespace(y.data).ones_like(y.data))
        elif not isinstance(v, Tensor):
            v = Tensor(v)
        if v.shape != y.shape:
            raise ValueError(
                f"the gradient of output {i} has shape {v.shape}, the output {y.shape}"
            )
        if v.dtype != y.dtype:
            raise TypeError(f"the gradient of output {i} has dtype {v.dtype}, the output {y.dtype}")
        roots.append((y.node, v if create else v.data))
    return roots
