"""Convolution by Numba: by tiles in registers, in Winograd's form, plane by plane or depthwise."""

from __future__ import annotations

from math import prod

import numpy as np

from nt_tensor.backends.numba._depthwise import depthwise, depthwise_input, depthwise_weight
from nt_tensor.backends.numba._direct import direct, direct_weight
from nt_tensor.backends.numba._tiles import LANES
from nt_tensor.backends.numba._volumes import volumes, volumes_input, volumes_weight
from nt_tensor.backends.numba._winograd import winograd, winograd_weight
from nt_tensor.kernels._convolution import (
    Padding,
    Sizes,
    convolution,
    convolution_backward,
    convolution_input,
    convolution_weight,
    places,
)
from nt_tensor.kernels._wide import widened
from nt_tensor.kernels._winograd import pays

_LEAST = (16, 16)  # channels and tiles from which Winograd's form gains
_LARGEST = 1 << 24  # weights of which a second copy, in panels, is made


@convolution.on("numba")
@widened()
def _convolution(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> np.ndarray:
    if _single(x, weight) and groups == x.shape[1] == len(weight) > 1 and x.ndim < 5:
        y = depthwise(x, weight, stride, padding, dilation)
        if bias is not None:
            y += bias.reshape(-1, *(1,) * len(stride))
        return y
    if not _fits(x, weight, groups, weight.size) or _patches(weight.shape[2:], stride):
        body = convolution.bodies["numpy"]
        return body(x, weight, bias, stride, padding, dilation, groups)  # type: ignore[no-any-return]
    if x.ndim == 5:
        return volumes(x, weight, bias, stride, padding, dilation)
    size = places(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    y = np.empty((x.shape[0], weight.shape[0], *size), np.float32)
    ahead = tuple(-before for before, _ in padding)
    one = (1,) * len(stride)
    if (
        pays(x.shape, weight.shape[0], weight.shape[2:], stride, dilation, size, _LEAST)
        and not x.shape[1] % LANES
    ):
        winograd(x, weight, y, ahead[0], ahead[1], back=False)
    else:
        direct(x, weight, y, stride, one, dilation, ahead, (0,) * len(stride), False)
    if bias is not None:
        y += bias.reshape(-1, *one)
    return y


@convolution_input.on("numba")
@widened()
def _convolution_input(
    g: np.ndarray,
    weight: np.ndarray,
    size: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> np.ndarray:
    if _single(g, weight) and groups == g.shape[1] > 1 == weight.shape[1] and g.ndim < 5:
        return depthwise_input(g, weight, size, stride, padding, dilation)
    patches = _patches(weight.shape[2:], stride)
    gaps = max(stride) > 1 < max(dilation)
    if not _fits(g, weight, groups, weight.size) or gaps or patches:
        body = convolution_input.bodies["numpy"]
        return body(g, weight, size, stride, padding, dilation, groups)  # type: ignore[no-any-return]
    if g.ndim == 5:
        return volumes_input(g, weight, size, stride, padding, dilation)
    gx = np.empty((g.shape[0], weight.shape[1], *size), np.float32)
    # With a stride s, every s-th element of gx sees every s-th tap, those in turned order.
    ahead = tuple(
        -gap * ((k + step - 1) // step - 1)
        for k, step, gap in zip(weight.shape[2:], stride, dilation, strict=True)
    )
    before = tuple(a for a, _ in padding)
    if (
        pays(g.shape, weight.shape[1], weight.shape[2:], stride, dilation, size, _LEAST)
        and not g.shape[1] % LANES
    ):
        winograd(g, weight, gx, ahead[0] + before[0], ahead[1] + before[1], back=True)
        return gx
    direct(g, weight, gx, (1,) * len(stride), stride, dilation, ahead, before, True)
    return gx


@convolution_weight.on("numba")
@widened()
def _convolution_weight(
    g: np.ndarray,
    x: np.ndarray,
    size: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> np.ndarray:
    if _single(g, x) and groups == g.shape[1] == x.shape[1] > 1 and g.ndim < 5:
        return depthwise_weight(g, x, size, stride, padding, dilation)
    fits = _fits(g, x, groups, g.shape[1] * x.shape[1] * prod(size))
    if not fits or _patches(size, stride):
        body = convolution_weight.bodies["numpy"]
        return body(g, x, size, stride, padding, dilation, groups)  # type: ignore[no-any-return]
    if g.ndim == 5:
        return volumes_weight(g, x, size, stride, padding, dilation)
    if (
        pays(x.shape, g.shape[1], size, stride, dilation, g.shape[2:], _LEAST)
        and not x.shape[1] % LANES
    ):
        return winograd_weight(g, x, -padding[0][0], -padding[1][0])
    return direct_weight(g, x, size, stride, padding, dilation)


# Compiled, the two ways back share nothing.
convolution_backward.on("numba")(convolution_backward.reference)


def _patches(size: Sizes, stride: Sizes) -> bool:
    """Whether places share nothing, as a ViT's patches: their columns are one large product."""
    return size == stride and prod(size) > 16


def _single(x: np.ndarray, y: np.ndarray) -> bool:
    return bool(x.dtype == y.dtype == np.float32 and x.size and y.size)


def _fits(x: np.ndarray, y: np.ndarray, groups: int, weights: int) -> bool:
    """Whether the compiled bodies take it; they leave the rarer cases to NumPy."""
    return groups == 1 and weights <= _LARGEST and _single(x, y)
