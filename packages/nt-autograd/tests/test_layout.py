"""The layout of layers: what uses stands below, boxes keep apart, edges go from box to box."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd.layout import layered


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 14))
    pairs = list(itertools.combinations(range(count), 2))
    edges = draw(st.lists(st.sampled_from(pairs), max_size=25)) if pairs else []
    return [(draw(st.integers(10, 90)), 30.0) for _ in range(count)], edges


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_every_graph_is_laid_out_in_order(graph):
    sizes, edges = graph
    plan = layered(sizes, edges)
    for a, b in edges:
        assert plan.centres[a][1] < plan.centres[b][1]
    for i, j in itertools.combinations(range(len(sizes)), 2):
        (xi, yi), (xj, yj) = plan.centres[i], plan.centres[j]
        if yi == yj:
            assert abs(xi - xj) >= (sizes[i][0] + sizes[j][0]) / 2
    for (x, y), (w, h) in zip(plan.centres, sizes, strict=True):
        assert w / 2 - 1e-6 <= x <= plan.width - w / 2 + 1e-6
        assert h / 2 <= y <= plan.height - h / 2
    for (a, b), route in zip(edges, plan.routes, strict=True):
        assert route[0] == (plan.centres[a][0], plan.centres[a][1] + 15)
        assert route[-1] == (plan.centres[b][0], plan.centres[b][1] - 15)
        heights = [y for _, y in route]
        assert heights == sorted(heights)


def test_a_chain_is_a_straight_line():
    plan = layered([(40.0, 20.0)] * 5, [(i, i + 1) for i in range(4)])
    assert {x for x, _ in plan.centres} == {20.0}


def test_a_branch_beside_a_line_hangs_straight_and_does_not_drift():
    heads = [(4, 5), (5, 6), (6, 12), (4, 7), (7, 8), (8, 12), (4, 9), (9, 10), (10, 12)]
    bias, branch = [(0, 11), (11, 12)], [(1, 2), (2, 3), (3, 4), (12, 13), (13, 14), (14, 15)]
    network = [(16, 17), (17, 18), (18, 19), (19, 20)]
    sums = [(1, 16), (15, 16), (16, 21), (20, 21)]  # a block of T5's encoder
    plan = layered([(100.0, 20.0)] * 22, heads + bias + branch + network + sums)
    hanging = [plan.centres[box][0] for box in (17, 18, 19, 20)]
    assert max(hanging) - min(hanging) < 5


def test_a_tree_has_no_crossing():
    edges = [(0, 4), (1, 5), (2, 4), (3, 5), (4, 6), (5, 6)]
    x = [centre[0] for centre in layered([(40.0, 20.0)] * 7, edges).centres]
    assert (x[4] - x[5]) * (x[0] - x[1]) > 0
    assert (x[4] - x[5]) * (x[2] - x[3]) > 0


def test_nothing_is_nothing():
    plan = layered([], [])
    assert (plan.centres, plan.routes, plan.width, plan.height) == ([], [], 0.0, 0.0)


def test_too_many_bends_are_refused():
    with pytest.raises(ValueError, match="a picture of 7 boxes and bends is more than 6"):
        layered([(1.0, 1.0)] * 5, [(0, 1), (1, 2), (2, 3), (3, 4), (0, 3)], most=6)
