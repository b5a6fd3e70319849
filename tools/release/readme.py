"""A package's README, which is its page on an index: it must stand alone there."""

import re

from tools.site.blocks import Block, blocks
from tools.site.commands import commands
from tools.workspace import Member

_LINK = re.compile(r"\]\(([^)\s]+)[^)]*\)")
_FENCED = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def problems(member: Member) -> list[str]:
    """What a reader who has nothing but this page would miss."""
    text, name = member.text("README.md"), f"{member.name}'s README"
    if not text.startswith(f"# {member.name}\n"):
        return [f"{name} must open with the line # {member.name}"]
    found = []
    if not re.search(rf"^    pip install {member.name}$", text, re.MULTILINE):
        found.append(f"{name} does not tell `pip install {member.name}`")
    found += [
        f"{name} has no row for the extra {extra} in its table of extras (| `{member.name}[{extra}]"
        "` | what it brings |)"
        for extra in member.optional
        if not re.search(rf"^\| `{member.name}\[{extra}\]` \| \S", text, re.MULTILINE)
    ]
    found += [
        f"{name} links to {target}, which is not there on an index"
        for target in _LINK.findall(_FENCED.sub("", text))
        if not target.startswith(("https://", "#"))
    ]
    shown = [block for block in blocks(text) if block.runs]
    found += [
        f"{name}, line {block.line}: there is no extra {extra}"
        for block in shown
        if (extra := block.attributes.get("extra", "")) and extra not in member.optional
    ]
    if not any(_own(member, block) for block in shown) and not _own_command(member, text):
        found.append(f"{name} has no example that runs: none imports {member.module}")
    return found


def _own(member: Member, block: Block) -> bool:
    """Whether a block is an example of this package that needs nothing besides it."""
    imports = rf"^(from|import) {member.module}\b"
    return "extra" not in block.attributes and bool(re.search(imports, block.code, re.MULTILINE))


def _own_command(member: Member, text: str) -> bool:
    """Whether a command of the page is one that this package brings."""
    scripts = member.pyproject["project"].get("scripts", {})
    return any(command.split()[0] in scripts for _, command, _ in commands(text))
