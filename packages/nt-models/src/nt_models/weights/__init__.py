"""Published weights: their names and shapes turned into ours, and back."""

from ._architecture import Architecture, read_options
from ._registry import ARCHITECTURES
from ._table import COPIED, IGNORED, LEADING_ONE, REPEATED, TRANSPOSED, How, Part, Table, stacked

__all__ = [
    "ARCHITECTURES",
    "COPIED",
    "IGNORED",
    "LEADING_ONE",
    "REPEATED",
    "TRANSPOSED",
    "Architecture",
    "How",
    "Part",
    "Table",
    "read_options",
    "stacked",
]
