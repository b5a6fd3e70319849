"""Winograd's forms of a 3 x 3 convolution over both axes at once, as matrices for NumPy.

A tile of 4 x 4 outputs sees a window of the image: 6 x 6 pixels with stride 1, 9 x 9 with stride 2.
Over both axes a form is a Kronecker product, so that each transform of all tiles is one product
with a small matrix: BLAS takes 1.4 ns a pixel for windows of 36, 0.7 ns for outputs, and works
outside of the interpreter's lock, where chains of sums take turns at it.

With stride 2 the even pixels meet the first and the last tap, the odd ones the middle one alone: a
convolution of two taps in five products for four outputs, F(4, 2), and one of one tap, with nothing
to transform. Over both axes that is 81 products where the plain sum has 144.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nt_tensor.kernels._winograd import INPUT, OUTPUT, WEIGHT, Matrix

__all__ = ["FORMS", "TILE", "Form", "Part"]

TILE = 4  # outputs along an axis


@dataclass(frozen=True)
class Part:
    """Some pixels of a window, and what they become: `place` among all `products` of the form."""

    rows: slice
    columns: slice
    place: slice
    matrix: np.ndarray | None  # (products, pixels); None where they stay as they are


@dataclass(frozen=True)
class Form:
    """A convolution of tiles of 4 x 4 outputs by elementwise products.

    With pixels x, taps w and outputs y of a tile in rows: y = output ((weight w) * (input x)),
    where `input` has a block for each of `parts`.
    """

    stride: int
    products: int
    parts: tuple[Part, ...]
    weight: np.ndarray  # (products, 9)
    output: np.ndarray  # (16, products)

    @property
    def window(self) -> int:
        """The pixels that a tile sees along an axis."""
        return TILE * self.stride + 3 - self.stride


# Five products for four outputs of two taps, by polynomials at 0, 1, -1, 2 and infinity.
_INPUT: Matrix = ((2, -1, -2, 1, 0), (0, -2, -1, 1, 0), (0, 2, -3, 1, 0), (0, -1, 0, 1, 0))
_INPUT = (*_INPUT, (0, 2, -1, -2, 1))
_WEIGHT = ((1 / 2, 0), (-1 / 2, -1 / 2), (-1 / 6, 1 / 6), (1 / 6, 1 / 3), (0, 1))
_OUTPUT: Matrix = ((1, 1, 1, 1, 0), (0, 1, -1, 2, 0), (0, 1, 1, 4, 0), (0, 1, -1, 8, 1))

Axis = tuple[slice, np.ndarray | None, np.ndarray, np.ndarray]


def _axes(stride: int) -> list[Axis]:
    """Along one axis: pixels, the matrices of what they become, of the taps and of the outputs."""
    if stride == 1:
        return [(slice(0, 6), _float(INPUT), _float(WEIGHT), _float(OUTPUT))]
    outer = np.zeros((5, 3))
    outer[:, ::2] = _WEIGHT
    middle = np.zeros((4, 3))
    middle[:, 1] = 1.0
    even = slice(0, 9, 2), _float(_INPUT), outer, _float(_OUTPUT)
    return [even, (slice(1, 8, 2), None, middle, np.eye(4))]


def _float(matrix: Matrix) -> np.ndarray:
    return np.array([[float(number) for number in row] for row in matrix])


def _form(stride: int) -> Form:
    """Both axes: every part of the lines with every part of the columns."""
    parts, weights, outputs, begun = [], [], [], 0
    for rows, down, down_weight, down_output in _axes(stride):
        for columns, across, across_weight, across_output in _axes(stride):
            weights.append(np.kron(down_weight, across_weight))
            outputs.append(np.kron(down_output, across_output))
            place = slice(begun, begun + len(weights[-1]))
            matrix = None
            if down is not None or across is not None:
                sides = [np.eye(4) if side is None else side for side in (down, across)]
                matrix = np.kron(*sides).astype(np.float32)
            parts.append(Part(rows, columns, place, matrix))
            begun = place.stop
    weight = np.concatenate(weights).astype(np.float32)
    return Form(stride, begun, tuple(parts), weight, np.hstack(outputs).astype(np.float32))


FORMS = {stride: _form(stride) for stride in (1, 2)}
