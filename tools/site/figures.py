"""What the code of a page prints, draws and tabulates, beneath it, as the site is built."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import PurePosixPath

from tools.site.run import run_page

__all__ = ["with_figures"]

log = logging.getLogger("mkdocs.plugins.figures")  # where `mkdocs build --strict` counts warnings


def with_figures(text: str, source: str, write: Callable[[str, str], None]) -> str:
    """Execute a page and put what its blocks give beneath them.

    Args:
        text: its Markdown.
        source: the file's name within the documentation, which says where pictures go.
        write: takes a picture's name within the documentation, and the picture.
    """
    place = PurePosixPath(source)
    for shown in reversed(list(run_page(text, source))):  # from the end, so that places stay right
        block = shown.block
        if shown.printed != block.said:
            log.warning(
                "%s, line %d: prints %s and says %s", source, block.line, shown.printed, block.said
            )
        code, output = block.apart
        beneath = [f"```{{ .text .output }}\n{output}\n```"] if output else []
        beneath += [shown.table] if shown.table else []
        alt = block.attributes.get("alt", "")
        if shown.pictures and len(alt) < 10:
            log.warning('%s, line %d: a picture needs its words: alt="..."', source, block.line)
        for number, picture in enumerate(shown.pictures):
            name = f"figures/{place.stem}-{block.line}-{number}.svg"
            write(str(place.parent / name), picture)
            beneath.append(f"![{alt}]({name}){{ .drawn }}")
        begin = block.end - len(block.code) - len("```")
        text = "\n\n".join([f"{text[:begin]}{code}```", *beneath, text[block.end :].lstrip("\n")])
    return text
