"""The honest baselines of a language model: tokens by their frequency, and by the token before."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "bigram_cross_entropy",
    "bits_per_byte",
    "checked_tokens",
    "perplexity",
    "unigram_cross_entropy",
]

Tokens = NDArray[np.int64]


def unigram_cross_entropy(train: ArrayLike, validation: ArrayLike, vocab_size: int) -> float:
    r"""Nats per token when every token is predicted by its frequency alone, counts plus one.

    $$p_1(b) = \frac{c(b) + 1}{N + V}, \qquad
    H = -\frac{1}{T-1} \sum_{t=2}^{T} \log p_1(x_t)$$

    with counts $c$ from the $N$ training tokens and $V$ = `vocab_size`. The first validation token
    is not predicted, as a model does not predict it either.

    Args:
        train: (N,) token ids to count.
        validation: (T,) token ids to predict, at least two.
        vocab_size: how many ids there are, $V$.

    Raises:
        ValueError: too few tokens, not integers in one dimension, or an id that is not below $V$.

    Example:
        >>> round(unigram_cross_entropy([0, 0, 1], [1, 0, 1], vocab_size=2), 4)  # 3/5 and 2/5
        0.7136

    Source: Laplace's rule of succession; Jurafsky & Martin, "Speech and Language Processing", §3.6.
    """
    known = checked_tokens("train", train, vocab_size)
    seen = checked_tokens("validation", validation, vocab_size)
    return float(-np.log(_unigram(known, vocab_size))[seen[1:]].mean())


def bigram_cross_entropy(train: ArrayLike, validation: ArrayLike, vocab_size: int) -> float:
    r"""Nats per token when every token is predicted from the one before it.

    $$p(b \mid a) = \frac{c(a, b) + u(a) \, p_1(b)}{c(a) + u(a)}, \qquad
    H = -\frac{1}{T-1} \sum_{t=2}^{T} \log p(x_t \mid x_{t-1})$$

    Witten-Bell interpolation with the unigram $p_1$ of `unigram_cross_entropy`: $c(a)$ counts the
    pairs that begin with $a$, $u(a)$ how many different tokens were seen after $a$. After a token
    that never had a follower, $p_1$ alone decides. Nothing is tuned on the validation tokens.

    Args:
        train: (N,) token ids to count.
        validation: (T,) token ids to predict, at least two.
        vocab_size: how many ids there are, $V$.

    Raises:
        ValueError: too few tokens, not integers in one dimension, or an id that is not below $V$.

    Example:
        >>> alternating = [0, 1] * 1000
        >>> round(bigram_cross_entropy(alternating, alternating, vocab_size=2), 4)
        0.0005

    Source: Witten & Bell, "The Zero-Frequency Problem", 1991, method C.
    """
    known = checked_tokens("train", train, vocab_size)
    seen = checked_tokens("validation", validation, vocab_size)
    pairs, counts = np.unique(_pair_ids(known, vocab_size), return_counts=True)
    begins = np.bincount(known[:-1], minlength=vocab_size)  # c(a)
    followers = np.bincount(pairs // vocab_size, minlength=vocab_size)  # u(a)

    before, after = seen[:-1], seen[1:]
    wanted = _pair_ids(seen, vocab_size)
    place = np.searchsorted(pairs, wanted).clip(max=len(pairs) - 1)
    count = np.where(pairs[place] == wanted, counts[place], 0)  # c(a, b)
    unigram = _unigram(known, vocab_size)[after]
    total = begins[before] + followers[before]
    mixed = (count + followers[before] * unigram) / np.maximum(total, 1)
    return float(-np.log(np.where(total > 0, mixed, unigram)).mean())


def perplexity(nats: float) -> float:
    r"""Turn nats per token into the number of equally likely tokens that are as hard to guess.

    $$\mathrm{PPL} = e^{H}$$

    It is `inf` where $H$ is so large, above 709, that no float holds it.

    Example:
        >>> round(perplexity(math.log(65)), 6)
        65.0
    """
    try:
        return math.exp(nats)
    except OverflowError:
        return math.inf


def bits_per_byte(nats: float, *, tokens: int, bytes: int) -> float:
    r"""Turn nats per token into bits per byte of the text, which compares across tokenizers.

    $$\mathrm{BPB} = \frac{H}{\ln 2} \cdot \frac{\mathrm{tokens}}{\mathrm{bytes}}$$

    Args:
        nats: cross-entropy per token.
        tokens: how many tokens the text has.
        bytes: how many bytes its UTF-8 has.

    Raises:
        ValueError: there are no bytes.

    Example:
        >>> bits_per_byte(math.log(256), tokens=10, bytes=10)
        8.0
    """
    if bytes < 1:
        raise ValueError(f"bytes ({bytes}) must be at least 1")
    return nats / math.log(2) * tokens / bytes


def checked_tokens(name: str, tokens: ArrayLike, vocab_size: int) -> Tokens:
    """Give at least two ids below the vocabulary's size as int64.

    Example:
        >>> checked_tokens("train", [1, 0], 2)
        array([1, 0])
    """
    array: NDArray[Any] = np.asarray(tokens)
    if array.ndim != 1 or array.dtype.kind not in "iu" or len(array) < 2:
        raise ValueError(
            f"{name} must be at least two integers in one dimension, got shape {array.shape} "
            f"and dtype {array.dtype}"
        )
    if int(array.min()) < 0 or int(array.max()) >= vocab_size:
        raise ValueError(
            f"{name} has ids from {array.min()} to {array.max()}; "
            f"vocab_size ({vocab_size}) must be larger, and no id negative"
        )
    return array.astype(np.int64)


def _unigram(train: Tokens, vocab_size: int) -> NDArray[np.float64]:
    return (np.bincount(train, minlength=vocab_size) + 1) / (len(train) + vocab_size)


def _pair_ids(tokens: Tokens, vocab_size: int) -> Tokens:
    return tokens[:-1] * vocab_size + tokens[1:]
