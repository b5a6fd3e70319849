"""Recurrence: a state that is carried from step to step."""

from ._cells import gru_cell, lstm_cell, rnn_relu_cell, rnn_tanh_cell
from ._gru import gru
from ._lstm import lstm
from ._rnn import rnn_relu, rnn_tanh
from ._selective_scan import linear_recurrence, selective_scan

__all__ = [
    "gru",
    "gru_cell",
    "linear_recurrence",
    "lstm",
    "lstm_cell",
    "rnn_relu",
    "rnn_relu_cell",
    "rnn_tanh",
    "rnn_tanh_cell",
    "selective_scan",
]
