r"""Winograd's form F(4x4, 3x3) of a convolution: its matrices, and where it can be used.

Four outputs of a filter of three taps need six products instead of twelve, and 16 outputs over both
axes of an image 36 instead of 144:

$$Y = A^T \left[ (G\, w\, G^T) \odot (B^T x\, B) \right] A$$

for a tile $x$ of 6 x 6 pixels. Rounding: against float64 the largest error of float32 is about 5e-6
of the largest value (that of the plain sum is 5e-7), and at most 2e-5. A value that is not finite
spoils its whole tile of 4 x 4 places.

Source: Lavin, Gray, Fast algorithms for convolutional neural networks (2016), section 4.2.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from nt_tensor.kernels._convolution import Sizes

__all__ = ["INPUT", "OUTPUT", "WEIGHT", "Matrix", "pays"]

Matrix: TypeAlias = tuple[tuple[int | Fraction, ...], ...]

INPUT: Matrix = (  # B^T
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
WEIGHT: Matrix = (  # G
    (Fraction(1, 4), 0, 0),
    (Fraction(-1, 6), Fraction(-1, 6), Fraction(-1, 6)),
    (Fraction(-1, 6), Fraction(1, 6), Fraction(-1, 6)),
    (Fraction(1, 24), Fraction(1, 12), Fraction(1, 6)),
    (Fraction(1, 24), Fraction(-1, 12), Fraction(1, 6)),
    (0, 0, 1),
)
OUTPUT: Matrix = (  # A^T
    (1, 1, 1, 1, 1, 0),
    (0, 1, -1, 2, -2, 0),
    (0, 1, 1, 4, 4, 0),
    (0, 1, -1, 8, -8, 1),
)

_LARGEST = 1 << 19  # channels by outputs whose transformed weights, 75 megabytes, are bearable


def pays(
    shape: Sizes,
    outputs: int,
    taps: Sizes,
    stride: Sizes,
    dilation: Sizes,
    size: Sizes,
    least: tuple[int, int],
) -> bool:
    """Whether a convolution of `shape` to outputs of `size` has this form, and gains by it.

    It gains where there are channels enough, `least[0]`, to make good for the transformed images,
    and tiles enough, `least[1]`, to make good for the transformed weights.
    """
    if taps != (3, 3) or max(*stride, *dilation) > 1:
        return False
    n, channels = shape[:2]
    if min(channels, outputs) < least[0] or channels * outputs > _LARGEST:
        return False
    tiles = -(-size[0] // 4) * -(-size[1] // 4)
    return n * tiles >= least[1] and size[0] * size[1] >= 6 * tiles
