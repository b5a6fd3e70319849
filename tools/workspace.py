"""The workspace's own description of itself: which packages there are and what each declares."""

import ast
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Member:
    """A package or an app of the workspace, by its folder."""

    folder: Path

    @cached_property
    def pyproject(self) -> dict[str, Any]:
        """What its pyproject.toml says."""
        return tomllib.loads((self.folder / "pyproject.toml").read_text(encoding="utf-8"))

    @property
    def name(self) -> str:
        """The distribution's name, `nt-tensor`."""
        return str(self.pyproject["project"]["name"])

    @property
    def module(self) -> str:
        """The import's name, `nt_tensor`."""
        return self.name.replace("-", "_")

    @property
    def version(self) -> str:
        """The version it declares."""
        return str(self.pyproject["project"]["version"])

    @property
    def source(self) -> Path:
        """The folder of its modules."""
        return self.folder / "src" / self.module

    @property
    def requirements(self) -> list[str]:
        """What it needs, as it declares it."""
        return list(self.pyproject["project"].get("dependencies", []))

    @property
    def optional(self) -> dict[str, list[str]]:
        """What each of its extras adds."""
        return dict(self.pyproject["project"].get("optional-dependencies", {}))

    @property
    def extras(self) -> list[str]:
        """What its extras add, all of them together."""
        return [requirement for group in self.optional.values() for requirement in group]

    def text(self, name: str) -> str:
        """What one of its files says, `README.md`; nothing where there is none."""
        path = self.folder / name
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    @property
    def test_requirements(self) -> list[str]:
        """What its tests need besides itself."""
        return list(self.pyproject["dependency-groups"]["test"])


def members(root: Path = ROOT) -> list[Member]:
    """Every member of the workspace at `root`, in alphabetical order, apps last."""
    manifests = [
        *sorted(root.glob("packages/*/pyproject.toml")),
        *sorted(root.glob("apps/*/pyproject.toml")),
    ]
    return [Member(path.parent) for path in manifests]


def requirement_name(requirement: str) -> str:
    """The distribution that a requirement names: `nt-tensor` of `nt-tensor[jit]>=0.1`."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    if match is None:
        raise ValueError(f"requirement ({requirement!r}) must begin with a distribution's name")
    return match.group().lower().replace("_", "-")


def siblings(member: Member, among: list[Member] | None = None) -> list[Member]:
    """The members that `member` needs, directly or through one another; `among` all by default."""
    by_name = {each.name: each for each in among or members()}
    found: dict[str, Member] = {}
    waiting = [requirement_name(r) for r in member.requirements]
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in found:
            found[name] = by_name[name]
            waiting += [requirement_name(r) for r in by_name[name].requirements]
    return list(found.values())


def in_order(among: list[Member]) -> list[Member]:
    """The members, each behind all that it needs."""
    return sorted(among, key=lambda member: (len(siblings(member, among)), member.name))


def imports_of(file: Path) -> set[str]:
    """The top-level names that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


# Distributions that are called otherwise than the module inside.
MODULES = {"scikit_learn": "sklearn", "pillow": "PIL", "tensorboardx": "tensorboardX"}


def importable(requirements: list[str]) -> set[str]:
    """The modules that requirements bring: nt_tensor of nt-tensor, cupy of cupy-cuda12x."""
    names = {requirement_name(r).replace("-", "_") for r in requirements}
    names = {MODULES.get(name, name) for name in names}
    return {"cupy" if name.startswith("cupy_") else name for name in names} | (
        {"cupyx"} if any(name.startswith("cupy_") for name in names) else set()
    )
