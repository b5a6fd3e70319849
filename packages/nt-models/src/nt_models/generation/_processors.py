"""What changes the logits before a token is chosen: functions of the tokens so far and the logits.

Each function here takes options, checks them, and gives such a function. They follow one another
in a list. Their meaning is that of transformers' `LogitsProcessor`s, to the last digit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

from nt_autograd import (
    Tensor,
    amax,
    arange,
    cumsum,
    exp,
    gather,
    log_softmax,
    scatter,
    scatter_add,
    softmax,
    sort,
    stack,
    topk,
    where,
    zeros_like,
)

__all__ = [
    "LogitsProcessor",
    "min_p",
    "minimum_length",
    "no_repeat_ngram",
    "repetition_penalty",
    "temperature",
    "top_k",
    "top_p",
    "typical",
]

# (tokens so far (batch, time), -1 where there is padding; logits (batch, vocabulary)) -> logits
LogitsProcessor: TypeAlias = Callable[[Tensor, Tensor], Tensor]


def temperature(value: float) -> LogitsProcessor:
    r"""Divide the logits, $\ell_i / T$: above 1 the choice is bolder, below 1 safer.

    Args:
        value: $T$, positive.

    Raises:
        ValueError: it is not positive, or not finite.

    Example:
        >>> from nt_autograd import tensor
        >>> temperature(0.5)(tensor([[7]]), tensor([[1.0, -2.0]]))
        tensor([[ 2., -4.]])

    Source: Ackley, Hinton, Sejnowski, A Learning Algorithm for Boltzmann Machines (1985);
        transformers' `TemperatureLogitsWarper`.
    """
    if not (value > 0.0 and math.isfinite(value)):
        raise ValueError(f"temperature ({value}) must be 0 or a positive number")
    return lambda tokens, logits: logits / value


def top_k(k: int) -> LogitsProcessor:
    r"""Keep the k most probable tokens, and those as probable as the last of them.

    Args:
        k: how many; more than there are keep all.

    Raises:
        ValueError: `k` is not positive.

    Example:
        >>> from nt_autograd import tensor
        >>> top_k(2)(tensor([[0]]), tensor([[1.0, 3.0, 2.0]]))
        tensor([[-inf,   3.,   2.]])

    Source: Fan, Lewis, Dauphin, Hierarchical Neural Story Generation (2018), section 5.4;
        transformers' `TopKLogitsWarper`.
    """
    if k < 1:
        raise ValueError(f"top_k ({k}) must be at least 1")

    def keep(tokens: Tensor, logits: Tensor) -> Tensor:
        least = topk(logits, min(k, logits.shape[-1])).values[:, -1:]
        return _kept(logits >= least, logits)

    return keep


def top_p(p: float) -> LogitsProcessor:
    r"""Keep the fewest most probable tokens whose probabilities sum to at least p.

    $$V = \{i : \textstyle\sum_{j : \ell_j > \ell_i} p_j < p\}$$

    Args:
        p: the mass that is kept; 1 keeps all tokens.

    Raises:
        ValueError: `p` is not in (0, 1].

    Example:
        >>> from nt_autograd import tensor
        >>> top_p(0.7)(tensor([[0]]), tensor([[0.5, 0.1, 0.4]]).log()).exp()
        tensor([[0.5, 0. , 0.4]])

    Source: Holtzman, Buys, Du, Forbes, Choi, The Curious Case of Neural Text Degeneration (2020),
        section 3.1; transformers' `TopPLogitsWarper`.
    """
    _check_share("top_p", p)

    def keep(tokens: Tensor, logits: Tensor) -> Tensor:
        rising = sort(logits).values  # sums of the rarest come first: they are the most exact
        spare = cumsum(softmax(rising, -1), -1) <= 1 - p
        first = spare.sum(-1, keepdim=True).clip(max=logits.shape[-1] - 1)
        return _kept(logits >= gather(rising, -1, first), logits)

    return keep


def min_p(p: float) -> LogitsProcessor:
    r"""Keep what is at least p times as probable as the most probable token.

    $$V = \{i : p_i \ge p \, \max_j p_j\}$$

    Args:
        p: the share of the largest probability.

    Raises:
        ValueError: `p` is not in (0, 1].

    Example:
        >>> from nt_autograd import tensor
        >>> min_p(0.4)(tensor([[0]]), tensor([[0.5, 0.125, 0.375]]).log()).exp()
        tensor([[0.5  , 0.   , 0.375]])

    Source: Nguyen, Baker, Neo, Roush, Kirsch, Shwartz-Ziv, Turning Up the Heat: Min-p Sampling
        (2024), section 3; transformers' `MinPLogitsWarper`.
    """
    _check_share("min_p", p)

    def keep(tokens: Tensor, logits: Tensor) -> Tensor:
        probable = softmax(logits, -1)
        return _kept(probable >= p * amax(probable, -1, keepdim=True), logits)

    return keep


def typical(p: float) -> LogitsProcessor:
    r"""Keep the tokens that surprise as much as can be expected, up to a mass of p.

    $$|{-\log p_i} - H|, \qquad H = -\textstyle\sum_j p_j \log p_j$$

    orders the tokens; the first ones whose probabilities reach p stay. The most probable token may
    not be among them.

    Args:
        p: the mass that is kept.

    Raises:
        ValueError: `p` is not in (0, 1].

    Example:
        >>> from nt_autograd import tensor
        >>> typical(0.3)(tensor([[0]]), tensor([[0.5, 0.0625, 0.4375]]).log()).exp() > 0
        tensor([[False, False,  True]])

    Source: Meister, Pimentel, Wiher, Cotterell, Locally Typical Sampling (2023), section 4;
        transformers' `TypicalLogitsWarper`.
    """
    _check_share("typical_p", p)

    def keep(tokens: Tensor, logits: Tensor) -> Tensor:
        log_p = log_softmax(logits, -1)
        share = exp(log_p)
        entropy = -(share * where(share > 0, log_p, 0.0)).sum(-1, keepdim=True)
        distance = (-log_p - entropy).abs()
        rising, order = sort(distance)
        below = cumsum(gather(share, -1, order), -1) < p
        last = below.sum(-1, keepdim=True).clip(max=logits.shape[-1] - 1)
        return _kept(distance <= gather(rising, -1, last), logits)

    return keep


def repetition_penalty(penalty: float) -> LogitsProcessor:
    r"""Make tokens that came before less probable, once, however often they came.

    $$\ell_i \to \begin{cases} \ell_i / \theta & \ell_i \ge 0 \\ \ell_i \, \theta & \ell_i < 0
    \end{cases}$$

    Args:
        penalty: $\theta$; 1 changes nothing, below 1 repetitions become more probable.

    Raises:
        ValueError: the penalty is not positive.

    Example:
        >>> from nt_autograd import tensor
        >>> repetition_penalty(2.0)(tensor([[0, 1, 0]]), tensor([[4.0, -3.0, 5.0]]))
        tensor([[ 2., -6.,  5.]])

    Source: Keskar, McCann, Varshney, Xiong, Socher, CTRL (2019), section 4.1; transformers'
        `RepetitionPenaltyLogitsProcessor`.
    """
    if not (penalty > 0.0 and math.isfinite(penalty)):
        raise ValueError(f"repetition_penalty ({penalty}) must be a positive number")

    def punish(tokens: Tensor, logits: Tensor) -> Tensor:
        seen = where(tokens < 0, tokens[:, -1:], tokens)  # for padding a token that is none
        old = gather(logits, -1, seen)
        new = where(old < 0, old * penalty, old / penalty)
        changed: Tensor = scatter(logits, -1, seen, new)
        return changed

    return punish


def no_repeat_ngram(size: int) -> LogitsProcessor:
    """Forbid a token that would end a sequence of `size` tokens which stands in the text already.

    Args:
        size: how many tokens; 1 forbids every token that came before.

    Raises:
        ValueError: the size is not positive.

    Example:
        >>> from nt_autograd import tensor
        >>> no_repeat_ngram(2)(tensor([[3, 1, 2, 3]]), tensor([[0.5, 0.6, 0.7, 0.8]]))
        tensor([[ 0.5, -inf,  0.7,  0.8]])

    Source: Paulus, Xiong, Socher, A Deep Reinforced Model for Abstractive Summarization (2018),
        section 2.5; transformers' `NoRepeatNGramLogitsProcessor`.
    """
    if size < 1:
        raise ValueError(f"no_repeat_ngram_size ({size}) must be at least 1")

    def forbid(tokens: Tensor, logits: Tensor) -> Tensor:
        windows = tokens.shape[1] - size + 1
        if windows < 1:
            return logits
        ends = tokens[:, size - 1 :]  # (batch, windows): the last token of each
        again = ends >= 0
        for i in range(size - 1):  # the others are those that the text ends with
            wanted = tokens[:, windows + i : windows + i + 1]
            again = again & (tokens[:, i : i + windows] == wanted)
        ends = where(again, ends, 0)
        hits = scatter_add(zeros_like(logits), -1, ends, again.to(logits.dtype))
        return _kept(hits == 0, logits)

    return forbid


def minimum_length(
    length: int, eos_token_id: int | Sequence[int], *, after: int = 0
) -> LogitsProcessor:
    """Forbid the tokens that end a text until it is long enough.

    Args:
        length: of the text, the prompt included and padding not.
        eos_token_id: what ends a text; several, if there are several.
        after: leave out so many tokens at the start, such as the prompt.

    Raises:
        ValueError: a number is negative.

    Example:
        >>> from nt_autograd import tensor
        >>> minimum_length(3, 0)(tensor([[5, 6], [5, 6]]), tensor([[0.5, 0.6], [0.7, 0.8]]))
        tensor([[-inf,  0.6],
                [-inf,  0.8]])

    Source: transformers' `MinLengthLogitsProcessor`, `MinNewTokensLengthLogitsProcessor`.
    """
    ends = [eos_token_id] if isinstance(eos_token_id, int) else [*eos_token_id]
    for name, value in (("length", length), ("after", after), *(("eos_token_id", e) for e in ends)):
        if value < 0:
            raise ValueError(f"{name} ({value}) must not be negative")

    def forbid(tokens: Tensor, logits: Tensor) -> Tensor:
        written = (tokens[:, after:] >= 0).sum(-1, keepdim=True)  # (batch, 1)
        ids = arange(logits.shape[-1], device=logits.device)
        goes_on = stack([ids != end for end in ends]).all(0)  # (vocabulary,)
        return _kept(goes_on | (written >= length), logits)

    return forbid


def _kept(keep: Tensor, logits: Tensor) -> Tensor:
    """The logits where `keep` is True, and -inf elsewhere."""
    kept: Tensor = where(keep, logits, -math.inf)
    return kept


def _check_share(name: str, value: float) -> None:
    if not 0.0 < value <= 1.0:
        raise ValueError(f"{name} ({value}) must lie in (0, 1]")
