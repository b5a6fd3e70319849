"""The kept scaling study: its law follows from its own table, and the page tells it."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from nt_apps.study import Laws, Point, read_settings

from tools.record import RECORDS, keep_study, page, study_report
from tools.record.keep import LARGEST_PLOT

RECORD = RECORDS / "scaling"
FIELDS = ("layers", "width", "parameters", "tokens", "loss", "seconds")


def told_of(record: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((record / "scaling.json").read_text("utf-8"))
    return told


def points_of(told: dict[str, Any]) -> list[Point]:
    return [Point(*(row[name] for name in FIELDS)) for row in told["points"]]


def test_the_law_follows_from_the_table() -> None:
    told = told_of(RECORD)
    again = Laws.of(points_of(told))
    kept = told["both"]
    assert again.both.floor == pytest.approx(kept["floor"], rel=1e-2, abs=1e-3)
    assert again.both.factors == pytest.approx(kept["factors"], rel=1e-2)
    assert again.both.powers == pytest.approx(kept["powers"], rel=1e-2)
    assert again.residuals == pytest.approx([p["residual"] for p in told["points"]], abs=1e-3)
    assert again.predicted == pytest.approx(told["costliest"]["predicted_by_others"], rel=1e-3)
    assert again.points[-1].loss == told["costliest"]["measured"]


@pytest.mark.slow
def test_the_intervals_follow_too() -> None:
    told = told_of(RECORD)
    again = Laws.of(points_of(told)).intervals
    assert again is not None
    for name, ends in told["intervals"].items():
        assert again[name] == pytest.approx(ends, rel=0.05, abs=0.01), name


def test_the_record_holds_every_model_of_its_settings_and_is_small() -> None:
    settings = read_settings(tomllib.loads((RECORD / "scaling.toml").read_text("utf-8")))
    points = points_of(told_of(RECORD))
    assert {(p.layers, p.width, p.tokens) for p in points} == {*settings.pairs}
    assert len(points) == len(settings.pairs) == 25
    assert settings == read_settings({}), "the command, nt study scaling, makes these"
    assert sum(path.stat().st_size for path in RECORD.iterdir()) < LARGEST_PLOT + 20_000


def test_a_study_becomes_a_record_and_a_section(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    image = pytest.importorskip("PIL.Image")
    study, records = tmp_path / "study", tmp_path / "records"
    grid = [(n, d) for n in (3312, 14496, 99999) for d in (1000, 4000, 16000)]
    points = [Point(1, 16, n, d, 1 + 20 / n**0.5 + 9 / d**0.3, 40.0) for n, d in grid]
    (study / "1x16-1000").mkdir(parents=True)
    facts = {"data": "toy", "split": "by half", "tokens": "9", "tokenizer": "byte"}
    summary = {"command": "nt study scaling", "facts": facts, "seed": 3, "machine": "cpu",
               "measured_on": "3 windows, once, with the weights of step 7"}  # fmt: skip
    (study / "1x16-1000" / "summary.json").write_text(json.dumps(summary), "utf-8")
    (study / "scaling.json").write_text(json.dumps(Laws.of(points).as_json()), "utf-8")
    (study / "scaling.toml").write_text('seed = 3\ndata_dir = "/secret"\n', "utf-8")
    noise = numpy.random.default_rng(0).integers(0, 256, (400, 600, 3), numpy.uint8)
    image.fromarray(noise).save(study / "scaling.png")
    keep_study(study, records / "toy", machine="2 cores", note="a toy")
    (records / "bounds.toml").write_text("", "utf-8")
    assert (records / "toy" / "scaling.png").stat().st_size <= LARGEST_PLOT
    assert (records / "toy" / "scaling.toml").read_text("utf-8") == "seed = 3\n"
    section = study_report("toy", records, "../records")
    assert f"## toy\n\n{section}" in page(records)
    worst = max(points, key=lambda p: p.loss)
    for words in (
        "`nt study scaling`", "2 cores; cpu", "a toy", "by half", "| measured on | 3 windows |",
        "| tokens | 9 |", "9 models in 6:00 min", f"| 3,312 (1 x 16) | {worst.loss:.4f} (",
        "/ N^0.500", "/ D^0.300", "too few models", "(../records/toy/scaling.png)",
    ):  # fmt: skip
        assert words in section, words
