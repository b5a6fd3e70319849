"""What is published: one version, bounds in step, and files that every package must carry."""

import re
import shutil
from pathlib import Path

import pytest

from tools import isolated
from tools.workspace import ROOT, Member, members, requirement_name

MEMBERS = members()
each_member = pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)


def test_all_members_have_one_version() -> None:
    assert len({member.version for member in MEMBERS}) == 1, {m.name: m.version for m in MEMBERS}


@each_member
def test_sibling_bounds_follow_the_version(member: Member) -> None:
    major, minor, _ = member.version.split(".")
    bound = f">={major}.{minor},<{major}.{int(minor) + 1}"
    names = {each.name for each in MEMBERS}
    bounds = {
        name: re.sub(r"^[A-Za-z0-9._-]+(\[[^]]*\])?", "", requirement)
        for requirement in member.requirements
        if (name := requirement_name(requirement)) in names
    }
    assert bounds == dict.fromkeys(bounds, bound)


@each_member
def test_a_member_carries_its_papers(member: Member) -> None:
    papers = ["README.md", "CHANGELOG.md", "LICENSE", f"src/{member.module}/py.typed"]
    assert [name for name in papers if not (member.folder / name).is_file()] == []
    assert (member.folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    changelog = (member.folder / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## Unreleased\n\n### Added\n+- \S", changelog, re.MULTILINE), (
        "what users got is to stand under Unreleased, Added"
    )


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
