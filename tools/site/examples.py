"""The house writes `Example:`; mkdocstrings' parser draws a doctest only under `Examples:`.

A Griffe extension (see mkdocs.yml).
"""

import re
from typing import Any

import griffe


class ExampleSections(griffe.Extension):
    """Rename the heading before the docstring is parsed."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for every module, class, function and attribute."""
        if obj.docstring is not None:
            obj.docstring.value = re.sub(
                r"^(\s*)Example:$", r"\1Examples:", obj.docstring.value, flags=re.MULTILINE
            )
