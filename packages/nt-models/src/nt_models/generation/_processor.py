"""What changes the logits before a token is chosen: a function of the tokens so far and the logits.

Functions in `_cuts` and `_penalties` take options, check them, and give such a function; they
follow one another in a list. Their meaning is that of transformers' `LogitsProcessor`s, to the last
digit, but that padding counts for nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from nt_autograd import Tensor, where

__all__ = ["LogitsProcessor"]

# (tokens so far (batch, time), -1 where there is padding; logits (batch, vocabulary)) -> logits
LogitsProcessor: TypeAlias = "Callable[[Tensor, Tensor], Tensor]"


def kept(keep: Tensor, logits: Tensor) -> Tensor:
    """The logits where `keep` is True, and -inf elsewhere."""
    rest: Tensor = where(keep, logits, -math.inf)
    return rest
