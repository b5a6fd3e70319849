"""What a run learns, and what it leaves behind."""

import json
import math
import tomllib

import numpy as np
import pytest
from nt_apps.train.corpus import Corpus
from nt_apps.train.gpt2 import GPT2Settings, TrainGPT2
from nt_apps.train.recipes import resolve
from nt_apps.train.reopen import load_run
from nt_apps.train.train_state import read_saved
from nt_data.metrics import bigram_cross_entropy, trigram_cross_entropy
from nt_data.sources import TextSplit
from nt_data.tokenizers import ByteTokenizer, load_tokenizer
from nt_nn import count_parameters
from safetensors.numpy import load_file


def summary(run):
    return json.loads((run / "summary.json").read_text("utf-8"))


def test_it_ends_well_below_the_bigram_baseline_of_its_own_split(train, text):
    run = train("--steps", 300, "--eval-every", 100)
    told = summary(run)
    whole = text.read_text("utf-8")
    cut = len(whole) * 90 // 100
    tokenizer = load_tokenizer(run / "tokenizer.json")
    before, after = tokenizer.encode(whole[:cut]), tokenizer.encode(whole[cut:])
    bigram = bigram_cross_entropy(before, after, tokenizer.vocab_size)
    reached, baselines = told["figures"], told["baselines"]
    assert baselines["bigram"]["loss"] == bigram
    assert reached["loss"] < 0.8 * bigram < baselines["unigram"]["loss"]
    assert reached["perplexity"] == math.exp(reached["loss"])
    bits = reached["loss"] / math.log(2) * (len(after) - 1)
    assert reached["bits_per_byte"] == pytest.approx(bits / len(whole[cut:].encode()))
    assert f"{len(after) - 1:,}" in told["measured_on"]


def test_a_text_with_a_test_part_is_judged_by_it_and_only_by_it():
    words = "the matrix multiplies the vector and the vector divides the scalar of the matrix; "
    parts = {"train": words * 40, "validation": "the vector " * 9, "test": words[::-1] * 2}
    split = TextSplit("toy", split="made", **parts)
    known = ByteTokenizer()
    train, validation, test = (known.encode(text) for text in parts.values())
    task = TrainGPT2(GPT2Settings(layers=1, heads=1, width=8, context=16))
    task.corpus, task.tokenizer = Corpus(split, known, train, validation, test), known
    task.shape = {"vocab_size": known.vocab_size}
    rows = task.baselines()
    assert rows["trigram"]["loss"] == trigram_cross_entropy(train, test, known.vocab_size)
    assert rows["bigram"]["loss"] == bigram_cross_entropy(train, test, known.vocab_size)
    bits = rows["bigram"]["loss"] / math.log(2) * (len(test) - 1) / len(test)
    assert rows["bigram"]["bits_per_byte"] == pytest.approx(bits)
    assert f"test, all of its {len(test) - 1} " in task.facts()["measured_on"]
    model, before = task.model(), task.fingerprint()
    measured, looked = task.measure(model, None), task.validate(model)
    other = Corpus(split, known, train, validation, test[::-1].copy())
    task.corpus = other
    assert task.fingerprint() != before
    assert task.measure(model, None) != measured
    assert task.validate(model) == looked


def test_the_loss_falls_and_every_step_is_measured(train, learned):
    lines = learned(train("--steps", 100, "--eval-every", 40))
    assert [line["step"] for line in lines] == list(range(101))
    looks = {line["step"]: line["validation_loss"] for line in lines if "validation_loss" in line}
    assert list(looks) == [0, 40, 80, 100]
    assert looks[0] > looks[40] > looks[100]
    losses = [line["train_loss"] for line in lines[1:]]
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])
    assert all(line["gradient_norm"] > 0 for line in lines[1:])
    assert max(line["learning_rate"] for line in lines[1:]) == pytest.approx(4e-3)


def test_the_run_folder_has_all_that_a_reader_needs(train):
    run = train("--steps", 40, "--sample-every", 20)
    assert (run / "loss.png").read_bytes().startswith(b"\x89PNG")
    samples = (run / "samples.txt").read_text("utf-8")
    assert [f"=== step {step}," in samples for step in (0, 20, 40)] == [True] * 3
    for name in ("last", "best"):
        assert load_file(run / "checkpoints" / f"{name}.safetensors")
    told = summary(run)
    assert told["facts"]["data"] == "grammar.txt"
    assert "90 %" in told["facts"]["split"]
    assert told["command"].startswith("nt train gpt2 --out ")
    assert told["memory_mb"] > 10
    assert (run / "course.png").read_bytes().startswith(b"\x89PNG")
    assert (told["seed"], told["step"], told["finished"]) == (1337, 40, True)


def test_its_config_repeats_it_exactly(train, nt, tmp_path, learned):
    run = train("--seed", 5, "--dropout", 0.1)
    again = tmp_path / "again"
    assert nt("train", "gpt2", "--config", run / "config.toml", "--out", again).status == 0
    assert learned(again) == learned(run)
    assert (again / "config.toml").read_text("utf-8") == (run / "config.toml").read_text("utf-8")
    other = tmp_path / "other"
    config = run / "config.toml"
    assert nt("train", "gpt2", "--config", config, "--seed", 6, "--out", other).status == 0
    assert learned(other) != learned(run)


def test_the_config_is_complete(train):
    from dataclasses import fields

    written = tomllib.loads((train("--steps", 1) / "config.toml").read_text("utf-8"))
    assert set(written) == {field.name for field in fields(GPT2Settings)} - {"data_dir"}


def test_threads_share_the_batch_without_changing_what_is_learned(train, learned):
    one = learned(train("--threads", 1, name="one"))
    two = learned(train("--threads", 2, name="two"))
    for a, b in zip(one, two, strict=True):
        assert a == pytest.approx(b, rel=1e-3)


def test_weight_decay_shrinks_matrices_alone(train, learned):
    # Gradients of length 1e-30 are nothing beside AdamW's epsilon: only the decay moves anything.
    run = train("--clip", 1e-30, "--weight-decay", 0.5, "--lr", 1e-2, "--steps", 10)
    saved = read_saved(run / "checkpoints" / "last.safetensors")
    begin = load_run(run)[0].model().state_dict()
    kept = math.prod(1 - 0.5 * line["learning_rate"] for line in learned(run)[1:])
    assert kept < 0.98
    for name, value in begin.items():
        expected = value.numpy() * (kept if value.ndim > 1 else 1.0)
        np.testing.assert_allclose(saved.rest["model"][name], expected, rtol=1e-5, atol=1e-12)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numbers that overflow are the point
def test_a_loss_that_is_no_number_ends_the_run_with_the_last_good_checkpoint(
    nt, text, tmp_path, tiny
):
    out = tmp_path / "run"
    options = ["--lr", 1e30, "--clip", 0, "--warmup", 0, "--eval-every", 1]
    ran = nt("train", "gpt2", "--data", text, "--out", out, *tiny, *options)
    assert ran.status == 2
    assert "try an lr smaller than 1e+30" in ran.err
    saved = read_saved(out / "checkpoints" / "last.safetensors")
    assert all(np.isfinite(weight).all() for weight in saved.rest["model"].values())


def test_the_recipe_of_wikitext_has_the_size_that_its_figure_is_told_for():
    task = TrainGPT2(resolve(TrainGPT2, {}, recipe="wikitext-2"))
    task.shape = {"vocab_size": task.config.vocab_size}
    assert count_parameters(task.model()) == pytest.approx(545_000, rel=0.01)
