"""Every exhibit fails as it should, and its one change repairs it."""

import math
from functools import cache
from pathlib import Path

import pytest
from nt_apps.gallery import EXHIBITS, Shown
from nt_tensor import jit

pytest.importorskip("sklearn", reason="the digits are scikit-learn's")

SAYS = {  # a rule, or a word of its advice, that the failing run must be told of
    "no-scale": "one key each",
    "no-residuals": "gradients of",
    "no-normalisation": "what blocks.0 gives",
    "bad-initialisation": "gradients of blocks.0",
    "rate-too-high": "lower the rate",
    "float16-overflow": "not finite",
    "no-warm-up": "never fire",
}


@pytest.fixture(scope="module")
def shown():
    """Both runs of an exhibit, made once."""
    compiled = jit()
    jit(False)
    yield cache(lambda name: Shown.of(EXHIBITS[name]))
    jit(compiled)


@pytest.mark.parametrize("name", EXHIBITS)
def test_the_failing_run_misses_the_bound_that_the_repaired_one_reaches(shown, name):
    found, bound = shown(name), EXHIBITS[name].bound
    assert not found.failing.reached >= bound
    assert found.repaired.reached >= bound
    assert found.fails
    if name in SAYS:
        assert any(SAYS[name] in text for text in found.failing.advice), found.failing.advice


@pytest.mark.parametrize("name", EXHIBITS)
def test_the_diagnostics_do_not_warn_of_what_is_repaired(shown, name):
    assert not shown(name).repaired.advice


def test_a_leak_shows_in_no_reading_but_in_images_from_elsewhere(shown):
    found = shown("label-leakage")
    assert not found.failing.advice
    assert found.failing.seemed > 0.9 > 0.75 > found.failing.reached
    assert abs(found.repaired.seemed - found.repaired.reached) < 0.06


def test_nothing_else_differs_between_the_two_runs(shown):
    # The same weights and batches: where the change does not touch the first loss, it is equal.
    found = shown("rate-too-high")
    first = [course.history.losses[1] for course in (found.failing, found.repaired)]
    assert first[0] == first[1]
    assert math.isfinite(first[0])


def test_the_command_lists_and_runs_them(nt, tmp_path):
    listed = nt("gallery")
    assert listed.status == 0
    assert all(name in listed.out for name in EXHIBITS)
    plot = tmp_path / "plots" / "plot.png"
    ran = nt("gallery", "bad-initialisation", "--out", plot)
    assert ran.status == 0, ran.err
    assert "as it fails" in ran.out
    assert "gradients of blocks.0" in ran.out
    assert Path(plot).read_bytes()[1:4] == b"PNG"
    refused = nt("gallery", "no-data")
    assert refused.status == 2
    assert "there is no exhibit 'no-data'" in refused.err


def test_a_plot_that_cannot_be_is_refused_before_the_trainings(nt, tmp_path, monkeypatch):
    monkeypatch.setattr("nt_apps.gallery.Shown.of", lambda *_: pytest.fail("too late"))
    (tmp_path / "file").write_text("")
    for out, told in (
        ("x.foo", "out (x.foo) ends in .foo; a picture's name ends in one of: "),
        (tmp_path, "is a folder"),
        (tmp_path / "file" / "x.png", "cannot write"),
    ):
        refused = nt("gallery", "no-scale", "--out", out)
        assert refused.status == 2
        assert told in refused.err
        assert refused.err.count("\n") == 1
