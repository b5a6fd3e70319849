"""How a token is chosen: the most probable one, or one that is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from nt_autograd import Tensor, amax, argmax, cumsum, isfinite, softmax
from nt_tensor import Generator, default_generator, namespace

from . import _cuts as cut_by
from ._processor import LogitsProcessor, kept

__all__ = ["Sampler", "draw", "greedy", "sampler"]

# (tokens so far (batch, time), logits (batch, vocabulary)) -> the next token of each row (batch,)
Sampler: TypeAlias = "Callable[[Tensor, Tensor], Tensor]"


def sampler(
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    typical_p: float | None = None,
    generator: Generator | None = None,
) -> Sampler:
    """A function that chooses the next tokens.

    Args:
        temperature: divides the logits; 0 takes the most probable token, whatever the others say,
            and what is hardly above 0 comes near that.
        top_k: draw from the k most probable tokens only.
        top_p: from the most probable ones that together have this probability.
        min_p: from those at least so many times as probable as the most probable one.
        typical_p: from those of the most typical surprise that together have this probability.
        generator: draws; the thread's default generator if None.

    Returns:
        A function of tokens so far (batch, time) and logits (batch, vocabulary) that gives the next
        tokens (batch,). The cuts follow one another in the order of the arguments.

    Raises:
        ValueError: an argument is out of its range.

    Example:
        >>> from nt_autograd import tensor
        >>> from nt_tensor import Generator
        >>> choose = sampler(0.7, top_k=2, generator=Generator(0))
        >>> choose(tensor([[1]]), tensor([[5.0, -9.0, 1.0]])).tolist()
        [0]

    Source: see `temperature`, `top_k`, `top_p`, `min_p` and `typical`.
    """
    cuts: list[LogitsProcessor] = []
    if temperature not in (0.0, 1.0):
        cuts.append(_cooled(temperature))
    if top_k is not None:
        cuts.append(cut_by.top_k(top_k))
    if top_p is not None:
        cuts.append(cut_by.top_p(top_p))
    if min_p is not None:
        cuts.append(cut_by.min_p(min_p))
    if typical_p is not None:
        cuts.append(cut_by.typical(typical_p))
    if temperature == 0.0:
        return lambda tokens, logits: greedy(logits)

    def choose(tokens: Tensor, logits: Tensor) -> Tensor:
        check_logits(logits)
        logits = logits - amax(logits, -1, keepdim=True)
        for cut in cuts:
            logits = cut(tokens, logits)
        return draw(logits, generator)

    return choose


def _cooled(value: float) -> LogitsProcessor:
    """`temperature` of any size, for logits whose largest is 0."""
    cut_by.temperature(value)  # it refuses what is no temperature

    def divide(tokens: Tensor, logits: Tensor) -> Tensor:
        limits = namespace(logits.data).finfo(logits.data.dtype)
        divisor = min(max(value, limits.smallest_normal), limits.max)  # a number of this dtype
        # What a division by less than 1 would bring beyond the dtype's range never comes anyway.
        least = 0.5 * limits.min * min(divisor, 1.0)
        divided: Tensor = kept(logits >= least, logits) / divisor
        return divided

    return divide


def greedy(logits: Tensor) -> Tensor:
    """The most probable token of each row (batch,) of logits (batch, vocabulary).

    Raises:
        ValueError: a row holds NaN or infinity, or nothing but -inf.

    Example:
        >>> from nt_autograd import tensor
        >>> greedy(tensor([[0.0, 5.0, 1.0]])).tolist()
        [1]

    Source: Graves, Sequence Transduction with Recurrent Neural Networks (2012), calls it best path.
    """
    check_logits(logits)
    best: Tensor = argmax(logits, -1)
    return best


def draw(logits: Tensor, generator: Generator | None = None) -> Tensor:
    r"""A token of each row (batch,), drawn as its logits say.

    With $u$ uniform in [0, 1), it is the first token $i$ with $\sum_{j \le i} p_j > u$.

    Args:
        logits: (batch, vocabulary).
        generator: draws; the thread's default generator if None.

    Raises:
        ValueError: a row holds NaN or infinity, or nothing but -inf.

    Example:
        >>> from nt_autograd import tensor
        >>> from nt_tensor import Generator
        >>> draw(tensor([[0.0, 99.0, 1.0]]), Generator(0)).tolist()
        [1]

    Source: the inverse of the distribution function: Devroye, Non-Uniform Random Variate Generation
        (1986), section III.2.
    """
    check_logits(logits)
    generator = default_generator() if generator is None else generator
    reached = cumsum(softmax(logits, -1), -1)  # (batch, vocabulary)
    u = Tensor(generator.uniform((len(logits), 1), dtype=logits.dtype, device=logits.device))
    below = u * (1 - 2**-22) * reached[:, -1:]  # always less than all that there is
    token: Tensor = (reached <= below).sum(-1)
    return token


def check_logits(logits: Tensor) -> None:
    """Raise unless each row holds something that can be chosen."""
    if not isfinite(amax(logits, -1)).all().item():
        raise ValueError("logits hold NaN, infinity or rows of -inf: no token can be chosen")
