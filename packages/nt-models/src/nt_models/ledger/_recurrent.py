"""What a layer of recurrent cells costs besides what its op counts, and which weight takes what."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from nt_tensor import is_array

from ._records import Product

__all__ = ["RECURRENT", "at_gates", "by_weight"]

_BIASED = {"rnn": 4, "lstm": 5, "gru": 4}  # where the first of two biases stands
_GATES = {"rnn": 1, "lstm": 4, "gru": 3}
_STATE = {"rnn": 1, "lstm": 2, "gru": 1,  # where a state of the cells' width stands
          "rnn_backward": 3, "lstm_backward": 5, "gru_backward": 3}  # fmt: skip
# Operations of a cell in a step, besides the products and the biases.
_AT_A_CELL = {
    "rnn": 2,  # a sum, tanh
    "lstm": 13,  # 4 sums, 3 sigmoids, tanh; f c + i g; tanh, o tanh
    "gru": 10,  # 2 sums and sigmoids; r p, sum, tanh; n + z (h - n)
    "rnn_backward": 4,  # a sum of gradients, g (1 - h h)
    "lstm_backward": 24,  # tanh, 5 slopes of 3; a sum, 2 of the cell state, 4 gates, f
    "gru_backward": 23,  # slopes of 4, 4, 4 and 1; a sum, 4 gates, 2 of g z, 3 of the bias
}
RECURRENT = frozenset(_AT_A_CELL)


def at_gates(op: str, arrays: Sequence[Any]) -> int:
    """The operations of a recurrent op outside of its products; 0 for other ops."""
    if op not in RECURRENT:
        return 0
    rows, width = arrays[0].shape[0], arrays[_STATE[op]].shape[1]
    found = rows * width * _AT_A_CELL[op]
    if op in _BIASED and is_array(arrays[_BIASED[op]]):
        biases = width * _GATES[op]
        # gru adds both at every step, the others their sum.
        found += 2 * rows * biases if op == "gru" else (rows + 1) * biases
    return int(found)


def by_weight(arrays: Sequence[Any], names: Sequence[str | None]) -> list[Product]:
    """The products of a layer of cells: each row of the input with each of its matrices."""
    rows = arrays[0].shape[0]
    found = []
    for each, name in zip(arrays, names, strict=True):
        if name and len(each.shape) == 2:
            macs = rows * prod(each.shape)
            found.append(Product(name, macs, macs))
    return found
