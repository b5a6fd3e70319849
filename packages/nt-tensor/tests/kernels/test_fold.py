"""Patches as columns and back against loops, by every body."""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels

# lengths, size, stride, padding, dilation
CASES = [
    ((5, 6), (2, 3), (1, 1), (0, 0), (1, 1)),
    ((5, 6), (2, 3), (2, 1), (1, 2), (1, 1)),
    ((7, 8), (3, 2), (3, 2), (0, 1), (2, 3)),
    ((1, 1), (1, 1), (4, 4), (0, 0), (1, 1)),
    ((1, 4), (3, 3), (1, 1), (1, 1), (1, 1)),
]


def geometry(lengths, size, stride, padding, dilation):
    places = tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(lengths, size, stride, padding, dilation, strict=True)
    )
    return size, places, stride, padding, dilation


def met(lengths, size, places, stride, padding, dilation):
    """Every (element of the window, place, pixel) that meet inside the image."""
    for k, m in np.ndindex(*size):
        for i, j in np.ndindex(*places):
            row = i * stride[0] - padding[0] + k * dilation[0]
            column = j * stride[1] - padding[1] + m * dilation[1]
            if 0 <= row < lengths[0] and 0 <= column < lengths[1]:
                yield k * size[1] + m, i * places[1] + j, row, column


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_columns_hold_the_patches_and_images_their_sums(case, dtype, device):
    lengths, options = case[0], geometry(*case)
    rows, places = int(np.prod(options[0])), int(np.prod(options[1]))
    rng = np.random.default_rng(0)
    x = rng.integers(-9, 9, (3, *lengths)).astype(dtype)
    columns = rng.integers(-9, 9, (3, rows, places)).astype(dtype)
    wide, image = np.zeros((3, rows, places)), np.zeros((3, *lengths))
    for element, place, row, column in met(lengths, *options):
        wide[:, element, place] = x[:, row, column]
        image[:, row, column] += columns[:, element, place]
    found = kernels.unfold(nt.asarray(x, device=device), *options)
    np.testing.assert_array_equal(nt.to_numpy(found), wide)
    found = kernels.fold(nt.asarray(columns, device=device), lengths, *options)
    np.testing.assert_array_equal(nt.to_numpy(found), image)
    assert str(nt.dtype_of(found)) == dtype
    np.testing.assert_array_equal(kernels.fold.reference(columns, lengths, *options), image)
