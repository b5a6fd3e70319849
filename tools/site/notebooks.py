"""A page as a Jupyter notebook: the same words and the same code, for one's own hands."""

from __future__ import annotations

import base64
import re
import shlex
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.site.blocks import words_and_blocks
from tools.workspace import ROOT, in_order, members, requirement_name, siblings

__all__ = ["notebook"]

_PICTURE = re.compile(r"(!\[[^\]]*\]\()(?!https?:)([^)]+)(\))")
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]+\)")


def notebook(page: str, needs: str, folder: Path) -> str:
    """Turn a page into a notebook's text, not yet executed.

    Args:
        page: the Markdown, without front matter.
        needs: what its code imports, as pip names it: `"nt-models[plots]" nt-data`.
        folder: where the page lies, from which its pictures are found.
    """
    cells = []
    for number, part in enumerate(words_and_blocks(page)):
        name = f"part-{number}"  # the same in each build
        if isinstance(part, str):
            cells.append(_words(part, name, folder))
        elif part.runs:
            cells.append(new_code_cell(part.bare.strip(), id=name))
        else:
            cells.append(new_markdown_cell(f"```python\n{part.code}```", id=name))
    start = [
        new_markdown_cell(
            f"Needs, from the root of a clone: `pip install {_in_a_clone(needs)} jupyter`.",
            id="needs",
        ),
        new_code_cell("%matplotlib inline", id="pictures"),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = new_notebook(cells=start + cells, metadata={"kernelspec": kernel})
    nbformat.validate(made)
    return nbformat.writes(made)


def _words(text: str, name: str, folder: Path) -> Any:
    """A cell: its pictures go with it; links to other pages lead nowhere, so their words stay."""
    kept: dict[str, dict[str, str]] = {}

    def attached(match: re.Match[str]) -> str:
        place = match[2].replace("../", "").replace("/", "-")
        content = base64.b64encode((folder / match[2]).read_bytes()).decode()
        kept[place] = {"image/png": content}
        return f"{match[1]}attachment:{place}{match[3]}"

    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = _LINK.sub(r"\1", _PICTURE.sub(attached, text)).strip()
    return new_markdown_cell(text, id=name, **({"attachments": kept} if kept else {}))


def _in_a_clone(needs: str) -> str:
    """The same requirements as folders of a clone, each behind what it needs."""
    there = {member.name: member for member in members()}
    asked = {requirement_name(each): each for each in shlex.split(needs)}
    own = [there[name] for name in asked if name in there]
    whole = {each.name: each for member in own for each in (*siblings(member), member)}
    found = []
    for member in in_order([*whole.values()]):
        extras = asked.get(member.name, "").removeprefix(member.name)
        path = f"./{member.folder.relative_to(ROOT).as_posix()}{extras}"
        found.append(f'"{path}"' if extras else path)
    return " ".join([*found, *(name for name in asked if name not in there)])
