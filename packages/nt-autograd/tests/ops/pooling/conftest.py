"""Windows in plain Python: what every pooling test compares with."""

from itertools import product

import numpy as np
import pytest


def windows(length, size, stride, padding=0, dilation=1, ceil_mode=False):
    """The elements of each window along one axis, and how many it has with the padding."""
    room = length + 2 * padding - dilation * (size - 1) - 1
    count = (-(-room // stride) if ceil_mode else room // stride) + 1
    if ceil_mode and (count - 1) * stride >= length + padding:
        count -= 1
    taps = [[o * stride - padding + t * dilation for t in range(size)] for o in range(count)]
    inside = [[i for i in row if 0 <= i < length] for row in taps]
    padded = [len([i for i in row if i < length + padding]) for row in taps]
    return inside, padded


def adaptive(length, places):
    """The elements of each of so many windows."""
    return [
        list(range(o * length // places, -(-(o + 1) * length // places))) for o in range(places)
    ]


def pooled(x, axes, function):
    """`function(values, window numbers)` of every window: `axes` has the windows of each axis."""
    lead = x.shape[: x.ndim - len(axes)]
    y = np.empty((*lead, *map(len, axes)))
    for at in np.ndindex(y.shape):
        here = at[len(lead) :]
        places = list(product(*[axis[o] for axis, o in zip(axes, here, strict=True)]))
        values = [x[(*at[: len(lead)], *place)] for place in places]
        y[at] = function(values, here)
    return y


@pytest.fixture
def naive():
    """The functions above."""

    class Naive:
        pass

    found = Naive()
    found.windows, found.adaptive, found.pooled = windows, adaptive, pooled
    return found
