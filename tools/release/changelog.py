"""Changelogs as https://keepachangelog.com/en/1.1.0/ has them: what users got, by version."""

import re

from tools.workspace import Member

UNRELEASED = "Unreleased"
KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
_HEADING = re.compile(r"^## +(?P<title>\S+)(?: +- +(?P<date>\S+))? *$", re.MULTILINE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def sections(text: str) -> dict[str, str]:
    """What stands below each heading of a version (or Unreleased), the newest first."""
    headings = list(_HEADING.finditer(text))
    ends = [*(each.start() for each in headings[1:]), len(text)]
    return {
        each["title"]: text[each.end() : end].strip()
        for each, end in zip(headings, ends, strict=True)
    }


def dates(text: str) -> dict[str, str]:
    """The day of each version that has one."""
    return {each["title"]: each["date"] for each in _HEADING.finditer(text) if each["date"]}


def entry(text: str, version: str) -> str:
    """What the version brings: its own section, or what waits under Unreleased for it."""
    found = sections(text)
    return found[version] if version in found else found.get(UNRELEASED, "")


def released(text: str, version: str, date: str) -> str:
    """The changelog with what waited under Unreleased as the version's own section."""
    return re.sub(
        rf"^## +{UNRELEASED} *$", f"## {UNRELEASED}\n\n## {version} - {date}", text, flags=re.M
    )


def has_lines(section: str) -> bool:
    """Whether a section tells anything: one line of a list at least."""
    return re.search(r"^- +\S", section, re.MULTILINE) is not None


def problems(member: Member) -> list[str]:
    """What keeps the changelog from telling what this version brings."""
    text, name = member.text("CHANGELOG.md"), f"{member.name}'s changelog"
    found = sections(text)
    if next(iter(found), None) != UNRELEASED:
        return [f"{name} must open with the section ## {UNRELEASED}"]
    if not has_lines(entry(text, member.version)):
        return [
            f"{name} has no entry for {member.version}: neither a section of that name nor a line "
            f"under {UNRELEASED}"
        ]
    wrong = [title for title in found if title != UNRELEASED and title not in dates(text)]
    wrong += [title for title, date in dates(text).items() if not _DATE.fullmatch(date)]
    complaints = [f"{name}: ## {each} needs its day, ## {each} - 2026-01-31" for each in wrong]
    kinds = re.findall(r"^### +(.*?) *$", text, re.MULTILINE)
    return complaints + [
        f"{name}: ### {each} is none of {', '.join(KINDS)}" for each in kinds if each not in KINDS
    ]
