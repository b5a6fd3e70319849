"""A page as a Jupyter notebook: the same words and the same code, for one's own hands."""

from __future__ import annotations

import re

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.site.blocks import words_and_blocks

__all__ = ["notebook"]


def notebook(page: str, needs: str) -> str:
    """Turn a page into a notebook's text, not yet executed.

    Args:
        page: the Markdown, without front matter.
        needs: what its code imports, as pip names it: `"nt-models[plots]" nt-data`.
    """
    cells = []
    for number, part in enumerate(words_and_blocks(page)):
        name = f"part-{number}"  # the same in each build
        if isinstance(part, str):
            cells.append(new_markdown_cell(_words(part), id=name))
        elif part.runs:
            cells.append(new_code_cell(part.bare.strip(), id=name))
        else:
            cells.append(new_markdown_cell(f"```python\n{part.code}```", id=name))
    start = [
        new_markdown_cell(f"Needs: `pip install {needs} jupyter`.", id="needs"),
        new_code_cell("%matplotlib inline", id="pictures"),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = new_notebook(cells=start + cells, metadata={"kernelspec": kernel})
    nbformat.validate(made)
    return nbformat.writes(made)


def _words(text: str) -> str:
    """Links to other pages lead nowhere from a notebook: their words stay."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return re.sub(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]+\)", r"\1", text).strip()
