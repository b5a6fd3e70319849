"""A page shows what its code makes: prints, pictures, tables, records; and it is a notebook too."""

import base64
import json
import logging
from pathlib import Path

import griffe
import pytest

from tools.record import RECORDS
from tools.site.commands import run_commands
from tools.site.equations import with_mathml
from tools.site.examples import ExampleSections
from tools.site.figures import with_figures
from tools.site.records import with_records
from tools.site.run import run_page
from tools.site.tables import with_measured_cells
from tools.workspace import ROOT

PAGE = '''# A page

Words with [a link](other.md) and a [way out](https://example.org).

```python
x = 2
print(x + 1)
# > 3
```

```python {alt="A line from 0 to 2"}
import matplotlib.pyplot as plt

plt.plot([0, x])
plt.show()
```

```python {test="skip"}
nobody = runs(this)
```

```python
print("one")
print("two")
"""
one
two
"""
```
'''


def test_a_page_runs_in_order_and_says_what_it_prints() -> None:
    ran = list(run_page(PAGE, "page.md"))
    assert [shown.printed for shown in ran] == [["3"], [], ["one", "two"]]
    assert [shown.block.said for shown in ran] == [["3"], [], ["one", "two"]]


def test_a_wrong_output_and_a_picture_without_words_are_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wrong = PAGE.replace("# > 3", "# > 4").replace(' {alt="A line from 0 to 2"}', "")
    with caplog.at_level(logging.WARNING):
        with_figures(wrong, "page.md", lambda name, picture: None)
    told = " ".join(record.getMessage() for record in caplog.records)
    assert "line 5: prints ['3'] and says ['4']" in told
    assert "line 11: a picture needs its words" in told


def test_commands_run_in_order_and_print_what_the_page_says(tmp_path: Path) -> None:
    lines = ["git init --quiet", "git status --short", "git frobnicate", "git --version"]
    page = "```console\n" + "".join(f"$ {line}\n" for line in lines) + "git ...\n```\n"
    (tmp_path / "new.txt").touch()
    ran = list(run_commands(page, tmp_path))
    assert [each.command for each in ran] == lines
    assert [each.line for each in ran] == [2, 3, 4, 5]
    assert [each.as_told for each in ran] == [True, True, False, True]
    assert ran[1].printed == "?? new.txt"
    assert "frobnicate" in ran[2].error
    (wrong,) = run_commands("```console\n$ git status --short\n?? old.txt\n```\n", tmp_path)
    assert not wrong.as_told


def test_the_picture_of_a_block_stands_beneath_it() -> None:
    pictures: dict[str, str] = {}
    text = with_figures(PAGE, "folder/page.md", pictures.__setitem__)
    (name,) = pictures
    assert name == "folder/figures/page-11-0.svg"
    assert "<svg" in pictures[name]
    before, after = text.split("![A line from 0 to 2](figures/page-11-0.svg)")
    assert before.rstrip().endswith("plt.show()\n```")
    assert after.startswith("{ .drawn }")
    assert "nobody = runs(this)" in after


def test_a_long_output_stands_beneath_its_block() -> None:
    text = with_figures(PAGE, "page.md", lambda name, picture: None)
    assert text.rstrip().endswith(
        'print("one")\nprint("two")\n```\n\n```{ .text .output }\none\ntwo\n```'
    )
    assert "print(x + 1)\n# > 3\n```" in text  # a short one stays where it is printed


def test_the_same_page_draws_the_same_picture() -> None:
    first, second = (
        [picture for shown in run_page(PAGE, "page.md") for picture in shown.pictures]
        for _ in range(2)
    )
    assert first == second
    assert len(first) == 1


def test_a_table_stands_beneath_its_block() -> None:
    page = """# T
```python
from nt_autograd import ones
from nt_models import explain
from nt_nn import Linear

ledger = explain(Linear(3, 2), ones(4, 3))
ledger.table("Weights")
```
"""
    text = with_figures(page, "t.md", lambda name, picture: None)
    assert text.rstrip().endswith("| weight | (2, 3) | 6 |\n| bias | (2) | 2 |")


def test_a_block_that_fails_names_the_line_of_the_page() -> None:
    page = "# T\n\nWords.\n\n```python\nx = 1\ny = x / 0\n```\n"
    with pytest.raises(ZeroDivisionError) as failed:
        list(run_page(page, "docs/t.md"))
    assert (str(failed.traceback[-1].path), failed.traceback[-1].lineno) == ("docs/t.md", 6)


def test_a_record_stands_where_the_page_asks(caplog: pytest.LogCaptureFixture) -> None:
    name = sorted(path.parent.name for path in RECORDS.glob("*/summary.json"))[0]
    text = with_records(f"# A\n\n<!-- record: {name} -->\n", "deep/er/page.md")
    command = json.loads((RECORDS / name / "summary.json").read_text("utf-8"))["command"]
    assert f"`{command}`" in text
    assert f"(../../records/{name}/loss.png)" in text
    assert "`nt study scaling`" in with_records("<!-- record: scaling -->", "page.md")
    with caplog.at_level(logging.WARNING):
        with_records("<!-- record: nobody-ran-this -->", "page.md")
    assert "page.md: there is no record nobody-ran-this" in caplog.text


