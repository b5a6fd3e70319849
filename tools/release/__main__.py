"""The command line; `tools/release/__init__.py` tells what it is for."""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from tools import isolated
from tools.release import (
    alone,
    built,
    bump,
    contents,
    guard,
    notes,
    publish,
    sources,
    versions,
)
from tools.workspace import ROOT, Member, in_order, members, siblings

Files = dict[str, list[Path]]  # each package's wheel and sdist, by its name


def build(among: list[Member], dist: Path) -> Files:
    """Each package's wheel and sdist in `dist`, and no older ones beside them."""
    for pattern in ("nt_*.whl", "nt_*.tar.gz", "release-notes-*.md"):
        for file in dist.glob(pattern):
            file.unlink()
    return {member.name: list(isolated.build(member, dist)) for member in among}


def in_files(member: Member, files: Files) -> list[str]:
    """What a package's wheel and sdist complain of."""
    wheel, sdist = files[member.name]
    return [
        *contents.problems(member, wheel, sdist, contents.tracked(member.folder)),
        *built.problems(member, wheel),
        *built.problems(member, sdist),
    ]


def installed(
    member: Member, among: list[Member], files: Files, constraints: Path, room: Path
) -> list[str]:
    """What is wrong with a package where nothing else is, its own tests among it."""
    needed = [member, *siblings(member, among)]
    wheels = {each.name: files[each.name][0] for each in needed}
    found = alone.problems(member, wheels, constraints, room)
    own = room / "tests"
    own.mkdir()
    try:
        isolated.check(member, list(wheels.values()), files[member.name][1], constraints, own)
    except SystemExit as failed:
        found.append(str(failed))
    return found


def stage(name: str, among: list[Member], check: Callable[[Member], list[str]]) -> None:
    """Ask every package, say how long each took, and end here if any complains."""
    complaints = []
    for member in among:
        start = time.monotonic()
        found = check(member)
        verdict = "refused" if found else "well"
        print(
            f"-- {name}: {member.name} is {verdict}, {time.monotonic() - start:.1f} s", flush=True
        )
        complaints += found
    if complaints:
        raise SystemExit("\n".join(["refused:", *complaints]))


def check(among: list[Member], dist: Path) -> Files:
    """Build every package and check all that can be checked; the files, if all is well."""
    stage("sources", among, lambda member: sources.problems(member, among))
    start = time.monotonic()
    files = build(among, dist)
    print(f"-- files built, {time.monotonic() - start:.1f} s", flush=True)
    stage("files", among, lambda member: in_files(member, files))
    with tempfile.TemporaryDirectory(prefix="nt-release-") as folder:
        room = Path(folder)
        constraints = isolated.locked(room)
        stage("alone", among, lambda m: installed(m, among, files, constraints, room / m.name))
    return files


def move(root: Path, step: str) -> None:
    """Write the next version everywhere."""
    among = in_order(members(root))
    try:
        changed = bump.bump(root, among, step, date.today().isoformat())
    except bump.BumpError as reason:
        raise SystemExit(f"nothing was changed:\n{reason}") from reason
    for path, text in changed.items():
        path.write_text(text, encoding="utf-8")
    new = versions.following(among[0].version, step)
    print(f"{new} stands in {len(changed)} files; look at `git diff`, then commit")


def main(arguments: list[str] | None = None, root: Path = ROOT, dist: Path | None = None) -> None:
    """Check everything, write the notes, and then stop, or ask and publish; or move the version."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__)
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--dry-run", action="store_true", help="check everything, publish nothing")
    way.add_argument("--bump", metavar="STEP", help="major, minor, patch or a version: move to it")
    options = parser.parse_args(arguments)
    if options.bump:
        move(root, options.bump)
        return
    among = in_order(members(root))
    obstacles = guard.obstacles(root, among)
    if obstacles and not options.dry_run:
        raise SystemExit("\n".join(["nothing was published:", *obstacles]))
    dist = dist or root / "dist"
    before = guard.state(root)
    files = check(among, dist)
    if guard.state(root) != before:
        raise SystemExit("refused:\nthe repository changed while it was checked")
    told = dist / f"release-notes-{among[0].version}.md"
    told.write_text(notes.notes(among, files), encoding="utf-8")
    print(f"-- {told} tells what {among[0].version} brings")
    if options.dry_run:
        print(*(f"   before publishing: {each}" for each in obstacles), sep="\n")
        print("-- a dry run: all checks passed, nothing was published")
    elif not publish.publish(root, among, files):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
