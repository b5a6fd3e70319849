"""A package where nothing else is: it imports, its README runs, each of its extras installs."""

import os
import subprocess
import sys
from pathlib import Path

from tools import isolated
from tools.release import _modules, _page, extras
from tools.site.blocks import blocks
from tools.workspace import Member


def run_in(python: Path, script: Path, *arguments: str, folder: Path) -> tuple[int, str, str]:
    """Run a script by an environment's Python: its exit status, what it printed, what it said."""
    outside = isolated.without_paths()
    path = os.pathsep.join([str(python.parent), outside.get("PATH", "")])
    done = subprocess.run(
        [python, "-P", script, *arguments],
        cwd=folder,
        env={**outside, "PATH": path, "NO_COLOR": "1", "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def import_problems(member: Member, python: Path, folder: Path) -> list[str]:
    """Modules that cannot be imported, but for those that need the library of an extra."""
    status, printed, said = run_in(python, Path(_modules.__file__), member.module, folder=folder)
    if status != 0:
        return [f"{member.name} cannot be imported alone: {said}"]
    failed = dict(line.split("\t") for line in printed.splitlines())
    brought = extras.optional(member)
    return [
        f"{module} of {member.name} cannot be imported alone: it lacks {library}"
        for module, library in failed.items()
        if module == member.module or not brought.get(library)
    ]


def readme_problems(member: Member, python: Path, folder: Path, *having: str) -> list[str]:
    """What of the README does not do what it says, in an environment that has these extras."""
    readme = member.folder / "README.md"
    status, _, said = run_in(python, Path(_page.__file__), str(readme), *having, folder=folder)
    if status == 0:
        return []
    reason = said.strip()
    if reason.startswith("Traceback"):
        reason = reason.splitlines()[-1]
    where = f"with the extra {', '.join(having)}" if having else "with the wheel alone"
    return [f"{member.name}'s README does not run {where}: {reason}"]


def extra_problems(
    member: Member, extra: str, wheels: dict[str, Path], constraints: Path, room: Path
) -> list[str]:
    """Whether an extra brings the libraries that it is for, and the README's blocks for it run."""
    room.mkdir(parents=True)
    own = f"{member.name}[{extra}] @ {wheels[member.name].as_uri()}"
    others = [wheel for name, wheel in wheels.items() if name != member.name]
    python = isolated.install(room, others, constraints, [own])
    wanted = sorted(each for each, bringing in extras.optional(member).items() if extra in bringing)
    look = room / "look.py"
    look.write_text(
        "import sys\nfrom importlib.util import find_spec\n"
        "print(*[name for name in sys.argv[1:] if find_spec(name) is None])\n",
        encoding="utf-8",
    )
    _, printed, said = run_in(python, look, *wanted, folder=room)
    lacking = [f"the extra {member.name}[{extra}] brings no {name}" for name in printed.split()]
    if said:
        lacking.append(f"the extra {member.name}[{extra}] cannot be looked into: {said}")
    shown = blocks(member.text("README.md"))
    if any(block.attributes.get("extra") == extra for block in shown):
        (room / "readme").mkdir()
        lacking += readme_problems(member, python, room / "readme", extra)
    return lacking


def problems(member: Member, wheels: dict[str, Path], constraints: Path, room: Path) -> list[str]:
    """All of it for one package.

    Args:
        member: the package.
        wheels: its wheel and those of the siblings that it needs, by their names.
        constraints: the versions of everything else.
        room: an empty folder.
    """
    base = room / "base"
    (base / "readme").mkdir(parents=True)
    python = isolated.install(base, list(wheels.values()), constraints)
    found = import_problems(member, python, base)
    found += readme_problems(member, python, base / "readme")
    for extra in member.optional:
        if sys.platform == "darwin" and extra.startswith("cuda"):
            print(f"{member.name}[{extra}] is not tried: macOS has no CUDA, and no wheel for it")
            continue
        found += extra_problems(member, extra, wheels, constraints, room / extra)
    return found
