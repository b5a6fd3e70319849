"""The page of results says what the records say; they are small, and of finished runs."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from tools.record import PAGE, RECORDS, keep, page
from tools.record.keep import LARGEST_PLOT, MOST_LINES, thinned

KEPT = sorted(path.parent for path in RECORDS.glob("*/summary.json"))
AGAIN = "write it again: python -m tools.record"


def test_the_page_is_what_the_records_give() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(RECORDS), AGAIN


@pytest.mark.parametrize("record", KEPT, ids=lambda record: record.name)
def test_a_record_is_small_and_of_a_finished_run(record: Path) -> None:
    summary = json.loads((record / "summary.json").read_text("utf-8"))
    assert summary["finished"]
    assert summary["command"].startswith(f"nt train {summary['trainer']}")
    lines = [json.loads(line) for line in (record / "metrics.jsonl").read_text().splitlines()]
    assert 2 <= len(lines) <= MOST_LINES
    assert lines[-1]["step"] == summary["step"]
    config = tomllib.loads((record / "config.toml").read_text("utf-8"))
    assert (config["seed"], config["steps"]) == (summary["seed"], summary["steps"])
    for plot in record.glob("*.png"):
        assert plot.stat().st_size <= LARGEST_PLOT, plot
    for text in (record / "summary.json", record / "config.toml"):
        assert not re.search(r"/(home|root|tmp|work|Users)/", text.read_text("utf-8")), text


def run_of(folder: Path, **changed: object) -> Path:
    folder.mkdir()
    summary = {
        "trainer": "gpt2", "command": f"nt train gpt2 --seed 3 --data-dir {folder} --out {folder}",
        "facts": {"data": "toy", "split": "by half"}, "seed": 3, "parameters": 1234,
        "machine": "cpu, 2 threads", "step": 999, "steps": 999, "finished": True,
        "measured_on": "test, once", "figures": {"loss": 1.5, "perplexity": 4.48},
        "baselines": {"bigram": {"loss": 2.0}, "unigram": {"loss": 3.0}}, "unit": "tokens",
        "rate": 5000.0, "seconds": 3725.2, "memory_mb": 100.0, **changed,
    }  # fmt: skip
    (folder / "summary.json").write_text(json.dumps(summary), "utf-8")
    (folder / "config.toml").write_text(f'data = "toy"\ndata_dir = "{folder}"\nseed = 3\n', "utf-8")
    rows = [{"step": i, "train_loss": 2.0} for i in range(1000)]
    for i in range(0, 1000, 50):
        rows[i]["validation_loss"] = 2.5
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return folder


def test_a_run_becomes_a_record_and_a_line(tmp_path: Path) -> None:
    Image = pytest.importorskip("PIL.Image")
    np = pytest.importorskip("numpy")
    run = run_of(tmp_path / "run")
    noise = np.random.default_rng(0).integers(0, 256, (400, 600, 3), np.uint8)
    Image.fromarray(noise).save(run / "loss.png")
    records = tmp_path / "records"
    keep(run, records / "toy-run", machine="2 cores, x86-64", note="a toy")
    kept = records / "toy-run"
    assert (kept / "loss.png").stat().st_size <= LARGEST_PLOT
    assert (kept / "config.toml").read_text("utf-8") == 'data = "toy"\nseed = 3\n'
    steps = [json.loads(line) for line in (kept / "metrics.jsonl").read_text().splitlines()]
    assert len(steps) == MOST_LINES
    assert set(range(0, 1000, 50)) <= {row["step"] for row in steps}
    assert (steps[0]["step"], steps[-1]["step"]) == (0, 999)
    for bound, told in (
        ("most = 1.6", "at most 1.6000: met"),
        ("most = 1.4", "at most 1.4000: **not met**"),
        ("least = 2.0", "at least 2.0000: **not met**"),
        ('below = ["unigram", "bigram"]', "below unigram, bigram: met"),
    ):
        (records / "bounds.toml").write_text(f'[toy-run]\nfigure = "loss"\n{bound}\n', "utf-8")
        written = page(records)
        row = f"| [toy-run](#toy-run) | loss 1.5000 | {told} | bigram 2.0000 | 1:02:05 h |"
        assert row in written
    for words in (
        "`nt train gpt2 --seed 3`",
        "| seed | 3 |",
        "2 cores, x86-64",
        "a toy",
        "by half",
    ):
        assert words in written


def test_a_run_below_another_one_is_held_to_it(tmp_path: Path) -> None:
    for name, loss in (("one", 1.5), ("two", 1.4)):
        figures = {"loss": loss, "perplexity": 4.0}
        keep(run_of(tmp_path / name, figures=figures), tmp_path / "r" / name, machine="m")
    bounds = '[two]\nfigure = "loss"\nbelow_run = "one"\n'
    (tmp_path / "r" / "bounds.toml").write_text(bounds, "utf-8")
    assert "below one: met" in page(tmp_path / "r")
    bounds = '[one]\nfigure = "loss"\nbelow_run = "two"\n'
    (tmp_path / "r" / "bounds.toml").write_text(bounds, "utf-8")
    assert "below two: **not met**" in page(tmp_path / "r")


def test_a_run_above_a_baseline_by_so_much_is_held_to_it(tmp_path: Path) -> None:
    baselines = {"copy": {"bleu": 0.5}, "word for word": {"bleu": 13.25}}
    run = run_of(tmp_path / "run", figures={"bleu": 24.5, "loss": 2.0}, baselines=baselines)
    keep(run, tmp_path / "r" / "one", machine="m")
    for by, told in ((11.25, "11.25 above word for word: met"), (11.5, "**not met**")):
        bounds = f'[one]\nfigure = "bleu"\nabove = {{ "word for word" = {by} }}\n'
        (tmp_path / "r" / "bounds.toml").write_text(bounds, "utf-8")
        assert f"{told} | word for word 13.25 |" in page(tmp_path / "r")


def test_a_run_of_two_figures_is_held_to_both(tmp_path: Path) -> None:
    figures = {"image_to_text_r1": 0.5, "image_to_text_r10": 0.75}
    baselines = {"nearest": {"image_to_text_r1": 0.25}, "chance": {"image_to_text_r1": 0.125}}
    run = run_of(tmp_path / "run", figures=figures, baselines=baselines)
    keep(run, tmp_path / "r" / "one", machine="m")
    for least, met in (
        ((0.5, 0.75), "met"),
        ((0.6, 0.7), "**not met**"),
        ((0.4, 0.8), "**not met**"),
    ):
        rows = zip(figures, least, strict=True)
        bounds = "".join(f'[[one]]\nfigure = "{name}"\nleast = {value}\n' for name, value in rows)
        (tmp_path / "r" / "bounds.toml").write_text(bounds, "utf-8")
        told = f"at least {least[0]:.2%}; at least {least[1]:.2%}: {met}"
        reached = "image to text r1 50.00%; image to text r10 75.00%"
        assert f"| {reached} | {told} | nearest 25.00% |" in page(tmp_path / "r")


def test_a_run_that_is_not_finished_leaves_the_record_as_it_was(tmp_path: Path) -> None:
    keep(run_of(tmp_path / "run"), tmp_path / "kept", machine="m")
    before = (tmp_path / "kept" / "summary.json").read_text("utf-8")
    with pytest.raises(ValueError, match="is not finished: step 7 of 999"):
        keep(run_of(tmp_path / "b", finished=False, step=7), tmp_path / "kept", machine="m")
    assert (tmp_path / "kept" / "summary.json").read_text("utf-8") == before


def test_as_many_lines_as_asked_for() -> None:
    for count, most in ((1, 5), (5, 5), (1000, 7), (1000, 200), (201, 200)):
        lines = [json.dumps({"step": i}) for i in range(count)]
        kept = thinned(lines, most)
        assert len(kept) == min(count, most)
        assert (kept[0], kept[-1]) == (lines[0], lines[-1])
    looks = [json.dumps({"step": i, "validation_loss": 1.0}) for i in range(900)]
    assert len(thinned(looks, 200)) == 200
