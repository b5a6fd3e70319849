"""Every library that the sources import is a dependency or in an extra; every extra told of is one.

An import inside a function is an import like any other: whoever calls the function needs the
library. So is one for a type checker, which reads the package's annotations where it is installed.
"""

import re
import sys

from tools.workspace import Member, importable, imports_of


def optional(member: Member) -> dict[str, list[str]]:
    """The libraries that are imported and no dependency, each with the extras that bring it."""
    where = _imports(member)
    always = importable(member.requirements) | {member.module} | sys.stdlib_module_names
    return {
        library: [
            extra
            for extra, requirements in member.optional.items()
            if library in importable(requirements)
        ]
        for library in where
        if library not in always
    }


def problems(member: Member, among: list[Member]) -> list[str]:
    """Imports that nothing declares, and extras that are told of and do not exist."""
    where = _imports(member)
    found = [
        f"{member.name} imports {library} ({where[library]}), which is neither a dependency nor "
        "in an extra"
        for library, extras in optional(member).items()
        if not extras
    ]
    there = {each.name: set(each.optional) for each in among}
    told = re.compile(rf"\b({'|'.join(there)})\[([a-z0-9, ]+)\]")
    texts = {path.relative_to(member.folder).as_posix(): path.read_text(encoding="utf-8")
             for path in sorted(member.source.rglob("*.py"))}  # fmt: skip
    return found + [
        f"{member.name}'s {path} tells of {name}[{extra}], and {name} has no such extra"
        for path, text in {**texts, "README.md": member.text("README.md")}.items()
        for name, extras in told.findall(text)
        for extra in re.split(r", *", extras)
        if extra not in there[name]
    ]


def _imports(member: Member) -> dict[str, str]:
    """Every library that the sources import, with the first file that does."""
    where: dict[str, str] = {}
    for path in sorted(member.source.rglob("*.py")):
        for library in sorted(imports_of(path)):
            where.setdefault(library, path.relative_to(member.source).as_posix())
    return where
