"""The Makefile is the one definition of each check: whoever runs one runs a target of it."""

import re

import pytest

from tools.workspace import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def test_help_tells_of_every_target() -> None:
    assert set(re.findall(r"^([a-z-]+):.*## \S", MAKEFILE, re.MULTILINE)) == targets()


@pytest.mark.parametrize(
    "caller", [".ci/run", ".pre-commit-config.yaml", "CONTRIBUTING.md", "README.md"]
)
def test_whoever_calls_make_names_a_target(caller: str) -> None:
    text = (ROOT / caller).read_text(encoding="utf-8")
    called = set(re.findall(r"(?:stage \w+ |entry: |`|^    )make ([a-z-]+)", text, re.MULTILINE))
    assert called <= targets()
    assert called or caller == "README.md"


def test_pre_commit_and_ci_run_the_same_checks() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    hooked = set(re.findall(r"entry: (make [a-z-]+)", hooks))
    assert hooked == {each for each in hooked if each in ci}
