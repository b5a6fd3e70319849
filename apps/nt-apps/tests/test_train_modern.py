"""The modern transformer on gpt2's text and walk."""

import json

import pytest
from nt_apps.train.gpt2 import TrainGPT2
from nt_apps.train.modern import TrainModern
from nt_apps.train.recipes import resolve
from nt_nn import count_parameters

TINY = ["--layers=2", "--heads=2", "--width=32", "--hidden=48", "--context=24", "--batch-size=8",
        "--tokenizer=char", "--steps=200", "--eval-every=100", "--no-jit"]  # fmt: skip


@pytest.mark.parametrize(
    "options", [[], ["--kv-heads=1", "--qk-norm"], ["--experts=3"], ["--mamba"]], ids=str
)
def test_it_ends_well_below_the_bigram_baseline_and_writes(nt, text, tmp_path, options):
    run = tmp_path / "run"
    ran = nt("train", "modern", "--data", text, "--out", run, *TINY, *options)
    assert ran.status == 0, ran.err
    told = json.loads((run / "summary.json").read_text("utf-8"))
    assert told["figures"]["loss"] < 0.9 * told["baselines"]["bigram"]["loss"]
    written = nt("generate", run, "--prompt", "the ", "--tokens", 5, "--greedy")
    assert written.out.startswith("the ")


def test_against_gpt2_in_three_minutes_it_has_no_advantage_in_size_or_tokens():
    ours, gpt2 = (task(resolve(task, {}, recipe="shakespeare-char-3min"))
                  for task in (TrainModern, TrainGPT2))  # fmt: skip
    for each in (ours, gpt2):
        each.shape = {"vocab_size": 65}
    assert count_parameters(ours.model()) <= count_parameters(gpt2.model())
    seen = [task.config.steps * task.config.batch_size * task.config.context
            for task in (ours, gpt2)]  # fmt: skip
    assert seen[0] <= seen[1]
    own = {"steps", "bias", "hidden", "kv_heads", "experts", "mamba", "qk_norm"}
    a, b = ({k: v for k, v in vars(task.config).items() if k not in own} for task in (ours, gpt2))
    assert a == b


def test_its_default_has_as_many_parameters_as_gpt2s():
    sizes = []
    for task in (TrainGPT2, TrainModern):
        made = task(resolve(task, {}))
        made.shape = {"vocab_size": 2048}
        sizes.append(count_parameters(made.model()))
    assert sizes[1] == pytest.approx(sizes[0], rel=0.01)
