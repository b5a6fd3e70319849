"""chrF: BLEU's idea on characters, with recall."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

__all__ = ["chrf"]

_ORDER = 6


def chrf(
    hypotheses: Sequence[str], references: Sequence[str | Sequence[str]], *, beta: float = 2.0
) -> float:
    r"""Score translations by character n-grams of 1 to 6, from 0 to 100.

    $$\mathrm{chrF}_\beta = 100 (1 + \beta^2) \frac{P R}{\beta^2 P + R}$$

    with precision and recall averaged over the orders that occur; white space does not count.
    Where there are several references, each hypothesis is held to the one that it is closest to.

    Args:
        hypotheses: the translations.
        references: for each, one reference or several.
        beta: how much more recall weighs than precision.

    Raises:
        ValueError: no hypotheses, other numbers of references, a hypothesis without a reference, or
            `beta` that is not positive.

    Example:
        >>> round(chrf(["the cat sat"], ["the cat sits"]), 4)
        61.0345

    Source: Popović, "chrF: character n-gram F-score for automatic MT evaluation", WMT 2015;
    sacrebleu's definition.
    """
    if isinstance(hypotheses, str) or len(hypotheses) != len(references) or not hypotheses:
        raise ValueError(
            "hypotheses must be a list of at least one text with one entry of references each, "
            f"got {len(hypotheses)} and {len(references)}"
        )
    if not beta > 0:
        raise ValueError(f"beta ({beta}) must be positive")
    total = [(0, 0, 0)] * _ORDER
    for number, (hypothesis, given) in enumerate(zip(hypotheses, references, strict=True)):
        right = [given] if isinstance(given, str) else list(given)
        if not right:
            raise ValueError(f"hypothesis {number} has no reference")
        each = max((_counts(hypothesis, text) for text in right), key=lambda c: _f(c, beta))
        total = [(a + x, b + y, c + z) for (a, b, c), (x, y, z) in zip(total, each, strict=True)]
    return 100 * _f(total, beta)


def _counts(hypothesis: str, reference: str) -> list[tuple[int, int, int]]:
    """Per order: n-grams of the hypothesis, of the reference, and how many match."""
    ours, right = "".join(hypothesis.split()), "".join(reference.split())
    result = []
    for order in range(1, _ORDER + 1):
        a, b = _ngrams(ours, order), _ngrams(right, order)
        # Without the order in the reference, sacrebleu counts none of the hypothesis either.
        result.append((a.total() if b else 0, b.total(), (a & b).total()))
    return result


def _ngrams(text: str, order: int) -> Counter[str]:
    return Counter(text[i : i + order] for i in range(len(text) - order + 1))


def _f(counts: list[tuple[int, int, int]], beta: float) -> float:
    both = [(match / ours, match / right) for ours, right, match in counts if ours and right]
    if not both:
        return 0.0
    precision = sum(p for p, _ in both) / len(both)
    recall = sum(r for _, r in both) / len(both)
    if precision + recall == 0:
        return 0.0
    return (1 + beta**2) * precision * recall / (beta**2 * precision + recall)
