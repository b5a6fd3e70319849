"""A table maps names both ways and says everything that does not fit, all at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_models.weights import (
    IGNORED,
    LEADING_ONE,
    REPEATED,
    TRANSPOSED,
    How,
    Table,
    stacked,
)

TABLE = Table(
    ("m.emb.weight", "embedding.weight"),
    ("m.pos", "position", LEADING_ONE),
    ("m.h.*.norm", "blocks.*.norm"),
    ("m.h.*.fc", "blocks.*.up", TRANSPOSED),
    (stacked("m.h.*.q", "m.h.*.k", "m.h.*.v", sizes=(2, 1, 1)), "blocks.*.qkv"),
    ("head.weight", "embedding.weight", REPEATED),
    ("m.h.*.mask", IGNORED),
    prefix="m.",
    older={".gamma": ".weight", ".beta": ".bias"},
)
SHAPES = {
    "embedding.weight": (5, 4),
    "position": (3, 4),
    **{f"blocks.{i}.norm.{part}": (4,) for i in (0, 11) for part in ("weight", "bias")},
    **{f"blocks.{i}.up.weight": (6, 4) for i in (0, 11)},
    **{f"blocks.{i}.qkv.weight": (8, 4) for i in (0, 11)},
}


def state():
    rng = np.random.default_rng(0)
    return {name: rng.standard_normal(shape) for name, shape in SHAPES.items()}


def same(found, right):
    assert found.keys() == right.keys()
    for name in right:
        np.testing.assert_array_equal(found[name], right[name])


def test_what_is_written_is_read():
    published = TABLE.to_published(state())
    assert {name: array.shape for name, array in published.items() if ".11." not in name} == {
        "m.emb.weight": (5, 4),
        "m.pos": (1, 3, 4),
        "m.h.0.norm.weight": (4,),
        "m.h.0.norm.bias": (4,),
        "m.h.0.fc.weight": (4, 6),
        "m.h.0.q.weight": (4, 4),
        "m.h.0.k.weight": (2, 4),
        "m.h.0.v.weight": (2, 4),
    }
    same(TABLE.to_ours(published, SHAPES), state())
    same(TABLE.to_ours(published), state())


def test_rows_are_stacked_in_the_order_of_the_line():
    parts = {f"m.h.0.{n}.bias": np.full(2, i) for i, n in enumerate("qkv")}
    found = TABLE.to_ours(parts)["blocks.0.qkv.bias"]
    np.testing.assert_array_equal(found, [0, 0, 1, 1, 2, 2])


def test_older_files_lack_the_prefix_and_spell_norms_otherwise():
    published = TABLE.to_published(state())
    older = {
        name.removeprefix("m.")
        .replace("norm.weight", "norm.gamma")
        .replace("norm.bias", "norm.beta"): array
        for name, array in published.items()
    }
    assert "h.11.norm.gamma" in older
    same(TABLE.to_ours(older, SHAPES), state())


def test_a_repetition_is_read_where_the_original_is_absent():
    published = TABLE.to_published(state())
    both = {**published, "head.weight": published["m.emb.weight"]}
    same(TABLE.to_ours(both, SHAPES), state())
    assert TABLE.match({n: a.shape for n, a in both.items()})["embedding.weight"].repeats == (
        "head.weight",
    )
    both.pop("m.emb.weight")
    same(TABLE.to_ours(both, SHAPES), state())
    same(TABLE.to_ours(both), state())


def test_what_is_ignored_is_neither_read_nor_asked_for():
    published = {**TABLE.to_published(state()), "m.h.0.mask": np.ones((1, 1, 3, 3))}
    same(TABLE.to_ours(published, SHAPES), state())


def test_all_that_does_not_fit_is_said_at_once():
    published = TABLE.to_published(state())
    del published["m.h.0.k.weight"], published["m.h.11.norm.bias"]
    published["m.h.0.fc.weight"] = np.zeros((6, 4))
    published["m.h.11.v.weight"] = np.zeros((4, 4))
    published["head.weight"] = np.zeros((5, 5))
    published["m.h.2.norm.weight"] = published["m.pooler"] = np.zeros(4)
    published["m.h.0.norm.gamma"] = np.zeros(4)
    with pytest.raises(ValueError, match=r"^missing") as refused:
        TABLE.to_ours(published, SHAPES)
    said = {part.split(": ")[0]: part.split(": ")[1] for part in str(refused.value).split("; ")}
    assert said == {
        "missing": "m.h.11.norm.bias, m.h.0.k.weight",
        "unknown": "m.pooler, m.h.2.norm.weight",
        "misshapen": "head.weight is (5, 5), not (5, 4), m.h.0.fc.weight is (6, 4), not (4, 6), "
        "m.h.11.v.weight is (4, 4), not (2, 4)",
        "there twice": "m.h.0.norm.weight as m.h.0.norm.gamma",
    }


def test_a_name_of_ours_without_a_line_is_refused():
    with pytest.raises(ValueError, match=r"no published name for blocks\.0\.down\.weight"):
        TABLE.to_published({"blocks.0.down.weight": np.zeros(1)})
    with pytest.raises(ValueError, match=r"no published name for pooler\.weight"):
        TABLE.match({}, {"pooler.weight": (1,)})


def test_a_line_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"h\.\* and norm must have as many \*"):
        Table(("h.*", "norm"))
    with pytest.raises(ValueError, match=r"sizes \(1, 2\) must be one positive number for each"):
        stacked("q", "k", "v", sizes=(1, 2))
    with pytest.raises(ValueError, match=r"7 rows do not divide as \(1, 1\) between q.*, k"):
        Table((stacked("q", "k"), "qk")).to_published({"qk.weight": np.zeros((7, 2))})


def test_the_first_line_counts_and_a_layer_holds_nothing_but_its_parameters():
    table = Table(("a.*", IGNORED), ("a.0.weight", "x.weight"), ("b", "y"))
    assert table.to_ours({"a.0.weight": np.zeros(1)}) == {}
    with pytest.raises(ValueError, match=r"unknown: b\.scale, a\.0\.b\.weight"):
        table.to_ours({"b.scale": np.zeros(1), "a.0.b.weight": np.zeros(1)})


def test_how_can_be_ones_own():
    plus_one = How(lambda a: a + 1, lambda a: a - 1, lambda shape: shape)  # Gemma's norms
    table = Table(("n.weight", "norm.weight", plus_one))
    ours = table.to_ours({"n.weight": np.zeros(3)}, {"norm.weight": (3,)})
    np.testing.assert_array_equal(ours["norm.weight"], np.ones(3))
    np.testing.assert_array_equal(table.to_published(ours)["n.weight"], np.zeros(3))


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.integers(1, 3),
    st.lists(st.integers(0, 3), max_size=2),
    st.booleans(),
)
def test_any_division_comes_back(sizes, unit, rest, turned):
    names = [f"p{i}.*" for i in range(len(sizes))]
    line = (stacked(*names, sizes=tuple(sizes)), "all.*", *([TRANSPOSED] if turned else []))
    ours = {"all.3.weight": np.random.default_rng(0).random((unit * sum(sizes), *rest))}
    published = Table(line).to_published(ours)
    [part] = Table(line).match({n: a.shape for n, a in published.items()}).values()
    right = part.shapes(ours["all.3.weight"].shape)
    assert [array.shape for array in published.values()] == right
    same(Table(line).to_ours(published), ours)
    same(Table(line).to_ours(published, {n: a.shape for n, a in ours.items()}), ours)
