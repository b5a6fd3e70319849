"""What lies in a wheel and an sdist: all that must, nothing that git does not know, nothing big."""

import subprocess
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

from tools.isolated import missing_files
from tools.workspace import Member

LIMITS = {".whl": 1_000_000, ".gz": 2_000_000}  # bytes; several times what a package takes
DATA = {
    ".bin", ".csv", ".gz", ".h5", ".jsonl", ".npy", ".npz", ".parquet", ".pkl", ".pt", ".pyc",
    ".safetensors", ".so", ".tar", ".zip",
}  # fmt: skip


def tracked(folder: Path) -> set[str]:
    """The files of a folder that git knows, relative to it."""
    command = ["git", "ls-files", "-z"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return {name for name in done.stdout.split("\0") if name}


def problems(member: Member, wheel: Path, sdist: Path, known: set[str]) -> list[str]:
    """What is missing, what is there besides, and what is too big.

    Args:
        member: the package.
        wheel: the wheel that was built of it.
        sdist: the sdist that was built of it.
        known: the files of its folder that git knows.
    """
    lacking = missing_files(member, wheel, sdist)
    stem = f"{member.module}-{member.version}"
    papers = {"METADATA", "WHEEL", "RECORD", "licenses/LICENSE"}
    if "scripts" in member.pyproject["project"]:
        papers.add("entry_points.txt")
    modules = {name.removeprefix("src/") for name in known if name.startswith("src/")}
    in_wheel = modules | {f"{stem}.dist-info/{each}" for each in papers}
    in_sdist = {f"{stem}/{name}" for name in known} | {f"{stem}/PKG-INFO", f"{stem}/.gitignore"}
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    with tarfile.open(sdist) as tar:
        files = {each.name for each in tar if not each.isdir()}
    lacking += [f"{wheel.name}: {name}" for name in sorted(modules - names)]
    found = [f"{each} is missing" for each in dict.fromkeys(lacking)]
    found += [f"{wheel.name}: {name} is a stray file" for name in sorted(names - in_wheel)]
    found += [f"{sdist.name}: {name} is a stray file" for name in sorted(files - in_sdist)]
    found += [
        f"{wheel.name}: {name} is no code: tests, caches and data stay outside of a wheel"
        for name in sorted(names & modules)
        if PurePosixPath(name).suffix in DATA or "tests" in PurePosixPath(name).parts
    ]
    found += [
        f"{path.name} takes {path.stat().st_size:,} bytes, more than {LIMITS[path.suffix]:,}"
        for path in (wheel, sdist)
        if path.stat().st_size > LIMITS[path.suffix]
    ]
    return found
