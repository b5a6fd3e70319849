"""Versions: all packages carry one, X.Y.Z, and a package asks for the range that fits its own.

    version   siblings asked for   so that
    0.Y.Z     >=0.Y,<0.(Y+1)       before 1.0 a new Y may break, a new Z may not
    X.Y.Z     >=X.Y,<X+1           from 1.0 on a new X may break, a new Y adds, a new Z repairs

A repair (Z) therefore works with every repair of the same Y, and a package never meets a sibling
that may have broken what it uses, nor one that is too old to have it.
"""

import re

from tools.workspace import Member, requirement_name

PARTS = ("major", "minor", "patch")


def parts(version: str) -> tuple[int, int, int]:
    """The three numbers of a version."""
    match = re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", version)
    if match is None:
        raise ValueError(f"version ({version!r}) must be three numbers, such as 0.2.0")
    major, minor, patch = map(int, match.groups())
    return major, minor, patch


def sibling_range(version: str) -> str:
    """The range that a package of this version asks its siblings for, by the table above."""
    major, minor, _ = parts(version)
    return f">=0.{minor},<0.{minor + 1}" if major == 0 else f">={major}.{minor},<{major + 1}"


def following(version: str, step: str) -> str:
    """The version that `step` leads to: `major`, `minor`, `patch`, or a version itself."""
    major, minor, patch = parts(version)
    if step == "major":
        return f"{major + 1}.0.0"
    if step == "minor":
        return f"{major}.{minor + 1}.0"
    if step == "patch":
        return f"{major}.{minor}.{patch + 1}"
    if parts(step) < (major, minor, patch):
        raise ValueError(f"version {step} would go back behind {version}")
    return step


def specifier(requirement: str) -> str:
    """What a requirement says of versions: `>=0.1,<0.2` of `nt-data[images]>=0.1,<0.2; …`."""
    return re.sub(r"^[A-Za-z0-9._-]+(\[[^]]*\])?", "", requirement.partition(";")[0]).strip()


def problems(member: Member, among: list[Member]) -> list[str]:
    """A version that is not the siblings', and requirements of siblings outside of the range."""
    wanted = among[0].version
    found = []
    if member.version != wanted:
        found.append(f"{member.name} has version {member.version}, {among[0].name} has {wanted}")
    names = {each.name for each in among}
    right = sibling_range(member.version)
    for requirement in [*member.requirements, *member.extras]:
        name = requirement_name(requirement)
        if name in names - {member.name} and specifier(requirement) != right:
            found.append(
                f"{member.name} asks for {requirement}; with version {member.version} it must ask "
                f"for {name}{right}"
            )
    return found
