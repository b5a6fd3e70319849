"""What mkdocs calls as it builds the site (see mkdocs.yml)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # mkdocs imports this file by its path

from mkdocs.structure.files import File

from tools.site.blocks import blocks
from tools.site.equations import with_mathml
from tools.site.figures import with_figures
from tools.site.notebooks import notebook
from tools.site.records import with_records
from tools.site.tables import with_measured_cells


def on_page_markdown(text: str, /, page: Any, config: Any, files: Any) -> str:
    """Execute the page, put in what it shows, and write its notebook if its head asks for one."""
    source = page.file.src_uri

    def write(name: str, content: str) -> None:
        files.append(File.generated(config, name, content=content))

    made = text
    if any(block.runs for block in blocks(text)):
        made = with_figures(made, source, write)
    made = with_records(made, source)
    if "notebook" in page.meta:
        name, folder = f"{page.file.name}.ipynb", Path(page.file.abs_src_path).parent
        told = notebook(with_records(text, source), page.meta["notebook"], folder)
        write(str(Path(source).with_name(name)), told)
        title, rest = made.split("\n", 1)
        made = f"{title}\n\n[The same as a notebook]({name}){{ download }}\n{rest}"
    return made


def on_page_content(html: str, /, page: Any, **_: object) -> str:
    """Draw the equations, and measure the cells of tables."""
    return with_measured_cells(with_mathml(html, page.file.src_uri))
