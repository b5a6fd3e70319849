"""What is published: sources that pass the release's checks, packages that stand alone."""

import shutil
from pathlib import Path

import pytest

from tools import isolated
from tools.release import sources
from tools.workspace import ROOT, Member, members

MEMBERS = members()
each_member = pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)


@each_member
def test_the_sources_of_a_member_could_be_published(member: Member) -> None:
    """Metadata, versions, ranges, extras, changelog and README, as tools/release checks them."""
    assert sources.problems(member, MEMBERS) == []


@each_member
def test_the_type_checker_reads_every_source(member: Member) -> None:
    mypy = Member(ROOT).pyproject["tool"]["mypy"]
    assert (member.source.parent).relative_to(ROOT).as_posix() in mypy["mypy_path"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("addition", "verdict"),
    [("", "1 passed"), ("import nt_autograd\n", "No module named 'nt_autograd'")],
    ids=["as it stands", "importing upward"],
)
def test_an_upward_import_fails_in_isolation(
    addition: str, verdict: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """In the workspace's environment it is importable; only the isolated run can tell."""
    below = next(member for member in MEMBERS if member.name == "nt-tensor")
    package = Member(tmp_path / "nt-tensor")
    shutil.copytree(below.folder, package.folder, ignore=shutil.ignore_patterns("tests"))
    with (package.source / "__init__.py").open("a", encoding="utf-8") as file:
        file.write(addition)
    (package.folder / "tests").mkdir()
    (package.folder / "tests" / "test_import.py").write_text(
        "import nt_tensor\n\n\ndef test_it_is_there() -> None:\n    assert nt_tensor.__name__\n",
        encoding="utf-8",
    )
    wheel, sdist = isolated.build(package, tmp_path)
    assert isolated.missing_files(package, wheel, sdist) == []
    constraints = tmp_path / "constraints.txt"
    constraints.touch()
    if addition:
        with pytest.raises(SystemExit, match="nt-tensor does not pass its tests alone"):
            isolated.check(package, [wheel], sdist, constraints, tmp_path)
    else:
        isolated.check(package, [wheel], sdist, constraints, tmp_path)
    assert verdict in capfd.readouterr().out
