"""Docstrings as the house writes them, as mkdocstrings' parser wants them.

A Griffe extension (see mkdocs.yml).
"""

import re
from typing import Any

import griffe


class ExampleSections(griffe.Extension):
    """`Example:` becomes `Examples:`, under which a doctest is drawn, and `Source: …` one sentence.

    What is indented beneath a line such as `Source: Zeiler et al., Deconvolutional` would else be
    the inside of a box, and that line, half a sentence, its title.
    """

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for every module, class, function and attribute."""
        if obj.docstring is not None:
            obj.docstring.value = _as_parsed(obj.docstring.value)


def _as_parsed(text: str) -> str:
    text = re.sub(r"^(\s*)Example:$", r"\1Examples:", text, flags=re.MULTILINE)
    sentence = r"^([ \t]*)(?:Source|Shapes): \S.*(?:\n\1[ \t]+\S.*)+"
    return re.sub(
        sentence, lambda found: re.sub(r"\n[ \t]+", f"\n{found[1]}", found[0]), text, flags=re.M
    )
