"""Derivatives of functions: vector products, Jacobian and Hessian."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nt_tensor import namespace

from .calls import Tensors, call, cotangents, deliver, gradients
from .ops import reshape, stack
from .tape import enable_grad
from .tensor import Tensor

__all__ = ["hessian", "hvp", "jacobian", "vjp"]


def vjp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    r"""The value of a function and the product of a vector with its Jacobian, $v^\top J$.

    Args:
        func: takes the inputs, returns a tensor or several.
        inputs: a tensor or several, the point $x$.
        v: a weight for every output element, of the outputs' shapes; may be left out for a single
            one-element output.
        create_graph: record it all, for derivatives of the result.
        strict: raise where the outputs do not depend on an input, instead of giving zeros.

    Returns:
        The outputs and the products, one for each input and of its shape.

    Raises:
        ValueError: `v` is missing or has the wrong shape.
        RuntimeError: the outputs do not depend on an input and `strict` is set.

    Example:
        >>> from nt_autograd import tensor
        >>> vjp(lambda x: x * x, tensor([1.0, 2.0]), tensor([1.0, 10.0]))
        (tensor([1., 4.]), tensor([ 2., 40.]))

    Source: PyTorch's `torch.autograd.functional.vjp`.
    """
    with enable_grad():
        xs, ys, single = call("vjp", func, inputs, create_graph)
        vs = cotangents("vjp", "output", v, ys)
        products = gradients("vjp", ys, xs, vs, create_graph, strict)
    one_input = isinstance(inputs, Tensor)
    return deliver(ys, single, create_graph), deliver(products, one_input, create_graph)


def jacobian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
) -> Any:
    r"""Every derivative of every output element, $J_{ij} = \partial y_i / \partial x_j$.

    One walk back for each output element: for functions of many inputs and few outputs.

    Args:
        func: takes the inputs, returns a tensor or several.
        inputs: a tensor or several.
        create_graph: record it, for derivatives of the result.
        strict: raise where the outputs do not depend on an input, instead of giving zeros.

    Returns:
        A tensor of the output's shape followed by the input's; for several inputs a tuple of them,
        for several outputs a tuple of these.

    Raises:
        RuntimeError: the outputs do not depend on an input and `strict` is set.

    Example:
        >>> from nt_autograd import tensor
        >>> jacobian(lambda x: x * x, tensor([1.0, 2.0]))
        tensor([[2., 0.], [0., 4.]])

    Source: PyTorch's `torch.autograd.functional.jacobian`.
    """
    with enable_grad():
        xs, ys, single = call("jacobian", func, inputs, create_graph)
        found = [_rows(y, xs, create_graph, strict) for y in ys]
    one_input = isinstance(inputs, Tensor)
    parts = tuple(deliver(row, one_input, create_graph) for row in found)
    return parts[0] if single else parts


def hessian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
) -> Any:
    r"""Every second derivative of a scalar function.

    $H_{ij} = \partial^2 y / \partial x_i \partial x_j$.

    Args:
        func: takes the inputs, returns a tensor of one element.
        inputs: a tensor or several.
        create_graph: record it, for third derivatives.
        strict: raise where a first derivative does not depend on an input, instead of giving zeros.

    Returns:
        A tensor of the input's shape twice; for several inputs a tuple of tuples of them.

    Raises:
        ValueError: the function gives more than one element.

    Example:
        >>> from nt_autograd import tensor
        >>> hessian(lambda x: (x * x * x).sum(), tensor([1.0, 2.0]))
        tensor([[ 6.,  0.], [ 0., 12.]])

    Source: PyTorch's `torch.autograd.functional.hessian`.
    """
    one = isinstance(inputs, Tensor)

    def first(*xs: Tensor) -> Any:
        y = _scalar("hessian", func(*xs))
        ones = cotangents("hessian", "output", None, [y])
        return deliver(gradients("hessian", [y], list(xs), ones, True, strict), one, True)

    return jacobian(first, inputs, create_graph, strict)


def hvp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    r"""The value of a scalar function and the product of its Hessian with a vector, $H v$.

    $H v = \nabla \langle \nabla f, v \rangle$, because $H$ is symmetric: two walks back, and the
    matrix is never made.

    Args:
        func: takes the inputs, returns a tensor of one element.
        inputs: a tensor or several, the point $x$.
        v: the direction, of the inputs' shapes; may be left out for a single one-element input.
        create_graph: record it all, for derivatives of the result.
        strict: raise where a first derivative does not depend on an input, instead of giving zeros.

    Returns:
        The output and the products, one for each input and of its shape.

    Raises:
        ValueError: the function gives more than one element; or `v` is missing or misshapen.

    Example:
        >>> from nt_autograd import tensor
        >>> hvp(lambda x: (x * x * x).sum(), tensor([1.0, 2.0]), tensor([1.0, 10.0]))
        (tensor(9.0), tensor([  6., 120.]))

    Source: B. Pearlmutter, Fast exact multiplication by the Hessian (1994); PyTorch's
    `torch.autograd.functional.hvp`.
    """
    with enable_grad():
        xs, ys, _ = call("hvp", func, inputs, create_graph)
        y = _scalar("hvp", ys[0] if len(ys) == 1 else ys)
        vs = cotangents("hvp", "input", v, xs)
        ones = cotangents("hvp", "output", None, [y])
        first = gradients("hvp", [y], xs, ones, True, strict)
        products = gradients("hvp", first, xs, vs, create_graph)
    one_input = isinstance(inputs, Tensor)
    return deliver([y], True, create_graph), deliver(products, one_input, create_graph)


def _scalar(who: str, made: Any) -> Tensor:
    if not isinstance(made, Tensor) or made.numel() != 1:
        came = f"shape {made.shape}" if isinstance(made, Tensor) else f"a {type(made).__name__}"
        raise ValueError(f"{who}: func must give one tensor of one element; it gave {came}")
    return made


def _rows(y: Tensor, xs: list[Tensor], create_graph: bool, strict: bool) -> list[Tensor]:
    """The Jacobians of one output: one walk for each of its elements, stacked."""
    xp = namespace(y.data)
    rows = []
    for i in range(y.numel()):
        unit = xp.astype(xp.arange(y.numel()) == i, y.data.dtype)
        v = Tensor(xp.reshape(unit, y.shape))
        rows.append(gradients("jacobian", [y], xs, [v], create_graph, strict, retain_graph=True))
    if not rows:
        return [Tensor(xp.zeros((*y.shape, *x.shape), dtype=x.data.dtype)) for x in xs]
    return [
        reshape(stack([row[k] for row in rows]), (*y.shape, *x.shape)) for k, x in enumerate(xs)
    ]
