"""A package where nothing else is: its modules, its README, its extras."""

from pathlib import Path

import pytest

from tools import isolated
from tools.release import alone
from tools.workspace import Member


def test_what_is_well_is_not_complained_of(two: Member, python: Path, tmp_path: Path) -> None:
    assert alone.import_problems(two, python, tmp_path) == []
    assert alone.readme_problems(two, python, tmp_path) == []


@pytest.mark.parametrize(
    ("instead", "reason"),
    [
        ("# > 43", "line 11: it printed\n42\nand says\n43"),
        ("# > 42\nimport numpy", "No module named 'numpy'"),
        ("# > 42\n```\n\n```console\n$ git frobnicate", "frobnicate"),
    ],
)
def test_an_example_that_does_not_do_what_it_says(
    two: Member, python: Path, tmp_path: Path, instead: str, reason: str
) -> None:
    path = two.folder / "README.md"
    path.write_text(path.read_text().replace("# > 42", instead))
    (complaint,) = alone.readme_problems(two, python, tmp_path)
    assert complaint.startswith("nt-two's README does not run with the wheel alone: ")
    assert reason in complaint


def test_an_example_may_need_an_extra(two: Member, python: Path, tmp_path: Path) -> None:
    with (two.folder / "README.md").open("a") as readme:
        readme.write('\n```python {extra="images"}\nfrom PIL import Image\n```\n')
    assert alone.readme_problems(two, python, tmp_path) == []
    (complaint,) = alone.readme_problems(two, python, tmp_path, "images")
    assert complaint.startswith("nt-two's README does not run with the extra images: ")


def test_a_module_that_cannot_be_imported_is_refused(
    two: Member, python: Path, tmp_path: Path
) -> None:
    (two.source / "broken.py").write_text("import nt_three\n")
    (two.source / "opening.py").write_text("import PIL\n")  # the extra's, so it may be missing
    (two.source / "raising.py").write_text("raise RuntimeError('no')\n")
    assert alone.import_problems(two, python, tmp_path) == [
        "nt_two.broken of nt-two cannot be imported alone: it lacks nt_three",
        "nt_two.raising of nt-two cannot be imported alone: it lacks RuntimeError: no",
    ]


def test_a_package_that_needs_an_extra_to_be_imported_is_refused(
    two: Member, python: Path, tmp_path: Path
) -> None:
    (two.source / "__init__.py").write_text("import PIL\n")
    assert alone.import_problems(two, python, tmp_path) == [
        "nt_two of nt-two cannot be imported alone: it lacks PIL"
    ]


def test_an_extra_that_does_not_bring_its_library_is_refused(
    two: Member, python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "install", lambda *_: python)  # where no Pillow is
    wheels = {"nt-two": tmp_path / "nt_two-0.3.0-py3-none-any.whl"}
    assert alone.extra_problems(two, "images", wheels, tmp_path, tmp_path / "room") == [
        "the extra nt-two[images] brings no PIL"
    ]
