"""Equations of the documentation as MathML, which browsers draw themselves: no script, no network.

A hook of mkdocs (see mkdocs.yml). `pymdownx.arithmatex` marks what stands between dollar signs.
"""

import html
import logging
import re

from latex2mathml.converter import convert

log = logging.getLogger("mkdocs.plugins.math")  # where `mkdocs build --strict` counts warnings
MARKED = re.compile(
    r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>([.,:;!?)]*)', re.DOTALL
)


def with_mathml(text: str, source: str) -> str:
    """Replace each marked equation on a page; a sign behind one in a line stays beside it."""

    def to_mathml(match: re.Match[str]) -> str:
        equation = html.unescape(match[2])
        mathml = convert(equation, display="inline" if match[1] == "span" else "block")
        if "\\" in mathml:
            log.warning("%s: no MathML for %s", source, equation)
        if match[1] == "span" and match[3]:  # else a line may begin with a comma
            return f'<span class="joined">{mathml}{match[3]}</span>'
        return mathml + match[3]

    return MARKED.sub(to_mathml, text)
