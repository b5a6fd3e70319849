"""To the next version in one step: versions, ranges, changelogs and uv.lock, or nothing."""

import re
from pathlib import Path

from tools.release import changelog
from tools.release.guard import tagged, uncommitted
from tools.release.versions import following, sibling_range
from tools.workspace import Member


class BumpError(Exception):
    """Why nothing was changed."""


def bump(root: Path, among: list[Member], step: str, date: str) -> dict[Path, str]:
    """The files that change, as they are to be; nothing is written.

    Args:
        root: the repository.
        among: its packages.
        step: `major`, `minor`, `patch`, or the version itself.
        date: the day of the release, such as 2026-01-31.

    Raises:
        BumpError: if the tree is dirty, the version is out or would go back, or a package has
            nothing under Unreleased.
    """
    old = among[0].version
    try:
        new = following(old, step)
    except ValueError as error:
        raise BumpError(str(error)) from error
    reasons = uncommitted(root) + tagged(root, new)
    for member in among:
        found = changelog.sections(member.text("CHANGELOG.md"))
        if new in found:
            reasons.append(f"{member.name}'s changelog has a section {new} already")
        elif not changelog.has_lines(found.get(changelog.UNRELEASED, "")):
            reasons.append(
                f"{member.name}'s changelog has nothing under {changelog.UNRELEASED}: say what "
                "changed, or that nothing but the version did"
            )
    if reasons:
        raise BumpError("\n".join(reasons))
    changed = {}
    for member in among:
        manifest, log = member.folder / "pyproject.toml", member.folder / "CHANGELOG.md"
        changed[manifest] = moved(member.text("pyproject.toml"), among, old, new)
        changed[log] = changelog.released(member.text("CHANGELOG.md"), new, date)
    lock = root / "uv.lock"
    changed[lock] = relocked(lock.read_text(encoding="utf-8"), among, old, new)
    return changed


def moved(manifest: str, among: list[Member], old: str, new: str) -> str:
    """A pyproject.toml with the new version and ranges; all else to the letter."""
    names = "|".join(re.escape(each.name) for each in among)
    manifest = re.sub(
        rf'^version = "{re.escape(old)}"$', f'version = "{new}"', manifest, count=1, flags=re.M
    )
    before, after = map(sibling_range, (old, new))
    return re.sub(rf'"({names})(\[[^]]*\])?{re.escape(before)}', rf'"\1\2{after}', manifest)


def relocked(lock: str, among: list[Member], old: str, new: str) -> str:
    """A uv.lock with the new version of each package; uv writes nothing else of them."""
    for member in among:
        lock = lock.replace(
            f'name = "{member.name}"\nversion = "{old}"\n',
            f'name = "{member.name}"\nversion = "{new}"\n',
        )
    return lock
