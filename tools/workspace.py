"""The workspace's own description of itself: which packages there are and what each declares."""

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
    def extras(self) -> list[str]:
        """What its extras add, all of them together."""
        groups = self.pyproject["project"].get("optional-dependencies", {})
        return [requirement for group in groups.values() for requirement in group]

    @property
    def test_requirements(self) -> list[str]:
        """What its tests need besides itself."""
        return list(self.pyproject["dependency-groups"]["test"])


def members() -> list[Member]:
    """Every member of the workspace, in alphabetical order, apps last."""
    manifests = [
        *sorted(ROOT.glob("packages/*/pyproject.toml")),
        *sorted(ROOT.glob("apps/*/pyproject.toml")),
    ]
    return [Member(path.parent) for path in manifests]


def requirement_name(requirement: str) -> str:
    """The distribution that a requirement names: `nt-tensor` of `nt-tensor[jit]>=0.1`."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    if match is None:
        raise ValueError(f"requirement ({requirement!r}) must begin with a distribution's name")
    return match.group().lower().replace("_", "-")


def siblings(member: Member) -> list[Member]:
    """The members that `member` needs, directly or through one another."""
    by_name = {each.name: each for each in members()}
    found: dict[str, Member] = {}
    waiting = [requirement_name(r) for r in member.requirements]
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in found:
            found[name] = by_name[name]
            waiting += [requirement_name(r) for r in by_name[name].requirements]
    return list(found.values())
