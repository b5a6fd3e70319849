"""What a token is drawn from: flatter or steeper, and without the improbable ones."""

from __future__ import annotations

import math

from nt_autograd import (
    Tensor,
    amax,
    cumsum,
    exp,
    gather,
    log_softmax,
    softmax,
    sort,
    topk,
    where,
)

from ._processor import LogitsProcessor, kept

__all__ = ["min_p", "temperature", "top_k", "top_p", "typical"]


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
        return kept(logits >= least, logits)

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
    check_share("top_p", p)

    def keep(tokens: Tensor, logits: Tensor) -> Tensor:
        rising = sort(logits).values  # sums of the rarest come first: they are the most exact
        spare = cumsum(softmax(rising, -1), -1) <= 1 - p
        first = spare.sum(-1, keepdim=True).clip(max=logits.shape[-1] - 1)
        return kept(logits >= gather(rising, -1, first), logits)

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
    check_share("min_p", p)

    def keep(tokens: Tensor, logits: Tensor) -> Tensor:
        probable = softmax(logits, -1)
        return kept(probable >= p * amax(probable, -1, keepdim=True), logits)

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
    check_share("typical_p", p)

    def keep(tokens: Tensor, logits: Tensor) -> Tensor:
        log_p = log_softmax(logits, -1)
        share = exp(log_p)
        entropy = -(share * where(share > 0, log_p, 0.0)).sum(-1, keepdim=True)
        distance = (-log_p - entropy).abs()
        rising, order = sort(distance)
        below = cumsum(gather(share, -1, order), -1) < p
        last = below.sum(-1, keepdim=True).clip(max=logits.shape[-1] - 1)
        return kept(distance <= gather(rising, -1, last), logits)

    return keep


def check_share(name: str, value: float) -> None:
    """Raise unless it is a share of something."""
    if not 0.0 < value <= 1.0:
        raise ValueError(f"{name} ({value}) must lie in (0, 1]")
