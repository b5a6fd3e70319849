"""What the first tab shows is what nt_autograd computes, at every step."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_apps.demo.expression import EXPRESSIONS, Expression, nudged, short, steps
from nt_apps.demo.graph import draw, table
from nt_apps.demo.tabs.gradients import show
from nt_autograd import grad, tanh, tensor

each = pytest.mark.parametrize("name", EXPRESSIONS)
numbers = st.floats(-50, 50)


def by_hand(name: str, leaves: dict[str, float]) -> dict[str, float]:
    """The whole expression at once: its value and the gradients of its leaves."""
    x = {k: tensor(v, dtype="float64", requires_grad=True) for k, v in leaves.items()}
    whole = {
        "a · b + c": lambda a, b, c: a * b + c,
        "(x · y + x)²": lambda x, y: (x * y + x) ** 2,
        "tanh(w · x)²": lambda w, x: tanh(w * x) ** 2,
    }[name](**x)
    gradients = grad(whole, list(x.values()))
    return {"result": whole.item()} | {
        k: g.item() for k, g in zip(x, gradients, strict=True) if g is not None
    }


@each
def test_there_are_five_nodes_each_at_a_place_of_its_own(name):
    one = EXPRESSIONS[name]
    assert {*one.leaves, *(op.name for op in one.operations)} == one.places.keys()
    assert len(one.places) == len({*one.places.values()}) == 5


@each
@given(data=st.data())
def test_the_last_step_has_the_gradients_of_the_whole_expression(name, data):
    one = EXPRESSIONS[name]
    leaves = {leaf: data.draw(numbers) for leaf in one.leaves}
    last, expected = steps(one, leaves)[-1], by_hand(name, leaves)
    assert last.values[one.result] == expected.pop("result")
    assert {leaf: last.gradients[leaf] for leaf in leaves} == pytest.approx(expected, rel=1e-12)


@each
def test_nudging_agrees_with_the_gradients(name):
    one = EXPRESSIONS[name]
    gradients = steps(one, one.leaves)[-1].gradients
    for leaf in one.leaves:
        assert nudged(one, {**one.leaves}, leaf) == pytest.approx(gradients[leaf], rel=1e-6)


@each
def test_each_step_knows_one_thing_more(name):
    one = EXPRESSIONS[name]
    every = steps(one, one.leaves)
    operations = len(one.operations)
    assert len(every) == 1 + operations + 1 + operations
    assert [len(step.values) for step in every] == [
        *range(5 - operations, 6), *[5] * (operations + 1)
    ]  # fmt: skip
    assert not any(step.gradients for step in every[: 1 + operations])
    assert every[1 + operations].gradients == {one.result: 1.0}
    assert every[-1].gradients.keys() == one.places.keys()
    assert every[-1].sent.keys() == {*one.arrows}


def test_a_value_used_twice_gets_the_sum_of_what_both_uses_give():
    one = EXPRESSIONS["(x · y + x)²"]
    *_, before, last = steps(one, {"x": 2.0, "y": 0.5})
    assert before.gradients["x"] == last.sent["x", "s"] == 6.0
    assert last.gradients["x"] == last.sent["x", "s"] + last.sent["x", "p"] == 9.0


def test_a_flat_tanh_passes_nothing_and_stays_finite():
    last = steps(EXPRESSIONS["tanh(w · x)²"], {"w": 40.0, "x": 40.0})[-1]
    assert last.values["L"] == 1.0
    assert last.gradients["w"] == last.gradients["x"] == 0.0


def drawn(svg: str) -> dict[str, tuple[str, str]]:
    found = re.findall(r'data-node="(\w)" data-value="([^"]*)" data-gradient="([^"]*)"', svg)
    return {name: (value, gradient) for name, value, gradient in found}


@each
def test_the_drawing_has_what_the_step_knows_and_no_more(name):
    one = EXPRESSIONS[name]
    for step in steps(one, one.leaves):
        nodes = drawn(draw(one, step))
        assert nodes.keys() == one.places.keys()
        for node, (value, gradient) in nodes.items():
            assert value == (repr(step.values[node]) if node in step.values else "")
            assert gradient == (repr(step.gradients[node]) if node in step.gradients else "")


@each
def test_boxes_do_not_overlap_and_stay_inside(name):
    one: Expression = EXPRESSIONS[name]
    svg = draw(one, steps(one, one.leaves)[-1])
    width, height = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', svg).groups())
    shape = r'<rect x="(\S+)" y="(\S+)" width="(\S+)" height="(\S+)"'
    boxes = [tuple(map(float, found)) for found in re.findall(shape, svg)]
    for i, (x, y, w, h) in enumerate(boxes):
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height
        for u, v, *_ in boxes[:i]:
            assert abs(x - u) >= w or abs(y - v) >= h


def test_an_empty_field_is_asked_for_and_nothing_is_drawn():
    assert show("a · b + c", 3, [1.0, None, None]) == (
        3, "Give every leaf a number: b, c has none.", "", ""
    )  # fmt: skip


def test_a_step_beyond_either_end_is_the_end():
    numbers = [1.0, 2.0, 3.0]
    assert show("a · b + c", 99, numbers) == show("a · b + c", -1, numbers)
    assert show("a · b + c", -1, numbers)[0] == 5


def test_numbers_are_short_and_say_their_sign():
    assert [short(x) for x in (0.0, -0.0, -1.5, 1 / 3, 12345.678, 2e-9)] == [
        "0", "0", "−1.5", "0.3333", "1.235e+04", "2e-09"
    ]  # fmt: skip
    assert short(math.inf) == "inf"


def test_the_table_sets_each_leaf_s_gradient_beside_its_nudge():
    one = EXPRESSIONS["a · b + c"]
    leaves = {"a": 2.0, "b": -3.0, "c": 10.0}
    rows = re.findall(r"<th>(\w)</th><td>(.+?)</td><td>(.+?)</td><td>(.+?)</td>",
                      table(one, steps(one, leaves)[-1], leaves))  # fmt: skip
    assert rows == [("a", "2", "−3", "−3"), ("b", "−3", "2", "2"), ("c", "10", "1", "1")]