def test_a_notebook_has_the_words_and_the_code_without_the_prints(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    from tools.site.notebooks import notebook

    needs = '"nt-models[plots]" nt-data matplotlib'
    made = nbformat.reads(notebook(PAGE, needs, tmp_path), as_version=4)
    code = [cell.source for cell in made.cells if cell.cell_type == "code"]
    words = [cell.source for cell in made.cells if cell.cell_type == "markdown"]
    assert code == [
        "%matplotlib inline",
        "x = 2\nprint(x + 1)",
        "import matplotlib.pyplot as plt\n\nplt.plot([0, x])\nplt.show()",
        'print("one")\nprint("two")',
    ]
    needed = words[0].removeprefix("Needs, from the root of a clone: `pip install ").split()
    assert needed[0] == "./packages/nt-tensor"
    assert {*needed[1:4]} == {f"./packages/nt-{name}" for name in ("autograd", "nn", "data")}
    assert needed[4:] == ['"./packages/nt-models[plots]"', "matplotlib", "jupyter`."]
    assert "with a link and a [way out](https://example.org)" in words[1]


def test_a_notebook_carries_its_pictures_and_its_records() -> None:
    nbformat = pytest.importorskip("nbformat")
    from tools.site.notebooks import notebook

    page = with_records("# A page\n\n<!-- record: vit-fashion-mnist -->\n", "architectures/x.md")
    text = notebook(page, "nt-models", ROOT / "docs" / "architectures")
    told = nbformat.reads(text, as_version=4).cells[-1]
    assert "`nt train vit --recipe fashion-mnist" in told.source
    plot = "records-vit-fashion-mnist-loss.png"
    assert f"](attachment:{plot})" in told.source
    content = (RECORDS / "vit-fashion-mnist" / "loss.png").read_bytes()
    assert base64.b64decode(told.attachments[plot]["image/png"]) == content
    assert "../" not in told.source


NOTEBOOKS = [
    page for page in sorted((ROOT / "docs").rglob("*.md")) if page.read_text("utf-8")[:4] == "---\n"
]


@pytest.mark.slow
@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda page: page.stem)
def test_a_notebook_runs_from_top_to_bottom(page: Path, tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    from tools.site.notebooks import notebook

    text = notebook(page.read_text("utf-8").split("---\n", 2)[2], "", page.parent)
    made = nbformat.reads(text, as_version=4)
    nbclient.NotebookClient(made, resources={"metadata": {"path": str(tmp_path)}}).execute()
    cells = [cell for cell in made.cells if cell.cell_type == "code"]
    kinds = {kind for cell in cells for out in cell.outputs for kind in out.get("data", ())}
    assert "image/png" in kinds or "image/svg+xml" in kinds


def test_a_source_of_two_lines_is_a_sentence_and_no_box(tmp_path: Path) -> None:
    said = ("A sum.", "", "Example:", "    >>> add()", "", "Source: Euclid, Elements,", "    VII.")
    lines = ["def add():", '    """', *(f"    {line}" for line in said), '    """']
    (tmp_path / "sums.py").write_text("\n".join(lines))
    extensions = griffe.load_extensions(ExampleSections)
    module = griffe.load("sums", search_paths=[tmp_path], extensions=extensions)
    assert isinstance(module, griffe.Module)
    docstring = module["add"].docstring
    assert docstring is not None
    kinds = [section.kind.value for section in docstring.parse("google")]
    assert kinds == ["text", "examples", "text"]
    assert docstring.value.endswith("Source: Euclid, Elements,\nVII.")


def test_cells_of_many_words_may_be_broken_and_names_may_not() -> None:
    def cell(inside: str) -> str:
        return with_measured_cells(f"<td>{inside}</td>")

    assert cell("short") == "<td>short</td>"
    assert cell("a text that goes on for longer than a column").startswith('<td class="words">')
    assert cell("one decoder.blocks.0.attention.weight of many").startswith(
        '<td class="long-words">'
    )
    assert cell("w" * 60) == f"<td>{'w' * 60}</td>"  # nothing to break: the table scrolls
    assert cell("<math><mi>x</mi>" + "<mo>+</mo>" * 50 + "</math>").startswith("<td><math>")
    assert cell("<code>nt-data</code>") == '<td><code class="name">nt-data</code></td>'
    kept = with_measured_cells('<td style="text-align: right;">1,024</td>')
    assert kept == '<td style="text-align: right;">1,024</td>'


def test_the_comma_behind_an_equation_does_not_begin_a_line() -> None:
    inline = with_mathml('<span class="arithmatex">\\(f\\)</span>, and', "page.md")
    assert inline.startswith('<span class="joined"><math')
    assert inline.endswith("</math>,</span> and")
    alone = with_mathml('<div class="arithmatex">\\[f\\]</div>.', "page.md")
    assert alone.startswith("<math")
    assert alone.endswith("</math>.")
