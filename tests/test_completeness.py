"""Nothing public without its docstring, its example and its docs entry; no op without its test."""

import importlib
import inspect
import itertools
import pkgutil
import re
from collections.abc import Iterator
from types import GenericAlias, ModuleType
from typing import Any

import nt_tensor
import numpy as np
import pytest
from nt_autograd.op import OPS as REGISTRY
from nt_autograd.op import Op

from tools.workspace import ROOT, Member, members

each_package = pytest.mark.parametrize("package", members(), ids=lambda package: package.name)


def doors(package: Member) -> Iterator[ModuleType]:
    """The package itself, the modules its `__all__` names, and the packages inside with their own.

    No door: what has an underscore in its path; the backends, which nt_tensor opens when an array
    asks; and a package whose every name the one above it exports. An app is a program: its doors
    are the modules that pages name.
    """
    if package.folder.parent.name == "apps":
        yield from map(importlib.import_module, sorted(named_by_pages(package)))
        return
    front = importlib.import_module(package.module)
    yield front
    for info in pkgutil.walk_packages(front.__path__, f"{package.module}."):
        if "._" in info.name or ".backends" in info.name:
            continue
        door = importlib.import_module(info.name)
        named = any(getattr(front, name) is door for name in front.__all__)
        names = set(getattr(door, "__all__", ()))
        if named or (info.ispkg and not names <= set(front.__all__)):
            yield door


def named_by_pages(package: Member) -> set[str]:
    """The modules of a package that the documentation's pages import, or name in their words."""
    dotted = re.compile(rf"\b{package.module}(?:\.[a-z_]+)+\b")
    pages = set((ROOT / "docs").rglob("*.md")) - set((ROOT / "docs" / "api").rglob("*.md"))
    return {name for page in pages for name in dotted.findall(page.read_text(encoding="utf-8"))}


def public(package: Member) -> dict[str, Any]:
    """Every public object of the package by its address; a module is a door, not an object."""
    return {
        f"{door.__name__}.{name}": value
        for door in doors(package)
        for name in door.__all__
        if not isinstance(value := getattr(door, name), ModuleType)
    }


def is_code(value: object) -> bool:
    """Whether a value carries a docstring of its own; constants and type aliases do not."""
    alias = isinstance(value, GenericAlias) or getattr(value, "__module__", None) in (
        "typing", "types",
    )  # fmt: skip
    return not alias and (inspect.isclass(value) or callable(value))


@each_package
def test_every_package_says_what_is_public(package: Member) -> None:
    assert public(package), f"{package.module} has no __all__"
    for door in doors(package):
        assert len(door.__all__) == len(set(door.__all__)), f"{door.__name__} names one twice"


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
    pages = sorted((ROOT / "docs" / "api" / package.module).glob("*.md"))
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    entries = re.findall(r"^::: (\S+)$", text, re.MULTILINE)
    assert sorted(set(public(package)) ^ set(entries)) == []
    assert len(entries) == len(set(entries)), "an entry stands twice"


OPS = [op for op in REGISTRY.values() if op.forward.__module__.startswith("nt_autograd.ops.")]
each_op = pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
TESTS = "\n".join(
    file.read_text(encoding="utf-8")
    for file in sorted((ROOT / "packages" / "nt-autograd" / "tests").rglob("test_*.py"))
)


@each_op
def test_every_op_is_called_by_a_test(op: Op) -> None:
    public_name = op.forward.__module__.rpartition("._")[2]
    assert re.search(rf"\b({op.name}|{public_name})\b", TESTS), (
        f"no test in packages/nt-autograd/tests names {op.name} or its family {public_name}"
    )


def works_element_by_element(op: Op) -> bool:
    """Whether each element of the result comes from the elements that stand at its place."""
    numbers = {name: 2.0 for name, value in op.defaults.items() if value is inspect.Parameter.empty}
    for kind, scalars in itertools.product((float, bool, int), (False, True)):
        before: list[Any] = []
        for i in range(len(op.inputs)):
            before.append(2.0 if scalars and i else np.array([1.2, 1.4, 1.6], kind) + kind(i))
        after = [x if np.isscalar(x) else x * np.array([2, 1, 1], kind) for x in before]
        try:
            with np.errstate(all="ignore"):  # outside of a function's domain it is still local
                y, z = (op.forward(*inputs, **numbers) for inputs in (before, after))
        except (TypeError, ValueError, IndexError):
            continue
        if op.keeps:
            y, z = y[0], z[0]
        return y.shape == (3,) and np.array_equal(y[1:], z[1:], equal_nan=True)
    return False


@each_op
def test_an_op_tells_its_cost_or_works_element_by_element(op: Op) -> None:
    assert op.cost is not None or works_element_by_element(op), f"{op.name} needs an `@.cost`"
