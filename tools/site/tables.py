"""Which cells of a table may be broken into lines: what the style sheet cannot see.

On a phone a table is as wide as its lines, and scrolls. A cell of many words is to be broken, and
no narrower than its longest word; a name in a cell is to stay in one piece.
"""

import html
import re

__all__ = ["with_measured_cells"]

CELL = re.compile(r"<td(| style=\"[^\"]*\")>(.*?)</td>", re.DOTALL)
NAME = re.compile(r"<code>([^<\s]+)</code>")
LONG, SHORT_WORDS, LONG_WORDS = 26, 22, 38  # letters


def with_measured_cells(text: str) -> str:
    """Mark each cell of a page's tables that is longer than a line of a phone's column.

    Args:
        text: the page's HTML. `class="words"` is given to cells whose words fit a narrow column,
            `class="long-words"` to those that need a wider one; names in code get `class="name"`.
    """

    def measured(match: re.Match[str]) -> str:
        style, inside = match.groups()
        letters = re.sub(r"<math.*?</math>", _one_word, inside, flags=re.DOTALL)
        shown = html.unescape(re.sub(r"<[^>]*>", "", letters))
        longest = max(map(len, shown.split()), default=0)
        kind = ""
        if len(shown) > LONG and longest <= LONG_WORDS:
            kind = f' class="{"words" if longest <= SHORT_WORDS else "long-words"}"'
        inside = NAME.sub(r'<code class="name">\1</code>', inside)
        return f"<td{style}{kind}>{inside}</td>"

    return CELL.sub(measured, text)


def _one_word(match: re.Match[str]) -> str:
    """An equation, which no browser breaks, as one word of its letters."""
    return "x" * len(re.sub(r"<[^>]*>|&\w+;|\s", "", match[0]))
