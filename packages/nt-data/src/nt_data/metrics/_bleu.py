"""BLEU: how many n-grams of a translation stand in a reference, with a penalty for brevity."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nt_data.metrics._tokenize_13a import tokenize_13a

__all__ = ["Bleu", "bleu", "sentence_bleu"]

_ORDER = 4
_TOKENIZERS: dict[str, Callable[[str], list[str]]] = {"13a": tokenize_13a, "none": str.split}


@dataclass(frozen=True)
class Bleu:
    """A BLEU score and what it is made of.

    Attributes:
        score: from 0 to 100.
        precisions: of n-grams of 1 to 4 tokens, in per cent, smoothed.
        brevity_penalty: at most 1.
        hypothesis_length: tokens of all hypotheses.
        reference_length: tokens of the references that are closest in length.

    Example:
        >>> bleu(["the cat sat on the mat"], ["the cat sat on a mat"]).precisions[0]
        83.33333333333333
    """

    score: float
    precisions: tuple[float, ...]
    brevity_penalty: float
    hypothesis_length: int
    reference_length: int


def bleu(
    hypotheses: Sequence[str],
    references: Sequence[str | Sequence[str]],
    *,
    tokenize: str | Callable[[str], list[str]] = "13a",
    lowercase: bool = False,
    smooth: str = "exp",
) -> Bleu:
    r"""Score a corpus of translations, sacrebleu's definition.

    $$\mathrm{BLEU} = 100 \cdot \min(1, e^{1 - r/c}) \cdot \Big(\prod_{n=1}^4 p_n\Big)^{1/4}$$

    with clipped n-gram precisions $p_n$ summed over the corpus, $c$ tokens of hypotheses and $r$ of
    the references that are closest in length.

    Args:
        hypotheses: the translations.
        references: for each, one reference or several.
        tokenize: "13a", "none" (splits at white space), or a function from a line to its tokens.
        lowercase: whether case is ignored.
        smooth: "exp" halves the precision with each order that has no match; "none" leaves it 0.

    Raises:
        ValueError: no hypotheses, other numbers of references, a hypothesis without a reference, or
            an unknown `tokenize` or `smooth`.

    Example:
        >>> round(bleu(["the cat sat on the mat"], ["the cat sat on a mat"]).score, 4)
        53.7285

    Source: Papineni et al., "BLEU", ACL 2002; Post, "A Call for Clarity in Reporting BLEU Scores",
    WMT 2018; Chen & Cherry, 2014, method 3.
    """
    return _score(
        *_statistics(hypotheses, references, tokenize, lowercase), smooth, effective=False
    )


def sentence_bleu(
    hypothesis: str,
    references: str | Sequence[str],
    *,
    tokenize: str | Callable[[str], list[str]] = "13a",
    lowercase: bool = False,
    smooth: str = "exp",
) -> Bleu:
    """Score one sentence; orders that it is too short for do not count (effective order).

    Args:
        hypothesis: the translation.
        references: one reference or several.
        tokenize: as for `bleu`.
        lowercase: whether case is ignored.
        smooth: as for `bleu`.

    Raises:
        ValueError: as for `bleu`.

    Example:
        >>> round(sentence_bleu("good morning", "good morning").score, 6), bleu(
        ...     ["good morning"], ["good morning"]
        ... ).score
        (100.0, 0.0)

    Source: sacrebleu, `sentence_bleu` with `use_effective_order`.
    """
    return _score(
        *_statistics([hypothesis], [references], tokenize, lowercase), smooth, effective=True
    )


def _statistics(
    hypotheses: Sequence[str],
    references: Sequence[str | Sequence[str]],
    tokenize: str | Callable[[str], list[str]],
    lowercase: bool,
) -> tuple[list[int], list[int], int, int]:
    """Matches and n-grams per order, tokens of the hypotheses and of the closest references."""
    if isinstance(hypotheses, str) or len(hypotheses) != len(references) or not hypotheses:
        raise ValueError(
            "hypotheses must be a list of at least one text with one entry of references each, "
            f"got {len(hypotheses)} and {len(references)}"
        )
    split = _TOKENIZERS.get(tokenize) if isinstance(tokenize, str) else tokenize
    if split is None:
        raise ValueError(f"tokenize must be '13a', 'none' or a function, got {tokenize!r}")

    def tokens(text: str) -> list[str]:
        return split(text.lower() if lowercase else text)

    matches, totals, length, wanted = [0] * _ORDER, [0] * _ORDER, 0, 0
    for number, (hypothesis, given) in enumerate(zip(hypotheses, references, strict=True)):
        right = [tokens(text) for text in ([given] if isinstance(given, str) else given)]
        if not right:
            raise ValueError(f"hypothesis {number} has no reference")
        ours = tokens(hypothesis)
        length += len(ours)
        wanted += min((abs(len(each) - len(ours)), len(each)) for each in right)[1]
        allowed: Counter[tuple[str, ...]] = Counter()
        for each in right:
            allowed |= _ngrams(each)
        found = _ngrams(ours)
        for ngram, count in (found & allowed).items():
            matches[len(ngram) - 1] += count
        for order in range(_ORDER):
            totals[order] += max(len(ours) - order, 0)
    return matches, totals, length, wanted


def _ngrams(tokens: list[str]) -> Counter[tuple[str, ...]]:
    return Counter(
        tuple(tokens[i : i + order])
        for order in range(1, _ORDER + 1)
        for i in range(len(tokens) - order + 1)
    )


def _score(
    matches: list[int], totals: list[int], length: int, wanted: int, smooth: str, *, effective: bool
) -> Bleu:
    if smooth not in ("exp", "none"):
        raise ValueError(f"smooth must be 'exp' or 'none', got {smooth!r}")
    penalty = 1.0 if length >= wanted else math.exp(1 - wanted / length) if length else 0.0
    precisions = [0.0] * _ORDER
    if not any(matches):
        return Bleu(0.0, tuple(precisions), penalty, length, wanted)
    divisor, orders = 1.0, _ORDER
    for order, (found, total) in enumerate(zip(matches, totals, strict=True)):
        if not total:
            break
        if effective:
            orders = order + 1
        if found:
            precisions[order] = 100 * found / total
        elif smooth == "exp":
            divisor *= 2
            precisions[order] = 100 / (divisor * total)
    used = precisions[:orders]
    score = penalty * math.exp(sum(map(math.log, used)) / orders) if all(used) else 0.0
    return Bleu(score, tuple(precisions), penalty, length, wanted)
