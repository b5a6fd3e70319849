"""The metadata inside a wheel and an sdist: valid, what pyproject.toml says, and rendered."""

import logging
import re
import tarfile
import zipfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from packaging.metadata import Metadata
from packaging.requirements import Requirement

from tools.workspace import Member


def metadata(file: Path) -> Metadata:
    """The metadata of a wheel or an sdist, each field valid."""
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as archive:
            name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
            text = archive.read(name)
    else:
        with tarfile.open(file) as tar:
            name = next(n for n in tar.getnames() if re.fullmatch(r"[^/]+/PKG-INFO", n))
            member = tar.extractfile(name)
            text = member.read() if member else b""
    return Metadata.from_email(text, validate=True)


def problems(member: Member, file: Path) -> list[str]:
    """What an index would refuse, show wrongly, or be told otherwise than pyproject.toml tells."""
    try:
        told = metadata(file)
    except ExceptionGroup as invalid:
        return [f"{file.name}: {each}" for each in invalid.exceptions]
    project = member.pyproject["project"]
    wanted = {
        "name": member.name,
        "version": member.version,
        "summary": project["description"],
        "requires-python": str(project["requires-python"]),
        "license": str(project["license"]),
        "extras": sorted(member.optional),
        "urls": project.get("urls", {}),
        "requirements": sorted(str(Requirement(each)) for each in member.requirements),
        "readme": member.text("README.md").strip(),
    }
    given = {
        "name": told.name,
        "version": str(told.version),
        "summary": told.summary,
        "requires-python": str(told.requires_python),
        "license": str(told.license_expression),
        "extras": sorted(told.provides_extra or []),
        "urls": told.project_urls or {},
        "requirements": sorted(
            str(each) for each in told.requires_dist or [] if "extra" not in str(each.marker)
        ),
        "readme": (told.description or "").strip(),
    }
    found = [
        f"{file.name} has {field} {given[field]!r}, pyproject.toml has {wanted[field]!r}"
        for field in wanted
        if given[field] != wanted[field] and field != "readme"
    ]
    if given["readme"] != wanted["readme"]:
        found.append(f"{file.name}: its readme is not README.md")
    return found + twine_problems(file) + rendering_problems(file.name, told.description or "")


def twine_problems(file: Path) -> list[str]:
    """What `twine check --strict` says against a file."""
    from twine.commands.check import check

    complaints = StringIO()
    listener = logging.StreamHandler(complaints)
    logging.getLogger("twine").addHandler(listener)
    try:
        with redirect_stdout(StringIO()):
            failed = check([str(file)], strict=True)
    finally:
        logging.getLogger("twine").removeHandler(listener)
    said = " ".join(complaints.getvalue().split())
    return [f"{file.name}: twine check --strict: {said}"] if failed else []


def rendering_problems(name: str, readme: str) -> list[str]:
    """What of a readme an index would not show as it was meant: headings, code, tables."""
    from readme_renderer import markdown

    html = markdown.render(readme)
    if html is None:
        return [f"{name}: its readme cannot be rendered"]
    bare = re.sub(r"^```.*?^```$", "```", readme, flags=re.MULTILINE | re.DOTALL)
    meant = {
        "headings": (len(re.findall(r"^#+ ", bare, re.MULTILINE)), r"<h[1-6]\b"),
        "blocks of code": (len(re.findall(r"^```", bare, re.MULTILINE)), r"<pre lang="),
        "tables": (len(re.findall(r"^\|( *:?-+:? *\|)+$", bare, re.MULTILINE)), r"<table\b"),
    }
    return [
        f"{name}: its readme has {count} {what}, rendered it has {len(re.findall(tag, html))}"
        for what, (count, tag) in meant.items()
        if len(re.findall(tag, html)) != count
    ]
