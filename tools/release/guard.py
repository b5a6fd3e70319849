"""What stands in the way of publishing now, though the packages may be well."""

import subprocess
from pathlib import Path

from tools.release import changelog, metadata
from tools.workspace import Member


def git(root: Path, *arguments: str) -> str:
    """What git prints."""
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


def tag_of(version: str) -> str:
    """The tag that marks a version as published."""
    return f"v{version}"


def state(root: Path) -> str:
    """The commit that is checked out, and what the working tree has besides."""
    return git(root, "rev-parse", "HEAD") + git(root, "status", "--porcelain")


def uncommitted(root: Path) -> list[str]:
    """What the working tree has that no commit holds."""
    changed = [line[3:] for line in git(root, "status", "--porcelain").splitlines()]
    if not changed:
        return []
    shown = ", ".join(changed[:5]) + (", …" if len(changed) > 5 else "")
    return [f"the working tree has changes that no commit holds: {shown}"]


def tagged(root: Path, version: str) -> list[str]:
    """Whether the version is out already."""
    tag = tag_of(version)
    if not git(root, "tag", "--list", tag).strip():
        return []
    return [f"the tag {tag} exists: {version} is published; --bump moves to the next"]


def unsettled(member: Member) -> list[str]:
    """Whether the changelog has the version's own section, and nothing that came after it."""
    found = changelog.sections(member.text("CHANGELOG.md"))
    if member.version not in found:
        return [
            f"{member.name}'s changelog has no section {member.version} yet: "
            f"--bump {member.version} makes it of {changelog.UNRELEASED}"
        ]
    if not changelog.has_lines(found[member.version]):
        return [f"{member.name}'s changelog says nothing in its section {member.version}"]
    if changelog.has_lines(found.get(changelog.UNRELEASED, "")):
        return [
            f"{member.name}'s changelog has lines under {changelog.UNRELEASED} that "
            f"{member.version} does not tell of"
        ]
    return []


def obstacles(root: Path, among: list[Member]) -> list[str]:
    """All that stands in the way, one sentence each; nothing where publishing may go on."""
    found = uncommitted(root) + tagged(root, among[0].version)
    for member in among:
        found += unsettled(member)
        missing = metadata.without_address(member)
        if missing:
            found.append(f"{member.name} has no address for {', '.join(missing)} in [project.urls]")
    return found
