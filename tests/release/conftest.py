"""A repository of two small packages, well in every respect, for each test to break in one."""

import io
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from tools.workspace import ROOT, Member, members

from .repository import Packer, commit

PYPROJECT = """\
[project]
name = "{name}"
version = "0.3.0"
description = "A package of the tests."
readme = "README.md"
license = "MIT"
license-files = ["LICENSE"]
requires-python = ">=3.11"
authors = [{{ name = "The authors" }}]
keywords = ["test"]
classifiers = [
    "Development Status :: 3 - Alpha",
    "Intended Audience :: Developers",
    "Programming Language :: Python :: 3",
    "Topic :: Scientific/Engineering",
    "Typing :: Typed",
]
dependencies = [{dependencies}]

[project.urls]
Source = "https://example.org/source"
Documentation = "https://example.org/docs"
Changelog = "https://example.org/changelog"

[project.optional-dependencies]
{extras}
"""
README = """\
# {name}

What it is.

    pip install {name}

{table}

```python
import {module}

print({module}.answer)
# > 42
```
"""
CHANGELOG = """\
# Changelog of {name}

## Unreleased

## 0.3.0 - 2026-01-31

### Added

- The answer.

## 0.2.0 - 2025-12-24

### Fixed

- The question.
"""
TABLE = "| extra | what it brings |\n|---|---|\n| `nt-two[images]` | Pillow |"


def member(root: Path, name: str, dependencies: str, extras: str, table: str) -> None:
    folder, module = root / "packages" / name, name.replace("-", "_")
    (folder / "src" / module).mkdir(parents=True)
    words = {"name": name, "module": module, "table": table}
    (folder / "pyproject.toml").write_text(
        PYPROJECT.format(**words, dependencies=dependencies, extras=extras)
    )
    (folder / "README.md").write_text(README.format(**words))
    (folder / "CHANGELOG.md").write_text(CHANGELOG.format(**words))
    (folder / "LICENSE").write_bytes((ROOT / "LICENSE").read_bytes())
    (folder / "src" / module / "__init__.py").write_text("answer = 42\n")
    (folder / "src" / module / "py.typed").touch()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """nt-one, and nt-two that needs it and opens images with an extra; all of it committed."""
    root = tmp_path / "repository"
    member(root, "nt-one", "", "", "")
    member(root, "nt-two", '"nt-one>=0.3,<0.4"', 'images = ["pillow>=10"]', TABLE)
    opens = root / "packages" / "nt-two" / "src" / "nt_two" / "images.py"
    opens.write_text(
        "def opened(path):\n    from PIL import Image\n\n    return Image.open(path)\n"
    )
    (root / "uv.lock").write_text(
        "".join(
            f'[[package]]\nname = "{name}"\nversion = "0.3.0"\n\n' for name in ("nt-one", "nt-two")
        )
    )
    commit(root)
    return root


@pytest.fixture
def two(repository: Path) -> Member:
    return members(repository)[1]


@pytest.fixture
def pack(tmp_path: Path) -> Packer:
    """The wheel and sdist of a package as a build writes them, without a build."""

    def packed(member: Member) -> tuple[Path, Path]:
        stem = f"{member.module}-{member.version}"
        wheel, sdist = tmp_path / f"{stem}-py3-none-any.whl", tmp_path / f"{stem}.tar.gz"
        told = core_metadata(member)
        source = member.folder / "src"
        with zipfile.ZipFile(wheel, "w") as archive:
            for path in sorted(source.rglob("*")):
                archive.write(path, path.relative_to(source).as_posix())
            archive.writestr(f"{stem}.dist-info/METADATA", told)
            archive.writestr(f"{stem}.dist-info/licenses/LICENSE", member.text("LICENSE"))
        with tarfile.open(sdist, "w:gz") as tar:
            for path in sorted(member.folder.rglob("*")):
                name = f"{stem}/{path.relative_to(member.folder).as_posix()}"
                tar.add(path, name, recursive=False)
            info = tarfile.TarInfo(f"{stem}/PKG-INFO")
            info.size = len(told.encode())
            tar.addfile(info, io.BytesIO(told.encode()))
        return wheel, sdist

    return packed


def core_metadata(member: Member) -> str:
    project = member.pyproject["project"]
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {member.name}",
        f"Version: {member.version}",
        f"Summary: {project['description']}",
        f"Requires-Python: {project['requires-python']}",
        f"License-Expression: {project['license']}",
        "License-File: LICENSE",
        *(f"Project-URL: {label}, {url}" for label, url in project["urls"].items()),
        *(f"Requires-Dist: {each}" for each in member.requirements),
        *(f"Provides-Extra: {each}" for each in member.optional),
        *(f"Requires-Dist: {r}; extra == '{e}'" for e, rs in member.optional.items() for r in rs),
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(lines) + "\n\n" + member.text("README.md")


@pytest.fixture
def python(tmp_path: Path, two: Member) -> Path:
    """A Python of its own in which nt-one and nt-two can be imported, and nothing else."""
    folder = tmp_path / "alone"
    venv.create(folder, symlinks=sys.platform != "win32")
    found = next(folder.rglob("site-packages"))
    one = two.folder.parent / "nt-one"
    (found / "both.pth").write_text(f"{two.folder / 'src'}\n{one / 'src'}\n")
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
