"""To the next version in one step: all of it, or nothing."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tools.release import changelog, sources, versions
from tools.release.__main__ import main
from tools.workspace import in_order, members

from .repository import commit, copy, git


def tell(repository: Path) -> None:
    """A line under each Unreleased."""
    for member in members(repository):
        log = member.folder / "CHANGELOG.md"
        text = log.read_text().replace("## Unreleased", "## Unreleased\n\n### Added\n\n- More.", 1)
        log.write_text(text)
    commit(repository)


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("0.1.0", ">=0.1,<0.2"),
        ("0.9.12", ">=0.9,<0.10"),
        ("1.0.0", ">=1.0,<2"),
        ("2.3.4", ">=2.3,<3"),
    ],
)
def test_the_range_follows_from_the_version(version: str, wanted: str) -> None:
    assert versions.sibling_range(version) == wanted


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        ("patch", "0.3.1"),
        ("minor", "0.4.0"),
        ("major", "1.0.0"),
        ("0.3.0", "0.3.0"),
        ("2.0.0", "2.0.0"),
    ],
)
def test_a_step_leads_on(step: str, wanted: str) -> None:
    assert versions.following("0.3.0", step) == wanted


@pytest.mark.parametrize("version", ["1.2", "1.2.3rc1", "01.2.3", "v1.2.3", ""])
def test_a_version_is_three_numbers(version: str) -> None:
    with pytest.raises(ValueError, match=r"must be three numbers, such as 0\.2\.0"):
        versions.parts(version)


def test_one_step_moves_everything(repository: Path) -> None:
    tell(repository)
    main(["--bump", "minor"], repository)
    among = in_order(members(repository))
    assert [member.version for member in among] == ["0.4.0", "0.4.0"]
    assert among[1].requirements == ["nt-one>=0.4,<0.5"]
    assert [each for member in among for each in sources.problems(member, among)] == []
    for member in among:
        found = changelog.sections(member.text("CHANGELOG.md"))
        assert list(found) == ["Unreleased", "0.4.0", "0.3.0", "0.2.0"]
        assert (found["Unreleased"], found["0.4.0"]) == ("", "### Added\n\n- More.")
        assert changelog.dates(member.text("CHANGELOG.md"))["0.4.0"] == date.today().isoformat()
    assert (repository / "uv.lock").read_text().count('version = "0.4.0"') == 2


@pytest.mark.parametrize(
    ("spoil", "step", "reason"),
    [
        (lambda root: (root / "new.txt").touch(), "minor", "no commit holds: new.txt"),
        (lambda root: git(root, "tag", "v0.4.0"), "minor", "the tag v0.4.0 exists"),
        (lambda root: None, "0.2.9", "version 0.2.9 would go back behind 0.3.0"),
        (lambda root: None, "0.3.0", "nt-one's changelog has a section 0.3.0 already"),
        (lambda root: None, "next", "must be three numbers"),
    ],
    ids=["a dirty tree", "a tag", "backwards", "again", "no version"],
)
def test_a_step_that_cannot_be_is_refused_and_changes_nothing(
    repository: Path, spoil: Callable[[Path], object], step: str, reason: str
) -> None:
    tell(repository)
    spoil(repository)
    before = git(repository, "status", "--porcelain")
    with pytest.raises(SystemExit, match=reason):
        main(["--bump", step], repository)
    assert git(repository, "status", "--porcelain") == before


def test_nothing_to_tell_is_nothing_to_release(repository: Path) -> None:
    with pytest.raises(SystemExit, match="nt-two's changelog has nothing under Unreleased"):
        main(["--bump", "minor"], repository)
    assert git(repository, "status", "--porcelain") == ""


def test_this_repository_moves_in_one_step(tmp_path: Path) -> None:
    """On a copy: what is here, moved to the next minor version."""
    root = tmp_path / "copy"
    copy(root, "packages", "apps", "uv.lock")
    before = in_order(members(root))
    old, new = before[0].version, versions.following(before[0].version, "minor")
    main(["--bump", "minor"], root)
    after = in_order(members(root))
    assert [member.version for member in after] == [new] * len(before)
    assert [each for member in after for each in sources.problems(member, after)] == []
    changed = set(git(root, "diff", "--name-only").split())
    folders = [member.folder.relative_to(root).as_posix() for member in after]
    assert changed == {"uv.lock"} | {
        f"{folder}/{name}" for folder in folders for name in ("pyproject.toml", "CHANGELOG.md")
    }
    taken = re.findall(r'^-version = "(.*)"$', git(root, "diff", "uv.lock"), re.MULTILINE)
    assert taken == [old] * len(before)
