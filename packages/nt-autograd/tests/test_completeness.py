"""Every op has its documentation, its test and its cost; whatever lacks one is refused by name."""

import importlib
import re
from itertools import product
from pathlib import Path
from pkgutil import iter_modules

import nt_autograd
import numpy as np
import pytest
from nt_autograd import cost, ops, primitive, tensor
from nt_autograd.op import OPS, Op

HERE = Path(__file__).parent
OURS = {name: op for name, op in OPS.items() if op.forward.__module__.startswith("nt_autograd.")}
ROOMS = sorted(
    {op.forward.__module__.partition(".ops.")[2] for op in OURS.values()} - {""}
)  # `_matmul`, `activations._gelu`


def lacks_docs(name, function):
    """What a public function's docstring does not have."""
    text = function.__doc__ or ""
    return [f"{name}: no {part}" for part in ("Example:", ">>>", "Source:") if part not in text]


def mirror(room):
    """The test file of a file of ops."""
    folder, _, name = room.rpartition(".")
    return HERE / "ops" / folder / f"test{name}.py"


def lacks_test(room, names, differentiable, test):
    """What is not in the test file that mirrors a file of ops."""
    if not test.is_file():
        return [f"{room}: no {test.name}"]
    text = test.read_text(encoding="utf-8")
    lacks = [f"{name}: not in {test.name}" for name in names if not re.search(rf"\b{name}\b", text)]
    if differentiable and "gradcheck(" not in text:
        lacks.append(f"{room}: no gradcheck in {test.name}")
    return lacks


def lacks_cost(name, op):
    """Whether an op without a cost rule is not one that works element by element."""
    if op.cost is not None:
        return []
    count = max(len(op.inputs), 1)
    broadcasting = [(2, 3), (2, 1), (1, 3)][:count] if count > 1 else [(2, 3)]
    for shapes, dtype in product((broadcasting, [(2, 3)] * count), ("float64", "bool")):
        arrays = [np.full(shape, 0.5).astype(dtype) for shape in shapes]
        try:
            with np.errstate(all="ignore"):
                y = op.forward(*arrays)
        except (TypeError, ValueError):  # it takes other things: then its cost must be told
            continue
        y = y[0] if op.keeps else y
        if not op.variadic and getattr(y, "shape", None) == (2, 3):
            return []
    return [f"{name}: no cost, and it does not work element by element"]


def public(room):
    """The public functions of a file of ops."""
    module = importlib.import_module(f"nt_autograd.ops.{room}")
    return {n: getattr(module, n) for n in module.__all__ if n in nt_autograd.__all__}


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_function_is_documented_with_an_example_and_a_source(room):
    functions = {n: f for n, f in public(room).items() if not isinstance(f, type)}
    assert [each for n, f in functions.items() for each in lacks_docs(n, f)] == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_op_is_tested_in_the_file_that_mirrors_its_own(room):
    mine = [op for op in OURS.values() if op.forward.__module__.endswith(f".ops.{room}")]
    differentiable = any(op.rule or op.composed for op in mine)
    names = [n for n, f in public(room).items() if not isinstance(f, type)]
    assert lacks_test(room, names, differentiable, mirror(room)) == []


@pytest.mark.parametrize("name", OURS)
def test_every_op_tells_its_cost_or_works_element_by_element(name):
    assert lacks_cost(name, OURS[name]) == []


def test_every_name_of_the_ops_and_of_the_packages_inside_is_exported_at_the_door():
    inside = [
        importlib.import_module(f"{ops.__name__}.{i.name}")
        for i in iter_modules(ops.__path__)
        if i.ispkg
    ]
    assert len(inside) > 5
    names = [n for door in (ops, *inside) for n in door.__all__]
    assert [n for n in names if n not in nt_autograd.__all__] == []
    assert len(set(nt_autograd.__all__)) == len(nt_autograd.__all__)


def test_an_op_that_lacks_something_is_refused(tmp_path):
    def total(x, /):
        return x.sum()

    assert lacks_docs("total", total) == [
        "total: no Example:",
        "total: no >>>",
        "total: no Source:",
    ]
    op = Op(total, (), False, False)
    assert lacks_cost("total", op) == ["total: no cost, and it does not work element by element"]
    op.set_cost(cost.each_input)
    assert lacks_cost("total", op) == []
    file = tmp_path / "test_total.py"
    assert lacks_test("_total", ["total"], True, file) == ["_total: no test_total.py"]
    file.write_text("def test_it(): assert subtotal")
    assert lacks_test("_total", ["total"], True, file) == [
        "total: not in test_total.py",
        "_total: no gradcheck in test_total.py",
    ]
    file.write_text("assert gradcheck(total, x)")
    assert lacks_test("_total", ["total"], True, file) == []


def test_an_op_without_a_cost_is_refused_when_counted():
    @primitive
    def first_row(x, /):
        return x[0]

    with cost.count_flops(), pytest.raises(TypeError, match=r"tell its cost with @first_row\.cost"):
        first_row(tensor([[1.0]]))
    del OPS["first_row"]
