"""Every Python block that a reader may paste runs, and prints what the page says it prints.

How a page says it: tools/site/blocks.py.
"""

from pathlib import Path

import pytest

from tools.site.run import run_page
from tools.workspace import ROOT, members

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *(member.folder / "README.md" for member in members()),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_blocks_of_a_page_run_in_order(page: Path) -> None:
    for shown in run_page(page.read_text(encoding="utf-8"), str(page)):
        assert shown.printed == shown.block.said, f"{page.name}, line {shown.block.line}"
        if shown.pictures:
            assert len(shown.block.attributes.get("alt", "")) >= 10, "a picture needs its words"


def test_the_readme_gives_its_two_commands_to_the_letter() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    for command in ("uv run nt train gpt2", "uv run pytest"):
        assert f"    pip install uv && {command}" in lines
