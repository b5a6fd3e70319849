"""What the tests of a release share: git, and copies of this repository."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tools.workspace import ROOT, Member

Packer = Callable[[Member], tuple[Path, Path]]


def git(root: Path, *arguments: str) -> str:
    """What git prints, as somebody who may commit."""
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def commit(root: Path) -> None:
    """All of it, as it stands."""
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "as it stands")


def copy(to: Path, *names: str) -> None:
    """The files of this repository, of these names and folders, committed in `to`."""
    for name in filter(None, git(ROOT, "ls-files", "-z", *names).split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)
    for log in to.rglob("CHANGELOG.md"):  # right behind a release there may be nothing to tell
        line = "## Unreleased\n\n### Fixed\n\n- A line of the test.\n"
        log.write_text(log.read_text().replace("## Unreleased\n", line, 1))
    commit(to)
