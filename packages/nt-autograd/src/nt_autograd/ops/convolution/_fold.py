"""unfold and fold: the patches of an image as columns, and columns added up to an image."""

from __future__ import annotations

from math import prod
from typing import Any, TypeAlias

from nt_tensor import kernels, namespace

from ...cost import moved
from ...primitive import primitive
from .._reshape import reshape, unsqueeze
from ._geometry import Numbers, numbers

__all__ = ["fold", "unfold"]

Window: TypeAlias = tuple[tuple[int, ...], ...]  # size, places, stride, padding, dilation


def unfold(
    input: Any,
    kernel_size: Numbers,
    dilation: Numbers = 1,
    padding: Numbers = 0,
    stride: Numbers = 1,
) -> Any:
    r"""The patches of an image as columns.

    $$y_{n,\, c k l + i l + j,\, p} = x_{n,\, c,\, r_p s + i d,\, q_p s + j d}$$

    Here $(r_p, q_p)$ is place $p$ of the window of $k$ rows and $l$ columns, counted line by line:
    a convolution is a product of its weights with these columns.

    Args:
        input: (N, C, H, W), or (C, H, W) for a single image.
        kernel_size: the patch, one number or (rows, columns).
        dilation: the step $d$ between a patch's elements.
        padding: zeros around the image.
        stride: the step $s$ between patches.

    Returns:
        (N, C kh kw, OH OW), or without N; $OH = \lfloor (H + 2 p - d (k - 1) - 1) / s \rfloor + 1$.

    Raises:
        ValueError: an argument is out of its range, or no patch fits into the image.

    Example:
        >>> from nt_autograd import arange
        >>> unfold(arange(6.0).reshape(1, 2, 3), 2)
        tensor([[0., 1.], [1., 2.], [3., 4.], [4., 5.]])

    Source: Chellapilla, Puri and Simard, High performance convolutional neural networks for
        document processing (2006); PyTorch's `torch.nn.functional.unfold`.
    """
    shape = tuple(input.shape)
    if len(shape) == 3:
        y = unfold(unsqueeze(input, 0), kernel_size, dilation, padding, stride)
        return reshape(y, tuple(y.shape[1:]))
    if len(shape) != 4 or 0 in shape[2:]:
        raise ValueError(
            f"unfold: input {shape} must be (N, C, H, W) or (C, H, W), with none of C, H, W zero"
        )
    window = _window("unfold", shape[2:], kernel_size, dilation, padding, stride)
    return _unfold(input, window)


def fold(
    input: Any,
    output_size: Numbers,
    kernel_size: Numbers,
    dilation: Numbers = 1,
    padding: Numbers = 0,
    stride: Numbers = 1,
) -> Any:
    r"""Columns of patches added up to an image: the transpose of `unfold`, not its inverse.

    Where patches overlap their elements are added: `fold(unfold(x))` is `x` times the number of
    patches that each element belongs to.

    Args:
        input: (N, C kh kw, L), or (C kh kw, L), a column for each of the $L$ places.
        output_size: of the image, one number or (H, W).
        kernel_size: the patch, one number or (rows, columns).
        dilation: the step between a patch's elements.
        padding: what was put around the image.
        stride: the step between patches.

    Returns:
        (N, C, H, W), or without N.

    Raises:
        ValueError: an argument is out of its range, or `input` has not as many rows or columns as
            patches of that size have in such an image.

    Example:
        >>> from nt_autograd import ones
        >>> fold(ones(2, 3), (1, 4), (1, 2))
        tensor([[[1., 2., 2., 1.]]])

    Source: PyTorch's `torch.nn.functional.fold`.
    """
    shape = tuple(input.shape)
    if len(shape) == 2:
        y = fold(unsqueeze(input, 0), output_size, kernel_size, dilation, padding, stride)
        return reshape(y, tuple(y.shape[1:]))
    lengths = numbers("fold", "output_size", output_size, 2, 1)
    window = _window("fold", lengths, kernel_size, dilation, padding, stride)
    size, places = prod(window[0]), prod(window[1])
    if len(shape) != 3 or shape[1] % size or shape[2] != places:
        raise ValueError(
            f"fold: input {shape} must be (N, C * {size}, {places}): patches of {window[0]} have "
            f"{window[1]} places in an image of {lengths}"
        )
    return _fold(input, lengths, window)


@primitive
def _unfold(x: Any, /, window: Window) -> Any:
    xp = namespace(x)
    n, c, h, w = x.shape
    columns = kernels.unfold(xp.reshape(x, (n * c, h, w)), *window)
    return xp.reshape(columns, (n, c * prod(window[0]), prod(window[1])))


@_unfold.backward
def _(g: Any, x_shape: tuple[int, ...], window: Window) -> Any:
    return _fold(g, x_shape[2:], window)


_unfold.cost(moved)


@primitive
def _fold(x: Any, /, lengths: tuple[int, ...], window: Window) -> Any:
    xp = namespace(x)
    n, rows, places = x.shape
    size = prod(window[0])
    columns = xp.reshape(x, (n * (rows // size), size, places))
    return xp.reshape(kernels.fold(columns, lengths, *window), (n, rows // size, *lengths))


@_fold.backward
def _(g: Any, window: Window) -> Any:
    return _unfold(g, window)


@_fold.cost
def _(x_shape: tuple[int, ...]) -> int:
    return prod(x_shape)


def _window(
    name: str,
    lengths: tuple[int, ...],
    kernel_size: Numbers,
    dilation: Numbers,
    padding: Numbers,
    stride: Numbers,
) -> Window:
    size = numbers(name, "kernel_size", kernel_size, 2, 1)
    gaps = numbers(name, "dilation", dilation, 2, 1)
    edges = numbers(name, "padding", padding, 2, 0)
    steps = numbers(name, "stride", stride, 2, 1)
    places = tuple(
        [
            (n + 2 * p - d * (k - 1) - 1) // s + 1
            for n, k, d, p, s in zip(lengths, size, gaps, edges, steps, strict=True)
        ]
    )
    if min(places) < 1:
        raise ValueError(
            f"{name}: a window of {size} with dilation {gaps} does not fit into {lengths} with "
            f"padding {edges}"
        )
    return size, places, steps, edges, gaps
