"""Recurrence: layers that run through sequences, single cells, sequences of many lengths."""

from ._cells import GRUCell, LSTMCell, RNNCell
from ._gru import GRU
from ._lstm import LSTM
from ._packed import (
    PackedSequence,
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    pad_sequence,
    unpack_sequence,
    unpad_sequence,
)
from ._rnn import RNN

__all__ = [
    "GRU",
    "GRUCell",
    "LSTM",
    "LSTMCell",
    "PackedSequence",
    "RNN",
    "RNNCell",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]
