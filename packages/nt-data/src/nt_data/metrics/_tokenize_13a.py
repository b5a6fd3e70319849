"""The tokenisation that published BLEU scores mean: mteval's 13a."""

from __future__ import annotations

import re

__all__ = ["tokenize_13a"]

_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
_RULES = (
    (re.compile(r"([\{-\~\[-\` -\&\(-\+\:-\@\/])"), r" \1 "),  # punctuation but ' , - .
    (re.compile(r"([^0-9])([\.,])"), r"\1 \2 "),  # a full stop or comma after no digit
    (re.compile(r"([\.,])([^0-9])"), r" \1 \2"),  # or before none
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),  # a dash after a digit
)


def tokenize_13a(text: str) -> list[str]:
    """Split a line into the tokens of mteval-v13a, as sacrebleu does.

    Example:
        >>> tokenize_13a('He paid $1,000.50 -- "twice".')
        ['He', 'paid', '$', '1,000.50', '--', '"', 'twice', '"', '.']

    Source: NIST, `mteval-v13a.pl`; Post, "A Call for Clarity in Reporting BLEU Scores", 2018.
    """
    line = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    if "&" in line:
        for name, sign in _ENTITIES:
            line = line.replace(name, sign)
    line = f" {line} "
    for pattern, replacement in _RULES:
        line = pattern.sub(replacement, line)
    return line.split()
