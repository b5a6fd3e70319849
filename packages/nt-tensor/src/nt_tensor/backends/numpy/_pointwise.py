"""Functions of one element on NumPy: in blocks, so that what lies between stays in the cache.

Written as array code, an activation makes several temporaries of the size of its input, each a walk
through memory. By blocks they are small and warm, and the result is the only large array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nt_tensor.kernel import Kernel
from nt_tensor.kernels._pointwise import pointwise
from nt_tensor.kernels._relu import (
    hardswish,
    hardswish_backward,
    hardtanh_backward,
    leaky_relu,
    leaky_relu_backward,
    relu,
    relu_backward,
)
from nt_tensor.kernels._sigmoid import sigmoid, sigmoid_backward, swish, swish_backward
from nt_tensor.kernels._softplus import (
    elu,
    elu_backward,
    mish,
    mish_backward,
    softplus,
    softplus_backward,
)
from nt_tensor.kernels._swiglu import swiglu, swiglu_backward
from nt_tensor.kernels._wide import widened
from nt_tensor.memory import BLOCK


def vectors(arrays: list[np.ndarray]) -> tuple[list[np.ndarray], Callable[[np.ndarray], Any]]:
    """Arrays of one shape as vectors, in the order in which the first one lies in memory.

    Gives the vectors (views where they can be) and a function that shapes a vector back. So what is
    laid out channels-last comes back channels-last.
    """
    first = arrays[0]
    if first.flags.c_contiguous:
        shape = first.shape
        return [np.ascontiguousarray(a).reshape(-1) for a in arrays], lambda v: v.reshape(shape)
    order = sorted(range(first.ndim), key=first.strides.__getitem__, reverse=True)
    turned = [a.transpose(order) for a in arrays]
    inner, way_back = turned[0].shape, np.argsort(order)
    return (
        [np.ascontiguousarray(a).reshape(-1) for a in turned],
        lambda v: v.reshape(inner).transpose(way_back),
    )


def by_blocks(formula: Callable[..., Any], x: np.ndarray, *rest: Any) -> Any:
    """The value formula(x, *rest), block by block; arrays in `rest` have the shape of `x`."""
    with np.errstate(over="ignore"):
        if x.size <= BLOCK:
            return formula(x, *rest)
        given = (x, *rest)
        places = [i for i, a in enumerate(given) if isinstance(a, np.ndarray)]
        flat, back = vectors([given[i] for i in places])
        made: tuple[np.ndarray, ...] = ()
        several = False
        for start in range(0, x.size, BLOCK):
            block = slice(start, start + BLOCK)
            parts = list(given)
            for i, vector in zip(places, flat, strict=True):
                parts[i] = vector[block]
            found = formula(*parts)
            several = isinstance(found, tuple)
            found = found if several else (found,)
            made = made or tuple([np.empty(x.size, each.dtype) for each in found])
            for whole, part in zip(made, found, strict=True):
                whole[block] = part
    shaped = tuple([back(whole) for whole in made])
    return shaped if several else shaped[0]


def _blockwise(kernel: Kernel) -> None:
    """Register the reference body, cut into blocks."""
    kernel.on("numpy")(lambda *arguments: by_blocks(kernel.reference, *arguments))


_ALL = [pointwise, sigmoid_backward, swish, swish_backward, swiglu, swiglu_backward]
_ALL += [relu_backward, leaky_relu, leaky_relu_backward, hardtanh_backward]
_ALL += [hardswish, hardswish_backward, softplus, softplus_backward]
_ALL += [mish, mish_backward, elu, elu_backward]
for _each in _ALL:
    _blockwise(_each)


@sigmoid.on("numpy")
def _sigmoid(x: np.ndarray) -> Any:
    return by_blocks(_share, x)


@widened()
def _share(x: np.ndarray) -> Any:
    y = np.negative(x, out=np.empty_like(x))
    np.exp(y, out=y)  # an infinity is right here: its inverse is 0
    y += 1.0
    return np.divide(1.0, y, out=y)


@relu.on("numpy")
def _relu(x: np.ndarray) -> Any:
    if x.dtype.kind != "f":
        return np.maximum(x, 0)
    return by_blocks(lambda block: np.clip(block, 0.0, np.inf), x)
