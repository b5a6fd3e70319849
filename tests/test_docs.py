"""Every Python block that a reader may paste runs, and prints what the page says it prints.

A block's output stands under its prints, behind `# > ` or, where it is long, as a string of its own
between triple quotes. The blocks of a page run in order, in one
session; one that opens with ```python {test="skip"} is only shown.
"""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from tools.workspace import ROOT, members

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *(member.folder / "README.md" for member in members()),
]
OUTPUT = re.compile(r'^ *# ?> ([^\n]*)$|^"""\n(.*?)\n"""$', re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```py(?:thon)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_blocks_of_a_page_run_in_order(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = page.read_text(encoding="utf-8")
    session: dict[str, object] = {"__name__": page.stem}
    monkeypatch.chdir(tmp_path)  # whatever a block writes, it writes there
    for block in BLOCK.finditer(text):
        above = text[: block.start(1)].count("\n")
        code = compile("\n" * above + block[1], str(page), "exec")  # so that lines are the page's
        printed = StringIO()
        with redirect_stdout(printed):
            exec(code, session)
        said = [
            line for one, many in OUTPUT.findall(block[1]) for line in (one or many).split("\n")
        ]
        assert printed.getvalue().splitlines() == said, f"{page.name}, line {above}"


def test_the_readme_gives_its_two_commands_to_the_letter() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    for command in ("uv run nt train gpt2", "uv run pytest"):
        assert f"    pip install uv && {command}" in lines
