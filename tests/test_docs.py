"""Every block that a reader may paste runs, and prints what the page says it prints.

How a page says it: tools/site/blocks.py, and tools/site/commands.py.
"""

import os
import sys
from pathlib import Path

import pytest

from tools.site.commands import run_commands
from tools.site.run import run_page
from tools.workspace import ROOT, members

READMES = [member.folder / "README.md" for member in members()]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *READMES,
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_blocks_of_a_page_run_in_order(page: Path) -> None:
    if "NT_SITE_BUILT" in os.environ and page.is_relative_to(ROOT / "docs"):
        pytest.skip("the site was built here, strictly: that ran its pages and compared")
    for shown in run_page(page.read_text(encoding="utf-8"), str(page)):
        assert shown.printed == shown.block.said, f"{page.name}, line {shown.block.line}"
        if shown.pictures:
            assert len(shown.block.attributes.get("alt", "")) >= 10, "a picture needs its words"


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.parent.name)
def test_the_commands_of_a_readme_print_what_it_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    for ran in run_commands(page.read_text(encoding="utf-8"), tmp_path):
        assert ran.as_told, f"{page.parent.name}, line {ran.line}: {ran}"


def test_the_readme_gives_its_two_commands_to_the_letter() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    for command in ("uv run nt train gpt2", "uv run pytest"):
        assert f"    pip install uv && {command}" in lines
