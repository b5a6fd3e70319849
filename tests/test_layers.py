"""Imports point one way: every contract holds, and is seen to fail when it is broken."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tools.workspace import ROOT, Member, importable, imports_of, members, requirement_name

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]

# contract -> the imports that must break it, each as (importing module, imported module)
OFFENCES = {
    "packages": [
        ("nt_tensor.dtype", "nt_autograd"),
        ("nt_autograd.tensor", "nt_nn"),
        ("nt_nn.module", "nt_models"),
        ("nt_data._loader", "nt_autograd"),
        ("nt_models.gpt2", "nt_apps"),
    ],
    "data": [("nt_models.gpt2", "nt_data")],
    "autograd": [
        ("nt_autograd.tape", "nt_autograd.tensor"),
        ("nt_autograd.tensor", "nt_autograd.ops"),
        ("nt_autograd.primitive", "nt_autograd.gradients"),
    ],
    "arrays": [
        ("nt_autograd.ops.activations._softmax", "numpy"),
        ("nt_nn.module", "mlx.core"),
        ("nt_models.gpt2", "cupy"),
        ("nt_autograd.ops.activations._softmax", "numba"),
        ("nt_nn.module", "scipy"),
    ],
    "backends": [
        ("nt_tensor.create", "mlx.core"),
        ("nt_tensor.kernels._softmax", "numba"),
        ("nt_data._loader", "cupy"),
    ],
    "kernels": [
        ("nt_nn.module", "nt_tensor.kernels"),
        ("nt_models.gpt2", "nt_tensor.kernels"),
        ("nt_autograd.tensor", "nt_tensor.kernels"),
    ],
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the workspace's sources, to be broken."""
    top = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", top)
    for member in members():
        shutil.copytree(
            member.source,
            top / member.module,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    return top


def lint_imports(top: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--config", "pyproject.toml"],
        cwd=top,
        env={**os.environ, "PYTHONPATH": str(top), "PYTHONUTF8": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def module_file(top: Path, module: str) -> Path:
    path = top.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def test_the_tree_as_it_stands_keeps_every_contract(tree: Path) -> None:
    done = lint_imports(tree)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(CONTRACTS)} kept, 0 broken" in done.stdout


def test_every_contract_has_an_offence_that_proves_it() -> None:
    assert {contract["id"] for contract in CONTRACTS} == set(OFFENCES)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["id"])
def test_an_import_the_wrong_way_breaks_its_contract(tree: Path, contract: dict[str, Any]) -> None:
    offences = OFFENCES[contract["id"]]
    untouched = {importer: module_file(tree, importer).read_bytes() for importer, _ in offences}
    try:
        for importer, imported in offences:
            with module_file(tree, importer).open("a", encoding="utf-8") as file:
                file.write(f"\nimport {imported} as offender\n")
        done = lint_imports(tree)
    finally:
        for importer, text in untouched.items():
            module_file(tree, importer).write_bytes(text)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{contract['name']} BROKEN" in done.stdout
    for importer, imported in offences:
        named = imported if imported.startswith("nt_") else imported.split(".")[0]
        assert f"{importer} -> {named}" in done.stdout, f"{importer} -> {named} went unnoticed"


@pytest.mark.parametrize("member", members(), ids=lambda member: member.name)
def test_what_a_package_imports_it_declares(member: Member) -> None:
    declared = importable(member.requirements + member.extras) | {member.module}
    allowed = {"source": declared, "tests": declared | importable(member.test_requirements)}
    if requirement_name("nt-tensor") in map(requirement_name, member.requirements):
        allowed["tests"] |= {"numpy"}  # nt-tensor's own requirement, and the tests' yardstick
    folders = {"source": member.source, "tests": member.folder / "tests"}
    undeclared = {
        f"{file.relative_to(member.folder)} imports {name}"
        for kind, folder in folders.items()
        for file in folder.rglob("*.py")
        for name in imports_of(file) - allowed[kind] - sys.stdlib_module_names
    }
    assert not undeclared


@pytest.mark.parametrize("member", members(), ids=lambda member: member.name)
def test_what_a_package_declares_it_imports(member: Member) -> None:
    imported = set().union(*(imports_of(file) for file in member.source.rglob("*.py")))
    assert importable(member.requirements + member.extras) <= imported
