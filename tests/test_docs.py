"""Every Python block that a reader may paste runs, and prints what the page says it prints."""

from pathlib import Path

import pytest
from pytest_examples import CodeExample, EvalExample, find_examples

from tools.workspace import ROOT, members

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *(member.folder / "README.md" for member in members()),
]


def blocks(page: Path) -> list[CodeExample]:
    """The page's Python blocks that are meant to run; ```python {test="skip"} is shown only."""
    found = find_examples(page)
    return [block for block in found if block.prefix_settings().get("test") != "skip"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_blocks_of_a_page_run_in_order(page: Path, eval_example: EvalExample) -> None:
    names: dict[str, object] = {}
    for block in blocks(page):
        # Its own traceback has made-up frames that pytest cannot draw, so the error alone is told.
        problem = ""
        try:
            names.update(eval_example.run_print_check(block, module_globals=names))
        except Exception as error:
            problem = f"{block.path.name}:{block.start_line}: {error!r}"
        if problem:
            pytest.fail(problem, pytrace=False)


def test_the_readme_gives_its_two_commands_to_the_letter() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    for command in ("uv run nt train gpt2", "uv run pytest"):
        assert f"    pip install uv && {command}" in lines
