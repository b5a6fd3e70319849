"""gradcheck: do the backward rules agree with finite differences?"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

from nt_tensor import Generator, namespace, to_numpy

from .gradients import grad
from .tape import enable_grad
from .tensor import Tensor

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

# Where the first steps are not enough: finer where the function bends or its domain ends, coarser
# where the values are so large that rounding hides a small slope.
_FURTHER = (10.0, 0.1, 100.0, 1e-2, 1e-3, 1e-4, 1e-5)
_ROUNDING = 2.0**-52


class GradcheckError(RuntimeError):
    """A gradient that the rules give differs from the slope that finite differences measure."""


def gradcheck(
    fn: Callable[..., Any],
    *inputs: Any,
    eps: float = 1e-4,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    seed: int = 0,
) -> bool:
    r"""Compare the gradients of `fn` with central finite differences of fourth order, in float64.

    For a random cotangent $v$ and every element $x_i$ of every input that requires gradients,

    $$\frac{\partial \langle v, f\rangle}{\partial x_i} \approx \left\langle v,
    \frac{8\,(f(x_i + h) - f(x_i - h)) - (f(x_i + 2h) - f(x_i - 2h))}{12 h}\right\rangle.$$

    The step is $h = \mathrm{eps} \cdot \max(1, |x_i|)$. The difference to the second-order formula
    tells how far the measurement itself can be trusted; where that is too little (a kink or the
    edge of the domain is near, or the values are huge) other steps are tried. What is asked is a
    relative error of `rtol`.

    Args:
        fn: takes the inputs, returns a tensor or several. Outputs without a gradient (integers,
            booleans) are not looked at.
        *inputs: tensors, those that require gradients in float64 on the CPU; and anything else
            that `fn` takes.
        eps: the first step.
        rtol: the relative error that is allowed, of the larger of both values.
        atol: the absolute error that is allowed besides, on top of what rounding cannot avoid.
        seed: of the random cotangents.

    Returns:
        True.

    Raises:
        GradcheckError: a gradient is wrong, or has the wrong shape or dtype; or `fn` is not
            deterministic, or overwrites an input. The message names the input, the index and both
            values.
        TypeError: an input that requires gradients is not float64 on the CPU, where differences
            mean something.
        ValueError: no input requires gradients.

    Example:
        >>> from nt_autograd import tensor
        >>> x = tensor([1.0, -2.0], dtype="float64", requires_grad=True)
        >>> gradcheck(lambda x: x * x * x, x)
        True
        >>> gradcheck(lambda x: x * x.detach(), x)
        Traceback (most recent call last):
        ...
        nt_autograd.gradcheck.GradcheckError: inputs[0] at (0,): the rules give ...

    Source: B. Fornberg, Generation of finite difference formulas (1988); PyTorch's
    `torch.autograd.gradcheck`.
    """
    checked = _inputs_to_check(inputs)
    with enable_grad():
        before = {k: to_numpy(inputs[k].data).copy() for k in checked}
        ys = _outputs(fn(*inputs))
        vs = _cotangents(ys, Generator(seed))
        gradients = _gradients(ys, [inputs[k] for k in checked], vs)
        for k, old in before.items():
            if not bool((old == to_numpy(inputs[k].data)).all()):
                raise GradcheckError(f"inputs[{k}] was overwritten by fn or by its backward rules")
        for y, again in zip(ys, _outputs(fn(*inputs)), strict=True):
            if not _same(y.data, again.data):
                raise GradcheckError("fn is not deterministic: two calls gave different values")
        for k, g in zip(checked, gradients, strict=True):
            x = inputs[k]
            if g is None:
                g = Tensor(namespace(x.data).zeros_like(x.data))
            if g.shape != x.shape or g.dtype != x.dtype:
                raise GradcheckError(
                    f"inputs[{k}] is {x.dtype} {x.shape}, its gradient {g.dtype} {g.shape}"
                )
            for at in _indices(x.shape):
                analytic = float(g.data[at])
                along = _along(fn, inputs, k, at)
                numeric, noise = _slope(along, float(x.data[at]), vs, eps, rtol, atol)
                allowed = rtol * max(abs(analytic), abs(numeric)) + atol + noise
                if not abs(analytic - numeric) <= allowed:
                    raise GradcheckError(
                        f"inputs[{k}] at {at}: the rules give {analytic!r}, finite differences "
                        f"{numeric!r}; they differ by {abs(analytic - numeric):.3g}, "
                        f"allowed is {allowed:.3g}"
                    )
    return True


def gradgradcheck(
    fn: Callable[..., Any],
    *inputs: Any,
    eps: float = 1e-4,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    seed: int = 0,
) -> bool:
    r"""Compare the second derivatives of `fn` with finite differences of its first ones.

    What `gradcheck` checks here is $(x, v) \mapsto v^\top \partial f / \partial x$, in $x$ and $v$.

    Args:
        fn: as for `gradcheck`.
        *inputs: as for `gradcheck`.
        eps: the first step.
        rtol: the relative error that is allowed.
        atol: the absolute error that is allowed besides.
        seed: of the random cotangents.

    Raises:
        GradcheckError: as for `gradcheck`.

    Example:
        >>> from nt_autograd import tensor
        >>> gradgradcheck(lambda x: x * x * x, tensor([2.0], dtype="float64", requires_grad=True))
        True

    Source: PyTorch's `torch.autograd.gradgradcheck`.
    """
    checked, count = _inputs_to_check(inputs), len(inputs)
    with enable_grad():
        vs = _cotangents(_outputs(fn(*inputs)), Generator(seed + 1))

    def first(*args: Any) -> Any:
        ys = _outputs(fn(*args[:count]))
        found = _gradients(ys, [args[k] for k in checked], list(args[count:]), create_graph=True)
        return tuple([g for g in found if g is not None])

    vs = [v.requires_grad_() for v in vs]
    return gradcheck(first, *inputs, *vs, eps=eps, rtol=rtol, atol=atol, seed=seed)


def _inputs_to_check(inputs: tuple[Any, ...]) -> list[int]:
    found = [k for k, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
    if not found:
        raise ValueError("gradcheck: no input requires gradients; say requires_grad=True")
    for k in found:
        x = inputs[k]
        if x.dtype.name != "float64" or x.device.type != "cpu":
            raise TypeError(
                f"gradcheck: inputs[{k}] is {x.dtype} on {x.device}; finite differences are only "
                "exact enough in float64 on the CPU"
            )
    return found


def _outputs(made: Any) -> list[Tensor]:
    """The outputs that can have a gradient."""
    ys = [y for y in (made if isinstance(made, tuple | list) else (made,)) if y is not None]
    for i, y in enumerate(ys):
        if not isinstance(y, Tensor):
            raise TypeError(f"gradcheck: output {i} of fn is a {type(y).__name__}, not a Tensor")
        if y.dtype.kind == "float" and y.dtype.name != "float64":
            raise GradcheckError(f"output {i} of fn is {y.dtype}, though its inputs are float64")
    return [y for y in ys if y.dtype.kind == "float"]


def _cotangents(ys: list[Tensor], random: Generator) -> list[Tensor]:
    """A random cotangent an output, read-only: a rule that writes into its gradient is wrong."""
    vs = [Tensor(random.normal(y.shape, dtype="float64", device="cpu")) for y in ys]
    for v in vs:
        v.data.flags.writeable = False
    return vs


def _gradients(
    ys: list[Tensor], xs: list[Tensor], vs: list[Tensor], create_graph: bool = False
) -> tuple[Tensor | None, ...]:
    """The gradients that the rules give; None where no output depends on an input."""
    pairs = [(y, v) for y, v in zip(ys, vs, strict=True) if y.requires_grad]
    if not pairs:
        return (None,) * len(xs)
    roots, seeds = zip(*pairs, strict=True)
    return grad(roots, xs, seeds, create_graph=create_graph, allow_unused=True)


def _indices(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every index of an array of this shape."""
    if not shape:
        yield ()
        return
    for rest in _indices(shape[:-1]):
        for i in range(shape[-1]):
            yield (*rest, i)


