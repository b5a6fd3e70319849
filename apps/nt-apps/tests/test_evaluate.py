"""A run's figures are reproduced from its checkpoint."""

import json

import pytest
from nt_apps.errors import UserError
from nt_apps.measure import measure


def test_it_measures_what_the_summary_tells(train, nt):
    run = train("--ema", 0.9, "--dropout", 0.1)
    told = json.loads((run / "summary.json").read_text("utf-8"))
    found = measure(run)
    assert found.figures == found.told == told["figures"]
    assert found.baselines == told["baselines"]
    ran = nt("evaluate", run)
    assert ran.status == 0
    assert "the same as its summary.json" in ran.out
    for value in found.figures.values():
        assert f"{value:.4f}" in ran.out


def test_other_weights_are_not_the_summarys(train, nt):
    run = train()
    best = run / "checkpoints" / "best.safetensors"
    other = train("--seed", 3, name="other")
    best.write_bytes((other / "checkpoints" / "best.safetensors").read_bytes())
    assert "not those of its summary.json" in nt("evaluate", run).out


def test_a_text_that_changed_is_refused(train, text, tmp_path):
    data = tmp_path / "mine.txt"
    data.write_text(text.read_text("utf-8"), "utf-8")
    run = train("--data", data, "--steps", 2)
    data.write_text(text.read_text("utf-8").replace("matrix", "mmtrix"), "utf-8")
    with pytest.raises(UserError, match="no longer what it learned from"):
        measure(run)


def test_a_run_of_another_trainer_is_named(train, nt):
    run = train("--steps", 1)
    ran = nt("train", "modern", "--resume", run)
    assert ran.status == 2
    assert "nt train gpt2" in ran.err
