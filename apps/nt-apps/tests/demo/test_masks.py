"""What stands in a gap is what `nt fill-mask` says."""

import re

import pytest
from nt_apps.demo.masks import Filler, filled
from nt_apps.demo.models import identify
from nt_apps.errors import UserError
from nt_apps.fill_mask import fill_mask
from nt_data.tokenizers import CharTokenizer

TEXT = "the [MASK] divides the [MASK];"


@pytest.fixture
def filler(run_of):
    return Filler.open(identify(run_of("bert")))


def test_it_finds_what_nt_fill_mask_finds(filler, run_of):
    expected = fill_mask(run_of("bert"), TEXT, top_k=5)
    gaps = filler.fill(TEXT)
    assert len(gaps) == len(expected) == 2
    for gap, told in zip(gaps, expected, strict=True):
        rows = gap.rows(5)[:-1]
        assert [name for name, *_ in rows] == [name for name, _ in told]
        assert [share for _, share, _ in rows] == pytest.approx([p for _, p in told], abs=1e-5)


def test_the_shares_of_each_gap_sum_to_one(filler):
    made = filled(filler, TEXT)
    sections = made.split("<section")[1:]
    assert len(sections) == 2
    for section in sections:
        shares = map(float, re.findall(r'data-share="([^"]+)"', section))
        assert sum(shares) == pytest.approx(1)


@pytest.mark.parametrize(
    ("typed", "told"),
    [("", "Put [MASK]"), ("the matrix", "Put [MASK]"), ("[MASK] " * 40, "reads at most 16")],
)
def test_what_cannot_be_filled_in_is_told(filler, typed, told):
    assert told in filled(filler, typed)


def test_a_tokenizer_without_a_mask_is_refused(filler):
    with pytest.raises(UserError, match=r"has no \[MASK\]"):
        Filler(filler.model, CharTokenizer("ab"))
