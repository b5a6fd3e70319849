"""Nothing is published by accident, and what is published goes out in order."""

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import isolated
from tools.release import guard, notes, publish
from tools.release.__main__ import main
from tools.workspace import Member, in_order, members

from .repository import Packer, commit, git


def in_log(old: str, new: str) -> Callable[[Path], None]:
    """A change to nt-two's changelog, committed."""

    def spoil(root: Path) -> None:
        log = root / "packages" / "nt-two" / "CHANGELOG.md"
        log.write_text(log.read_text().replace(old, new, 1))
        commit(root)

    return spoil


def without_addresses(root: Path) -> None:
    manifest = root / "packages" / "nt-two" / "pyproject.toml"
    manifest.write_text(manifest.read_text().replace("Source = ", "Sauce = "))
    commit(root)


OBSTACLES = {
    "a dirty tree": (
        lambda root: (root / "packages" / "nt-two" / "new.py").touch(),
        "the working tree has changes that no commit holds: packages/nt-two/new.py",
    ),
    "a version that is out": (
        lambda root: git(root, "tag", "v0.3.0"),
        "the tag v0.3.0 exists: 0.3.0 is published; --bump moves to the next",
    ),
    "a version without its section": (
        in_log("## 0.3.0 - 2026-01-31\n", ""),
        "nt-two's changelog has no section 0.3.0 yet: --bump 0.3.0 makes it of Unreleased",
    ),
    "an empty section": (
        in_log("- The answer.\n", ""),
        "nt-two's changelog says nothing in its section 0.3.0",
    ),
    "lines that came after": (
        in_log("## Unreleased\n", "## Unreleased\n\n### Added\n\n- Late.\n"),
        "nt-two's changelog has lines under Unreleased that 0.3.0 does not tell of",
    ),
    "no address": (without_addresses, "nt-two has no address for Source in [project.urls]"),
}


def test_what_is_ready_meets_no_obstacle(repository: Path) -> None:
    assert guard.obstacles(repository, in_order(members(repository))) == []


@pytest.mark.parametrize(("spoil", "sentence"), OBSTACLES.values(), ids=OBSTACLES)
def test_an_obstacle_ends_it_before_anything_is_built(
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], object],
    sentence: str,
) -> None:
    spoil(repository)
    built: list[object] = []
    monkeypatch.setattr(isolated, "build", lambda *what: built.append(what))
    with pytest.raises(SystemExit) as refused:
        main([], repository)
    assert str(refused.value) == f"nothing was published:\n{sentence}"
    assert built == []


def test_a_repository_that_changes_meanwhile_is_refused(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(among: list[Member], dist: Path) -> dict[str, list[Path]]:
        without_addresses(repository)  # somebody commits
        return {member.name: [] for member in among}

    monkeypatch.setattr("tools.release.__main__.check", check)
    with pytest.raises(SystemExit, match="the repository changed while it was checked"):
        main([], repository)


@pytest.fixture
def ready(repository: Path, pack: Packer) -> tuple[Path, list[Member], dict[str, list[Path]]]:
    among = in_order(members(repository))
    git(repository, "config", "user.name", "test")
    git(repository, "config", "user.email", "test@example.org")
    return repository, among, {member.name: list(pack(member)) for member in among}


@pytest.mark.parametrize("answer", ["", "y", "yes", "0.3", "0.4.0"])
def test_only_the_version_itself_says_yes(
    ready: tuple[Path, list[Member], dict[str, list[Path]]], answer: str
) -> None:
    given: list[list[Path]] = []
    assert not publish.publish(*ready, ask=lambda _: answer, give=given.append)
    assert given == []
    assert git(ready[0], "tag") == ""


def test_packages_go_out_behind_what_they_need_and_then_the_tag_is_set(
    ready: tuple[Path, list[Member], dict[str, list[Path]]],
) -> None:
    root, _, files = ready
    given: list[list[Path]] = []
    assert publish.publish(*ready, ask=lambda _: "0.3.0\n", give=given.append)
    assert given == [files["nt-one"], files["nt-two"]]
    assert git(root, "tag").split() == ["v0.3.0"]


def test_an_upload_that_fails_ends_it_without_a_tag(
    ready: tuple[Path, list[Member], dict[str, list[Path]]],
) -> None:
    def give(files: list[Path]) -> None:
        if "nt_two" in files[0].name:
            raise subprocess.CalledProcessError(2, "uv publish")

    with pytest.raises(subprocess.CalledProcessError):
        publish.publish(*ready, ask=lambda _: "0.3.0", give=give)
    assert git(ready[0], "tag") == ""


def test_the_notes_tell_every_package_and_every_file(
    ready: tuple[Path, list[Member], dict[str, list[Path]]],
) -> None:
    _, among, files = ready
    told = notes.notes(among, files)
    assert told.startswith("# nt 0.3.0 (2026-01-31)\n")
    for member in among:
        assert (
            f"## {member.name} 0.3.0\n\nA package of the tests.\n\n### Added\n\n- The answer.\n"
            in told
        )
        for file in files[member.name]:
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            assert f"| {file.name} | {file.stat().st_size:,} | `{digest}` |" in told
    assert "The question" not in told
