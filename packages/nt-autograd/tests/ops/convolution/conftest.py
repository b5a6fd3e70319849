"""The naive loops that every convolution is held against."""

import itertools

import numpy as np
import pytest


def by_loops(x, w, b, stride=1, padding=0, dilation=1, groups=1):
    """The sum over the window, one output at a time, in float64."""
    rank = x.ndim - 2
    stride, padding, dilation = (
        (v,) * rank if isinstance(v, int) else v for v in (stride, padding, dilation)
    )
    x = np.pad(x.astype(np.float64), ((0, 0), (0, 0), *((p, p) for p in padding)))
    o, c, *kernel = w.shape
    size = [
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)
    ]
    y = np.zeros((len(x), o, *size))
    for n, k, *at in itertools.product(*map(range, y.shape)):
        first = k // (o // groups) * c
        cut = [
            slice(i * s, i * s + d * (length - 1) + 1, d)
            for i, s, d, length in zip(at, stride, dilation, kernel, strict=True)
        ]
        y[(n, k, *at)] = (x[(n, slice(first, first + c), *cut)] * w[k]).sum() + b[k]
    return y


@pytest.fixture(scope="session")
def loops():
    """A function: convolution by loops over every element."""
    return by_loops