def _along(
    fn: Callable[..., Any], inputs: tuple[Any, ...], k: int, at: tuple[int, ...]
) -> Callable[[float], list[Any]]:
    """The outputs as a function of one element of one input."""
    x = inputs[k]

    def value(element: float) -> list[Any]:
        moved = namespace(x.data).asarray(x.data, copy=True)
        moved[at] = element
        args = (*inputs[:k], Tensor(moved).requires_grad_(), *inputs[k + 1 :])
        return [y.data for y in _outputs(fn(*args))]

    return value


def _slope(
    value: Callable[[float], list[Any]],
    x: float,
    vs: list[Tensor],
    eps: float,
    rtol: float,
    atol: float,
) -> tuple[float, float]:
    """The slope of <v, value> at `x`, and how far rounding alone can have moved it."""
    best = (float("nan"), 0.0)
    smallest = float("inf")
    near_one, near_x = eps * max(1.0, abs(x)), eps * abs(x)
    for step in (near_one, near_x, *(near_one * factor for factor in _FURTHER)):
        h = (x + step) - x  # a step that float64 can make
        if not h:
            continue
        with warnings.catch_warnings():  # a step may leave the domain: its doubt is then NaN
            warnings.simplefilter("ignore", RuntimeWarning)
            near, far = _difference(value, x, h, vs), _difference(value, x, 2 * h, vs)
        second, fourth = near[0] / (2 * h), (8 * near[0] - far[0]) / (12 * h)
        noise = _ROUNDING * (near[1] + far[1]) / h
        doubt = (abs(second - fourth) + noise) / (rtol * abs(fourth) + atol)
        if doubt < smallest:
            best, smallest = (fourth, noise), doubt
        if doubt <= 0.5:
            break
    return best


def _difference(
    value: Callable[[float], list[Any]], x: float, h: float, vs: list[Tensor]
) -> tuple[float, float]:
    """The sum of v (f(x+h) - f(x-h)), and of |v f| over the elements that moved."""
    total = size = 0.0
    for up, down, v in zip(value(x + h), value(x - h), vs, strict=True):
        xp = namespace(up)
        moved = up - down
        total += float(xp.sum(v.data * moved))
        size += float(xp.sum(xp.where(moved != 0, abs(v.data) * (abs(up) + abs(down)), 0.0)))
    return total, size


def _same(a: Any, b: Any) -> bool:
    """Whether two arrays hold the same values, NaN included."""
    return a.shape == b.shape and bool(((a == b) | ((a != a) & (b != b))).all())
