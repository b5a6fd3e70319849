"""Each package alone: build it, install it with nothing but what it declares, run its own tests.

    python -m tools.isolated [PACKAGE ...]

A package's wheel goes into a fresh environment with the wheels of the siblings it declares, its
other requirements at the versions of uv.lock, and its test group; the tests come from its sdist.
So an import of something undeclared, or of a package above, fails here, though it works in the
workspace's own environment, where everything is installed.
"""

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

from tools.workspace import ROOT, Member, members, siblings

UV = os.environ.get("UV", "uv")  # `uv run` tells what it is called by

# Hypothesis as on a build machine: the same examples each time, and no limit of time for one.
PYTEST_INI = """\
[pytest]
addopts =
    --import-mode=importlib --strict-markers -m "not slow" -p no:cacheprovider -q
    --hypothesis-profile=ci
filterwarnings = error
xfail_strict = true
markers =
    slow: minutes long
    cuda: needs a CUDA device
"""


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command, quiet unless it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        raise SystemExit(f"failed ({done.returncode}): {' '.join(map(str, command))}")


def build(package: Member, dist: Path) -> tuple[Path, Path]:
    """The package's wheel and sdist, built into `dist`; the wheel is built from the sdist."""
    run(UV, "build", "--quiet", package.folder, "--out-dir", dist)
    stem = f"{package.module}-{package.version}"
    return dist / f"{stem}-py3-none-any.whl", dist / f"{stem}.tar.gz"


def missing_files(package: Member, wheel: Path, sdist: Path) -> list[str]:
    """What a wheel or sdist lacks of what every one of them must hold."""
    stem = f"{package.module}-{package.version}"
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = set(archive.namelist())
    with tarfile.open(sdist) as tar:
        in_sdist = set(tar.getnames())
    modules = {
        path.relative_to(package.folder / "src").as_posix() for path in package.source.rglob("*.py")
    }
    wanted_in_wheel = {
        *modules,
        f"{package.module}/py.typed",
        f"{stem}.dist-info/licenses/LICENSE",
    }
    wanted_in_sdist = {f"{stem}/src/{name}" for name in modules} | {
        f"{stem}/{path.relative_to(package.folder).as_posix()}"
        for path in (package.folder / "tests").rglob("*.py")
    }
    wanted_in_sdist |= {
        f"{stem}/{name}"
        for name in (
            f"src/{package.module}/py.typed",
            "LICENSE",
            "README.md",
            "CHANGELOG.md",
            "pyproject.toml",
        )
    }
    lacking = [f"{wheel.name}: {name}" for name in sorted(wanted_in_wheel - in_wheel)]
    lacking += [f"{sdist.name}: {name}" for name in sorted(wanted_in_sdist - in_sdist)]
    strangers = {name.split("/")[0] for name in in_wheel} - {package.module, f"{stem}.dist-info"}
    return lacking + [f"{wheel.name}: holds {name} besides" for name in sorted(strangers)]


def install(
    room: Path, wheels: list[Path], constraints: Path, requirements: Iterable[str] = ()
) -> Path:
    """A fresh environment in `room` with the wheels and what they declare; its Python."""
    environment = room / "venv"
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    run(UV, "venv", "--quiet", "--python", sys.executable, environment)
    run(
        *(UV, "pip", "install", "--quiet", "--python", python, "--constraint", constraints),
        *wheels,
        *requirements,
    )
    return python


def locked(room: Path) -> Path:
    """The versions of uv.lock as constraints, in `room`."""
    constraints = room / "constraints.txt"
    run(
        *(UV, "export", "--quiet", "--frozen", "--all-packages", "--all-groups", "--all-extras"),
        *("--no-hashes", "--no-emit-workspace", "--output-file", constraints),
    )
    return constraints


def without_paths() -> dict[str, str]:
    """The environment's variables but PYTHONPATH, by which other sources would be found."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def unpack(package: Member, sdist: Path, room: Path) -> Path:
    """The sdist's folder, unpacked in `room`."""
    with tarfile.open(sdist) as tar:
        tar.extractall(room, filter="data")
    return room / f"{package.module}-{package.version}"


def check(package: Member, wheels: list[Path], sdist: Path, constraints: Path, room: Path) -> None:
    """Install the wheels into a fresh environment in `room` and run the sdist's tests there."""
    python = install(room, wheels, constraints, package.test_requirements)
    unpacked = unpack(package, sdist, room)
    (unpacked / "pytest.ini").write_text(PYTEST_INI, encoding="utf-8")
    # -P: the current folder is no import path, so only what is installed can be imported.
    command = [python, "-P", "-m", "pytest", "tests"]
    done = subprocess.run(command, cwd=unpacked, env=without_paths(), check=False)
    if done.returncode != 0:
        raise SystemExit(f"{package.name} does not pass its tests alone ({done.returncode})")


def main(arguments: list[str] | None = None) -> None:
    """Check the packages named on the command line, or all but the apps, which take minutes."""
    packages = {each.name: each for each in members()}
    usual = [each.name for each in packages.values() if each.folder.parent.name == "packages"]
    parser = argparse.ArgumentParser(prog="python -m tools.isolated", description=__doc__)
    parser.add_argument("package", nargs="*", help=f"one of {', '.join(packages)}")
    names: list[str] = parser.parse_args(arguments).package or usual
    unknown = [name for name in names if name not in packages]
    if unknown:
        parser.error(f"no package {', '.join(unknown)}; there are {', '.join(packages)}")
    with tempfile.TemporaryDirectory(prefix="nt-isolated-") as folder:
        room = Path(folder)
        constraints = locked(room)
        built: dict[str, tuple[Path, Path]] = {}
        for name in names:
            start = time.monotonic()
            package = packages[name]
            needed = [package, *siblings(package)]
            for each in needed:
                if each.name not in built:
                    built[each.name] = build(each, room / "dist")
            lacking = missing_files(package, *built[name])
            if lacking:
                raise SystemExit("\n".join(lacking))
            (room / name).mkdir()
            wheels = [built[each.name][0] for each in needed]
            print(f"-- {name} with {', '.join(wheel.name for wheel in wheels)}", flush=True)
            check(package, wheels, built[name][1], constraints, room / name)
            print(f"-- {name}: {time.monotonic() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
