"""The table of ops and backends says what happens when it is made again."""

import pytest

from tools.op_table.page import families, page, read, results
from tools.op_table.run import ROADS, YES, Answer, available, cells, exact
from tools.op_table.samples import SAMPLES, Sample
from tools.workspace import ROOT

PAGE = ROOT / "docs" / "reference" / "backends.md"


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, str]]:
    """Every op, run on every backend that is here."""
    return results()


def test_every_public_op_has_a_sample() -> None:
    names = {name for family in families().values() for name in family}
    assert names - set(SAMPLES) == set(), "give these a sample in tools/op_table/samples.py"
    assert set(SAMPLES) - names == set(), "these samples are of no public op"


def test_every_op_agrees_with_float64_on_every_backend_that_is_here(
    found: dict[str, dict[str, str]],
) -> None:
    wrong = [(name, row) for name, row in found.items() if "✗" in "".join(row.values())]
    assert wrong == []


def test_the_page_is_what_was_run(found: dict[str, dict[str, str]]) -> None:
    written = read(PAGE.read_text(encoding="utf-8"))
    here = [name for name, road in ROADS.items() if available(road)]
    assert {name: {c: row[c] for c in here} for name, row in written.items()} == found, (
        "make it again: python -m tools.op_table"
    )
    assert read(page(found)).keys() == written.keys()


def test_a_wrong_value_and_a_wrong_gradient_are_seen() -> None:
    right = exact(SAMPLES["exp"])
    other = Sample(SAMPLES["sin"].function, SAMPLES["exp"].arrays)
    assert cells(other, right, ROADS["NumPy"]) == ("differs",) * 3
    assert right.gradients is not None
    bent = Answer(right.value, [g + 1e-2 for g in right.gradients], right.second)
    assert cells(SAMPLES["exp"], bent, ROADS["NumPy"]) == (YES, "differs", YES)
