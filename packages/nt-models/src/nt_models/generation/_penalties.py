"""What a text may not do: repeat itself, or end too early."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nt_autograd import Tensor, arange, gather, scatter, scatter_add, stack, where, zeros_like

from ._processor import LogitsProcessor, kept

__all__ = ["minimum_length", "no_repeat_ngram", "repetition_penalty"]


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
        return kept(hits == 0, logits)

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
        return kept(goes_on | (written >= length), logits)

    return forbid
