r"""Forward mode out of reverse mode: the product of a Jacobian with a vector.

Reverse mode gives $u \mapsto J^\top u$. That map is linear in $u$, so its own Jacobian, at any $u$,
is $J^\top$; and reverse mode applied to it gives $v \mapsto (J^\top)^\top v = J v$. Two walks back
make one walk forward, without a forward rule for a single op. It costs about three times the
function, and keeps the graph of the first walk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nt_tensor import namespace

from .calls import Tensors, call, cotangents, deliver, gradients
from .tape import enable_grad
from .tensor import Tensor

__all__ = ["jvp"]


def jvp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    r"""The value of a function and the product of its Jacobian with a vector, $J v$.

    Args:
        func: takes the inputs, returns a tensor or several.
        inputs: a tensor or several, the point $x$.
        v: the direction, of the inputs' shapes; may be left out for a single one-element input.
        create_graph: record it all, for derivatives of the result.
        strict: raise where an output does not depend on the inputs, instead of giving zeros.

    Returns:
        The outputs and the products, one for each output and of its shape.

    Raises:
        ValueError: `v` is missing or has the wrong shape.
        RuntimeError: an output does not depend on the inputs and `strict` is set.

    Example:
        >>> from nt_autograd import tensor
        >>> jvp(lambda x: x * x, tensor([1.0, 2.0]), tensor([1.0, 10.0]))
        (tensor([1., 4.]), tensor([ 2., 40.]))

    Source: J. Townsend, A new trick for calculating Jacobian vector products (2017); PyTorch's
    `torch.autograd.functional.jvp`.
    """
    with enable_grad():
        xs, ys, single = call("jvp", func, inputs, create_graph)
        vs = cotangents("jvp", "input", v, xs)
        if strict and not all(y.requires_grad for y in ys):
            i = [y.requires_grad for y in ys].index(False)
            raise RuntimeError(f"jvp: output {i} of func does not depend on the inputs")
        # Where J^T u is linear, its u does not matter; only its graph does.
        us = [Tensor(namespace(y.data).zeros_like(y.data)).requires_grad_() for y in ys]
        back = gradients("jvp", ys, xs, us, create_graph=True, strict=strict)
        products = gradients("jvp", back, us, vs, create_graph=create_graph)
    return deliver(ys, single, create_graph), deliver(products, single, create_graph)
