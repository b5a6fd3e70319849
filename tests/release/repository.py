"""What the tests of a release share: git, and how a package is packed."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from tools.workspace import Member

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
