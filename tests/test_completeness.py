"""Nothing public without its docstring, its example and its docs entry; no op without its test."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import nt_tensor
import pytest

from tools.workspace import ROOT, Member, members

PACKAGES = [member for member in members() if member.folder.parent.name == "packages"]
each_package = pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)


def doors(package: Member) -> Iterator[ModuleType]:
    """The package's public modules: no underscore in their path, and an `__all__`."""
    module = importlib.import_module(package.module)
    yield module
    for info in pkgutil.walk_packages(module.__path__, f"{package.module}."):
        rooms = (f"{package.module}.backends.",)  # imported by nt_tensor when an array asks for it
        if "._" in info.name or info.name.startswith(rooms):
            continue
        door = importlib.import_module(info.name)
        if info.ispkg and hasattr(door, "__all__"):
            yield door


def public(package: Member) -> dict[str, Any]:
    """Every public object of the package by its address."""
    return {
        f"{door.__name__}.{name}": getattr(door, name)
        for door in doors(package)
        for name in door.__all__
    }


def is_code(value: object) -> bool:
    """Whether a value carries a docstring of its own; constants and type aliases do not."""
    alias = getattr(value, "__module__", None) in ("typing", "types")
    return not alias and (inspect.isclass(value) or callable(value))


@each_package
def test_every_package_says_what_is_public(package: Member) -> None:
    names = public(package)
    assert names, f"{package.module} has no __all__"
    modules = [address for address, value in names.items() if isinstance(value, ModuleType)]
    assert not modules, "a module is a door of its own, not a name in another's __all__"


@each_package
def test_every_public_name_has_one_address(package: Member) -> None:
    addresses: dict[int, list[str]] = {}
    for address, value in public(package).items():
        if is_code(value):
            addresses.setdefault(id(value), []).append(address)
    assert [each for each in addresses.values() if len(each) > 1] == []


@each_package
def test_every_public_name_has_a_docstring_with_an_example(package: Member) -> None:
    lacking = []
    for address, value in public(package).items():
        if not is_code(value):
            continue
        # What an error looks like, its raiser shows; what a kernel does, its op.
        shown_elsewhere = isinstance(value, nt_tensor.Kernel) or (
            inspect.isclass(value) and issubclass(value, Exception)
        )
        text = inspect.getdoc(value) or ""
        if not text:
            lacking.append(f"{address}: no docstring")
        elif ">>> " not in text and not shown_elsewhere:
            lacking.append(f"{address}: no example")
    assert lacking == []


@each_package
def test_every_public_name_has_a_docs_entry(package: Member) -> None:
    page = (ROOT / "docs" / "api" / f"{package.module}.md").read_text(encoding="utf-8")
    entries = re.findall(r"^::: (\S+)$", page, re.MULTILINE)
    assert sorted(set(public(package)) ^ set(entries)) == []
    assert len(entries) == len(set(entries)), "an entry stands twice"


def test_every_op_has_a_test_that_mirrors_its_file() -> None:
    folder = ROOT / "packages" / "nt-autograd"
    files = (folder / "src" / "nt_autograd" / "ops").glob("_*.py")
    families = {file.stem.lstrip("_") for file in files if not file.stem.startswith("__")}
    tests = {
        file.stem.removeprefix("test_") for file in (folder / "tests" / "ops").glob("test_*.py")
    }
    assert sorted(families - tests) == []
