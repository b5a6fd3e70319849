"""Every layer, loss, optimizer, schedule and initialiser has its documentation and its test."""

import inspect
import re
from pathlib import Path

import nt_nn
import pytest
from nt_nn import Module, init, losses, optim, schedules

HERE = Path(__file__).parent


def public(door):
    """The public classes and functions of a door, by name."""
    found = {name: getattr(door, name) for name in door.__all__}
    return {name: value for name, value in found.items() if not inspect.ismodule(value)}


LAYERS = {
    name: value
    for name, value in public(nt_nn).items()
    if inspect.isclass(value)
    and issubclass(value, Module)
    and value.__module__.startswith("nt_nn.layers.")
}
FAMILIES = {
    "layers": LAYERS,
    "losses": public(losses),
    "optim": public(optim),
    "schedules": public(schedules),
    "init": public(init),
}
# What hold modules take and give what those do.
CONTAINERS = {"ModuleDict", "ModuleList", "Sequential"}
WANTED = {
    "layers": ("Shapes:", "Example:", ">>>", "Source:"),
    "losses": ("Shapes:", "Example:", ">>>", "Source:", "Raises:"),
    "optim": ("Args:", "Raises:", "Example:", ">>>", "Source:"),
    "schedules": ("Args:", "Example:", ">>>", "Source:"),
    "init": ("Example:", ">>>", "Source:"),
}
EVERY = [(family, name) for family, members in FAMILIES.items() for name in members]


def lacks_docs(family, name, text):
    """What a docstring does not have."""
    wanted = [p for p in WANTED[family] if not (name in CONTAINERS and p == "Shapes:")]
    lacking = [f"{name}: no {part}" for part in wanted if part not in text]
    if family in ("optim", "losses") and "$" not in text and name != "Optimizer":
        lacking.append(f"{name}: no equation")
    return lacking


def lacks_test(name, folder):
    """Whether no test of a folder names it."""
    texts = [file.read_text(encoding="utf-8") for file in sorted(folder.rglob("test_*.py"))]
    family = re.sub(r"\dd$", "", name)  # MaxPool2d may be tested as f"MaxPool{n}d"
    ending = r"\b" if family == name else r"(\dd|\{\w+\}d)"
    named = any(re.search(rf"\b{family}{ending}", text) for text in texts)
    return [] if named else [f"{name}: in no test of {folder.name}"]


def mirror(family, value):
    """The folder of tests that mirrors where something stands."""
    if family == "init":
        return HERE
    folders = value.__module__.split(".")[1:-1]  # nt_nn.layers.norms._layer_norm
    return HERE.joinpath(*folders)


@pytest.mark.parametrize(("family", "name"), EVERY)
def test_it_is_documented_with_an_example_and_a_source(family, name):
    assert lacks_docs(family, name, inspect.getdoc(FAMILIES[family][name]) or "") == []


@pytest.mark.parametrize(("family", "name"), EVERY)
def test_it_is_tested_where_its_place_is_mirrored(family, name):
    assert lacks_test(name, mirror(family, FAMILIES[family][name])) == []


def test_there_is_something_in_every_family():
    assert {family: len(members) > 8 for family, members in FAMILIES.items()} == dict.fromkeys(
        FAMILIES, True
    )


def test_what_lacks_something_is_refused(tmp_path):
    assert lacks_docs("losses", "Loss", "Example: >>> 1") == [
        "Loss: no Shapes:",
        "Loss: no Source:",
        "Loss: no Raises:",
        "Loss: no equation",
    ]
    assert lacks_test("Loss", tmp_path) == [f"Loss: in no test of {tmp_path.name}"]
    (tmp_path / "test_it.py").write_text("assert Loss()")
    assert lacks_test("Loss", tmp_path) == []
