"""The release notes: what each package brings, and the files by their digests."""

import hashlib
from pathlib import Path

from tools.release import changelog
from tools.workspace import Member


def sha256(file: Path) -> str:
    """A file's digest, as an index shows it too."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def notes(among: list[Member], files: dict[str, list[Path]]) -> str:
    """The notes in Markdown.

    Args:
        among: the packages, in the order in which they stand.
        files: each package's wheel and sdist, by its name.
    """
    version = among[0].version
    date = changelog.dates(among[0].text("CHANGELOG.md")).get(version, "not published yet")
    names = ", ".join(each.name for each in among)
    lines = [
        f"# nt {version} ({date})",
        "",
        f"{names}: all of them carry the version {version}, and ask for each other within it.",
        "",
    ]
    for member in among:
        entry = changelog.entry(member.text("CHANGELOG.md"), version)
        lines += [f"## {member.name} {version}", "", member.pyproject["project"]["description"]]
        lines += ["", entry, ""]
    lines += ["## Files", "", "| file | bytes | SHA-256 |", "|---|---|---|"]
    lines += [
        f"| {file.name} | {file.stat().st_size:,} | `{sha256(file)}` |"
        for member in among
        for file in files[member.name]
    ]
    return "\n".join(lines) + "\n"
