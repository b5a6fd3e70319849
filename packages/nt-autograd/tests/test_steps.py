"""The steps through a graph say what the walk says, in the walk's order, and disturb nothing."""

import re
from threading import Thread
from xml.etree import ElementTree

import numpy as np
import pytest
from nt_autograd import (
    checkpoint,
    draw_steps,
    exp,
    no_grad,
    split,
    sum,
    tanh,
    tensor,
)

SVG = "{http://www.w3.org/2000/svg}"


def leaf(*values):
    return tensor(values[0] if len(values) == 1 else list(values), requires_grad=True)


def five():
    a, b, c = leaf(2.0), leaf(-3.0), leaf(10.0)
    d = a * b
    y = d + c
    return y, {"a": a, "b": b, "c": c, "d": d, "L": y}


def numbers(found):
    return {name: each.tolist() for name, each in found.items()}


def test_five_nodes_forward_and_back():
    steps = draw_steps(*five())
    assert [step.told for step in steps] == [
        "The leaves have their values.",
        "Forward: d = a · b = −6",
        "Forward: L = d + c = 4",
        "Backward begins: ∂L/∂L = 1",
        "Backward through L: it has 1 and gives 1 to d, 1 to c",
        "Backward through d: it has 1 and gives −3 to a, 2 to b",
    ]
    assert [set(step.values) for step in steps] == [{*"abc"}, {*"abcd"}, *[{*"abcdL"}] * 4]
    assert [set(step.gradients) for step in steps[3:]] == [{"L"}, {*"Ldc"}, {*"Ldcab"}]
    assert numbers(steps[-1].gradients) == {"L": 1, "d": 1, "c": 1, "a": -3, "b": 2}
    assert numbers(steps[-1].sent) == {
        ("d", "L"): 1, ("c", "L"): 1, ("a", "d"): -3, ("b", "d"): 2,
    }  # fmt: skip
    assert [step.active for step in steps[-2:]] == [("L", "d", "c"), ("d", "a", "b")]
    assert steps[0].gradients == steps[0].sent == {}


def test_the_gradients_are_those_of_backward():
    x, w = leaf(0.5, -1.0), leaf([[1.0, 2.0], [3.0, -4.0]])
    h = tanh(w @ x)
    a, b = split(h * h + x, [1, 1])  # several outputs, a value used twice, broadcasting
    y = sum(exp(a) * b * w)
    found = draw_steps(y, {"x": x, "w": w, "h": h, "b": b})[-1].gradients
    h.retain_grad()
    b.retain_grad()
    y.backward()
    for name, each in {"x": x, "w": w, "h": h, "b": b}.items():
        np.testing.assert_allclose(found[name].numpy(), each.grad.numpy(), rtol=1e-6, err_msg=name)


def test_a_value_used_twice_collects_step_by_step():
    x, y = leaf(2.0), leaf(0.5)
    steps = draw_steps((x * y + x) * 1.0, {"x": x, "y": y})
    came = [numbers(step.gradients).get("x") for step in steps]
    assert came[-2:] == [1.0, 1.5]
    square = draw_steps(x * x, {"x": x})[-1]
    assert numbers(square.sent) == {("x", "y"): 4.0}
    assert square.told.endswith("gives 2 to x, 2 to x")


def test_following_changes_nothing():
    y, names = five()
    first, second = draw_steps(y, names), draw_steps(y, names)
    assert names["a"].grad is None
    y.backward()
    assert names["a"].grad.item() == -3.0
    assert [a.svg() for a in first] == [b.svg() for b in second]


def test_a_step_keeps_its_numbers():
    y, names = five()
    steps = draw_steps(y, names)
    with no_grad():
        names["a"].add_(100.0)
    assert steps[-1].values["a"].item() == 2.0


def test_what_has_no_name_gets_one_that_is_free():
    x, v1 = leaf(1.0), leaf(2.0)
    written = [step.told for step in draw_steps(exp(x * 3) + v1, {"v1": v1})]
    assert written[1:4] == [
        "Forward: v3 = mul(v2)",
        "Forward: v4 = exp(v3)",
        "Forward: y = v4 + v1 = 22.09",
    ]


def test_the_picture_tells_programs_the_exact_numbers():
    root = ElementTree.fromstring(draw_steps(*five())[4].svg())
    groups = {g.get("data-node"): g for g in root.findall(f"{SVG}g")}
    assert list(groups) == ["a", "b", "c", "d", "L"]
    assert (groups["a"].get("data-value"), groups["a"].get("data-gradient")) == ("2.0", "")
    assert (groups["d"].get("data-value"), groups["d"].get("data-gradient")) == ("-6.0", "1.0")
    assert {n for n, g in groups.items() if "nt-active" in g.get("class")} == {*"Ldc"}
    assert [t.text for t in groups["d"].findall(f"{SVG}text")] == [
        "d = a · b", "value", "−6", "∂L/∂d", "1",
    ]  # fmt: skip
    assert [t.text for t in root.findall(f"{SVG}text")] == ["↑ 1", "↑ 1"]
    assert len(root.findall(f"{SVG}path")) == 4


def test_no_step_moves_a_box():
    x = leaf(1.0, 2.0, 3.0)
    pictures = [step.svg() for step in draw_steps(sum(x * x * 1e6), {"weights of x": x})]
    places = [re.findall(r"<rect .*/>", picture) for picture in pictures]
    assert all(each == places[0] for each in places)


def test_names_are_only_text():
    x = leaf(1.0)
    name = '<script>"a" & b\x00'
    root = ElementTree.fromstring(draw_steps(x * x, {name: x})[-1].svg())
    assert root.find(f"{SVG}g").get("data-node") == '<script>"a" & b\ufffd'


def test_a_checkpoint_sends_through_its_box():
    x = leaf(0.5)
    steps = draw_steps(checkpoint(lambda x: tanh(x) * x, x), {"x": x})
    assert steps[1].told.startswith("Forward: y = checkpoint(x)")
    assert len(steps) == 4


def test_other_threads_are_not_followed():
    y, names = five()

    def elsewhere():
        other, _ = five()
        other.backward()

    names["d"].register_hook(lambda g: _run(elsewhere))
    assert len(draw_steps(y, names)) == 6


def _run(work):
    thread = Thread(target=work)
    thread.start()
    thread.join()


def test_what_cannot_be_followed_is_said():
    x = leaf(1.0)
    with pytest.raises(ValueError, match=r"the output \(shape \(\)\) was not recorded"):
        draw_steps(tensor(1.0))
    with pytest.raises(ValueError, match=r"needs one element, it has shape \(2,\)"):
        draw_steps(leaf(1.0, 2.0) * 2)
    y = exp(x)
    y.backward()
    with pytest.raises(RuntimeError, match="freed by backward; follow it before"):
        draw_steps(y)
    h = x
    for _ in range(300):
        h = h * 1.0
    with pytest.raises(ValueError, match="more than 200 nodes; follow a part"):
        draw_steps(h)
