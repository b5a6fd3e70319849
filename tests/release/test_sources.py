"""What the sources alone can give away: each broken package is refused, in one sentence."""

from pathlib import Path

import pytest

from tools.release import sources
from tools.workspace import Member, in_order, members


def complaints(root: Path) -> list[str]:
    among = in_order(members(root))
    return [each for member in among for each in sources.problems(member, among)]


def test_what_is_well_is_not_complained_of(repository: Path) -> None:
    assert complaints(repository) == []


BROKEN = {
    "another range for a sibling": (
        "pyproject.toml",
        "nt-one>=0.3,<0.4",
        "nt-one>=0.2",
        "nt-two asks for nt-one>=0.2; with version 0.3.0 it must ask for nt-one>=0.3,<0.4",
    ),
    "no range, and a marker": (
        "pyproject.toml",
        "nt-one>=0.3,<0.4",
        "nt-one; python_version < '4'",
        "nt-two asks for nt-one; python_version < '4'; with version 0.3.0 it must ask for "
        "nt-one>=0.3,<0.4",
    ),
    "another licence": (
        "pyproject.toml",
        'license = "MIT"',
        'license = "BSD-3-Clause"',
        "nt-two has license = 'BSD-3-Clause', nt-one has 'MIT'",
    ),
    "not said to be typed": (
        "pyproject.toml",
        '    "Typing :: Typed",\n',
        "",
        "nt-two has no classifier Typing :: Typed",
    ),
    "a licence by classifier": (
        "pyproject.toml",
        '    "Typing :: Typed",\n',
        '    "Typing :: Typed",\n    "License :: OSI Approved :: MIT License",\n',
        "nt-two: the licence is told by license alone, not by a classifier",
    ),
    "no keywords": (
        "pyproject.toml",
        'keywords = ["test"]',
        "keywords = []",
        "nt-two needs keywords, each once, not []",
    ),
    "no entry in the changelog": (
        "CHANGELOG.md",
        "- The answer.",
        "",
        "nt-two's changelog has no entry for 0.3.0: neither a section of that name nor a line "
        "under Unreleased",
    ),
    "a version without its day": (
        "CHANGELOG.md",
        "## 0.2.0 - 2025-12-24",
        "## 0.2.0",
        "nt-two's changelog: ## 0.2.0 needs its day, ## 0.2.0 - 2026-01-31",
    ),
    "a kind of change that nobody expects": (
        "CHANGELOG.md",
        "### Fixed",
        "### Sundry",
        "nt-two's changelog: ### Sundry is none of Added, Changed, Deprecated, Removed, Fixed, "
        "Security",
    ),
    "no Unreleased": (
        "CHANGELOG.md",
        "## Unreleased\n",
        "",
        "nt-two's changelog must open with the section ## Unreleased",
    ),
    "an import that nothing declares": (
        "src/nt_two/__init__.py",
        "answer = 42",
        "answer = 42\n\n\ndef drawn():\n    import matplotlib",
        "nt-two imports matplotlib (__init__.py), which is neither a dependency nor in an extra",
    ),
    "an error that tells of an extra that is not there": (
        "src/nt_two/images.py",
        "    return",
        "    'pip install \"nt-two[pictures]\"'\n    return",
        "nt-two's src/nt_two/images.py tells of nt-two[pictures], and nt-two has no such extra",
    ),
    "an extra without its row": (
        "README.md",
        "| `nt-two[images]` | Pillow |",
        "",
        "nt-two's README has no row for the extra images in its table of extras "
        "(| `nt-two[images]` | what it brings |)",
    ),
    "a link that ends at an index": (
        "README.md",
        "What it is.",
        "What [it](../nt-one) is. `[a](b)` is code.",
        "nt-two's README links to ../nt-one, which is not there on an index",
    ),
    "no example of its own": (
        "README.md",
        "import nt_two\n",
        "import nt_one as nt_two\n",
        "nt-two's README has no example that runs: none imports nt_two",
    ),
    "no word of how to install it": (
        "README.md",
        "    pip install nt-two\n",
        "",
        "nt-two's README does not tell `pip install nt-two`",
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "sentence"), BROKEN.values(), ids=BROKEN)
def test_a_broken_package_is_refused(
    two: Member, repository: Path, file: str, old: str, new: str, sentence: str
) -> None:
    path = two.folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert complaints(repository) == [sentence]


@pytest.mark.parametrize("paper", ["LICENSE", "src/nt_two/py.typed"])
def test_a_missing_paper_is_missed(two: Member, repository: Path, paper: str) -> None:
    (two.folder / paper).unlink()
    assert complaints(repository) == [f"nt-two has no {paper}"]


def test_a_licence_must_be_the_repositorys(two: Member, repository: Path) -> None:
    licence = two.folder / "LICENSE"
    licence.write_text(licence.read_text().replace("free of charge", "for a fee"))
    assert complaints(repository) == ["nt-two's LICENSE is not the repository's, to the letter"]


def test_a_package_behind_its_siblings_is_refused(two: Member, repository: Path) -> None:
    manifest = two.folder / "pyproject.toml"
    manifest.write_text(manifest.read_text().replace('"0.3.0"', '"0.2.0"'))
    assert complaints(repository) == [
        "nt-two has version 0.2.0, nt-one has 0.3.0",
        "nt-two asks for nt-one>=0.3,<0.4; with version 0.2.0 it must ask for nt-one>=0.2,<0.3",
    ]
