"""listing: the code of a class or a function as it stands in its file."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from textwrap import dedent
from typing import Any

__all__ = ["Listing", "listing"]


class Listing(str):
    r"""Code that a notebook shows as code.

    Example:
        >>> print(Listing("x = 1\n")._repr_markdown_())
        ```python
        x = 1
        ```
    """

    def _repr_markdown_(self) -> str:
        return f"```python\n{self}```"


def listing(*things: Callable[..., Any], docstrings: bool = False) -> Listing:
    """The real lines of classes and functions, from their files.

    Args:
        things: what to show, one after the other.
        docstrings: whether to show theirs too.

    Returns:
        The text, not indented, with an empty line between two of them.

    Raises:
        OSError: the file of one is not there.
        TypeError: one is written in no file, as builtins are not.

    Example:
        >>> from nt_models import GPT2
        >>> print(listing(GPT2.logits), end="")
        def logits(self, x: Tensor) -> Tensor:
            y: Tensor = linear(x, (self.head or self.token_embedding).weight)
            return y
    """
    shown = [dedent(inspect.getsource(thing)) for thing in things]
    return Listing("\n".join(shown if docstrings else map(_without_docstrings, shown)))


def _without_docstrings(code: str) -> str:
    lines = code.splitlines(keepends=True)
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or len(node.body) < 2:
            continue
        first = node.body[0]
        if isinstance(first, ast.Expr) and ast.get_docstring(node) is not None:
            end = first.end_lineno or first.lineno
            if isinstance(node, ast.ClassDef) and not lines[end].strip():
                end += 1  # the empty line behind it
            lines[first.lineno - 1 : end] = [""] * (end - first.lineno + 1)
    return "".join(lines)
