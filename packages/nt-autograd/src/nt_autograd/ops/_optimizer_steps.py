"""fused_update: an optimizer's step on one parameter, in a single pass, outside of the tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nt_tensor import kernels, namespace

__all__ = ["fused_update"]


def fused_update(
    rule: Callable[..., Any], grad: Any, arrays: Sequence[Any], numbers: Sequence[float] = ()
) -> tuple[Any, ...]:
    r"""Update a parameter and what is remembered for it by a rule for one element.

    $$(p, s_1, s_2, \dots) \leftarrow \mathrm{rule}(g, p, s_1, s_2, \dots, c_1, c_2, \dots)$$

    The rule is array code, so it runs everywhere as it stands. Where it pays it does not make an
    array for each of its terms: NumPy works through blocks that stay in the cache, and with Numba
    the rule is compiled into one loop that reads and writes each array once.

    Args:
        rule: called as `rule(xp, grad, *arrays, *numbers)`, gives the new arrays: a tuple, or for a
            single array that alone. It uses arithmetic and `sqrt`, `abs`, `sign`, `minimum`,
            `maximum` and `where` of `xp`; no assignment in place, no names from outside, and no
            branches but by its numbers, for it is also called on single elements.
        grad: an array, read only.
        arrays: the parameter's array and its state, one to four of the shape of `grad`. Half
            precision is computed in float32; the state of a float16 parameter is best kept in that.
        numbers: the rule's coefficients. Compiled code is float32, so give $1 - \beta$ as a number
            of its own beside $\beta$, where the difference would lose digits.

    Returns:
        The arrays after the step: the same ones, written in place, where the library can; else new
        ones. Assign them back. Whoever puts them into a tensor tells graphs about it, as
        `nt_nn.optim.Optimizer.step` does.

    Raises:
        ValueError: there are no arrays or more than four, or one has another shape than `grad`.

    Example:
        >>> from nt_tensor import ones
        >>> def momentum(xp, g, p, b, lr, mu):
        ...     b = mu * b + g
        ...     return p - lr * b, b
        >>> p, b = fused_update(momentum, ones(2), [ones(2), ones(2)], [0.5, 0.5])
        >>> p.tolist(), b.tolist()
        ([0.25, 0.25], [1.5, 1.5])

    Source: PyTorch's fused optimizers, as `torch.optim.AdamW(fused=True)`.
    """
    if not 1 <= len(arrays) <= 4:
        raise ValueError(f"arrays must be one to four, got {len(arrays)}")
    shape = grad.shape
    for array in arrays:
        if array.shape != shape:
            raise ValueError(
                f"arrays must have the shape of grad, {tuple(shape)}, not {tuple(array.shape)}"
            )
    if not shape:  # single numbers may come as NumPy's scalars, which cannot be written
        grad, *arrays = (namespace(each).asarray(each) for each in (grad, *arrays))
    found: tuple[Any, ...] = kernels.fused_update(grad, rule, arrays, numbers)
    return found
