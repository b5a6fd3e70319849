"""What pyproject.toml tells an index: complete in each package, and alike where it must be."""

import re

from tools.workspace import ROOT, Member

CLASSIFIERS = (
    "Development Status :: ",
    "Intended Audience :: ",
    "Programming Language :: Python :: 3",
    "Topic :: ",
    "Typing :: Typed",
)
ALIKE = ("requires-python", "license", "license-files", "authors", "urls")
SUMMARY_LIMIT = 512  # characters, an index's own limit
URLS = ("Source", "Documentation", "Changelog")  # the least that a reader on an index needs


def problems(member: Member, among: list[Member]) -> list[str]:
    """What is missing, malformed, or not as in the other packages."""
    project, name = member.pyproject["project"], member.name
    found = []
    if name != member.folder.name or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        found.append(f"{name} must be called as its folder, {member.folder.name}, in small letters")
    summary = str(project.get("description", ""))
    if not summary or "\n" in summary or len(summary) > SUMMARY_LIMIT:
        found.append(f"{name} needs a description of one line, at most {SUMMARY_LIMIT} characters")
    found += [
        f"{name} must have {field} = {wanted!r}, not {project.get(field)!r}"
        for field, wanted in (("readme", "README.md"), ("license-files", ["LICENSE"]))
        if project.get(field) != wanted
    ]
    found += [f"{name} has no {field}" for field in ("requires-python", "license", "authors")
              if not project.get(field)]  # fmt: skip
    keywords = project.get("keywords", [])
    if not keywords or len(set(keywords)) != len(keywords):
        found.append(f"{name} needs keywords, each once, not {keywords}")
    classifiers = project.get("classifiers", [])
    found += [
        f"{name} has no classifier {prefix.strip()}"
        for prefix in CLASSIFIERS
        if not any(each.startswith(prefix) for each in classifiers)
    ]
    if any(each.startswith("License ::") for each in classifiers):
        found.append(f"{name}: the licence is told by license alone, not by a classifier")
    found += [
        f"{name}: the address of {label} ({address}) must begin with https://"
        for label, address in project.get("urls", {}).items()
        if not str(address).startswith("https://")
    ]
    return found + _unlike(member, among) + _papers(member)


def without_address(member: Member) -> list[str]:
    """The addresses that readers on an index would look for in vain."""
    urls = member.pyproject["project"].get("urls", {})
    return [label for label in URLS if label not in urls]


def _unlike(member: Member, among: list[Member]) -> list[str]:
    """Fields that differ from what the first of the packages says."""
    first, own = among[0].pyproject["project"], member.pyproject["project"]
    return [
        f"{member.name} has {field} = {own.get(field)!r}, {among[0].name} has {first.get(field)!r}"
        for field in ALIKE
        if own.get(field) != first.get(field)
    ]


def _papers(member: Member) -> list[str]:
    """Files that must be there, and the licence to the letter."""
    papers = ["README.md", "CHANGELOG.md", "LICENSE", f"src/{member.module}/py.typed"]
    found = [f"{member.name} has no {each}" for each in papers
             if not (member.folder / each).is_file()]  # fmt: skip
    if member.text("LICENSE") and member.text("LICENSE") != Member(ROOT).text("LICENSE"):
        found.append(f"{member.name}'s LICENSE is not the repository's, to the letter")
    return found
