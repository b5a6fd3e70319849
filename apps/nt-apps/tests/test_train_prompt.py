"""A soft prompt of a frozen GPT-2: what is frozen stays, what is compared is comparable."""

import json
import random
import shutil
import tomllib

import numpy as np
import pytest
from nt_apps.train.config import settings_of
from nt_apps.train.prompt import PromptSettings, TrainPrompt
from nt_apps.train.prompted import Prompted, fingerprint_of
from nt_apps.train.recipes import resolve
from nt_apps.train.reopen import load_run
from nt_apps.train.train_state import read_saved
from nt_autograd import tensor
from nt_models import GPT2, GPT2Config
from nt_nn import checkpoint
from nt_tensor import Generator

SIZES = GPT2Config(vocab_size=20, context=12, layers=2, heads=2, width=16)
OPTIONS = ["--batch-size=8", "--eval-every=60", "--eval-batches=4", "--sample-every=60",
           "--sample-tokens=12", "--no-jit"]  # fmt: skip


@pytest.fixture(scope="module")
def base_run(text, tmp_path_factory, tiny):
    """A GPT-2 that has learned the grammar."""
    from nt_apps.cli import main

    out = tmp_path_factory.mktemp("base") / "run"
    options = [*tiny, "--steps=250", "--eval-every=125", "--lr=1e-2", "--layers=2"]
    assert main(["train", "gpt2", "--data", str(text), "--out", str(out), *options]) == 0
    return out


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Another text in the same letters: lines of one noun."""
    draw = random.Random(1)
    words = ["needle", "number", "needle"]
    lines = [f"the {draw.choice(words)} mutates the needle;" for _ in range(900)]
    path = tmp_path_factory.mktemp("other") / "needles.txt"
    path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.fixture
def tune(nt, base_run, other, tmp_path):
    def run(*options, name="tuned"):
        out = tmp_path / name
        ran = nt("train", "prompt", "--model", base_run, "--data", other, "--out", out,
                 "--prompt-tokens", 6, "--steps", 240, *OPTIONS, *options)  # fmt: skip
        assert ran.status == 0, ran.err
        return out, json.loads((out / "summary.json").read_text("utf-8"))

    return run


@pytest.mark.parametrize("recipe", TrainPrompt.recipes)
def test_every_recipe_is_well_formed_and_survives_its_file(base_run, recipe):
    config = resolve(TrainPrompt, {"model": str(base_run)}, recipe=recipe)
    again = settings_of(PromptSettings, tomllib.loads(config.to_toml("prompt")))
    assert PromptSettings(**again) == config


def test_before_it_is_tuned_a_prompt_does_what_its_words_do():
    base = GPT2(SIZES, generator=Generator(0))
    words, text = [3, 1, 4], np.array([[5, 9, 2, 6], [7, 7, 8, 0]])
    behind = np.concatenate([np.tile(words, (2, 1)), text], 1)
    soft = Prompted(base, words)(tensor(text)).detach().numpy()
    np.testing.assert_allclose(soft, base(tensor(behind)).numpy()[:, 3:], atol=1e-5)


def test_with_caches_and_without_it_writes_the_same_and_outgrows_its_context():
    base = GPT2(SIZES, generator=Generator(0))
    model = Prompted(base, [3, 1, 4])
    begin = tensor(np.array([[5, 9]]))
    written = [
        model.generate(begin, 20, temperature=0.0, use_cache=cached).tolist()
        for cached in (True, False)
    ]
    assert written[0] == written[1]
    assert len(written[0][0]) == 22
    with pytest.raises(ValueError, match="13 positions do not fit the context"):
        model(tensor(np.zeros((1, 10), np.int64)))


def test_only_the_prompt_gets_a_gradient_and_only_it_is_saved():
    base = GPT2(SIZES, generator=Generator(0))
    model = Prompted(base, [3, 1, 4])
    model(tensor(np.array([[5, 9]]))).sum().backward()
    assert [*model.state_dict()] == ["prompt"]
    assert np.abs(model.prompt.grad.numpy()).min() > 0
    assert all(p.grad is None for p in base.parameters())


def test_it_beats_no_prompt_and_the_words_and_leaves_the_model_as_it_was(tune, base_run):
    before = (base_run / "checkpoints" / "best.safetensors").read_bytes()
    weights = fingerprint_of(load_run(base_run)[1])
    folder, told = tune()
    baselines = told["baselines"]
    assert told["figures"]["loss"] < baselines["hard prompt"]["loss"]
    assert told["figures"]["loss"] < 0.8 * baselines["no prompt"]["loss"]
    assert told["parameters"] == 6 * 32
    assert [*read_saved(folder / "checkpoints" / "best.safetensors").rest["model"]] == ["prompt"]
    assert (base_run / "checkpoints" / "best.safetensors").read_bytes() == before
    assert fingerprint_of(load_run(folder)[0].base) == weights
    assert weights[:12] in told["facts"]["frozen"]


def test_full_tuning_is_compared_on_the_same_windows(tune):
    _, soft = tune(name="soft")
    _, full = tune("--recipe", "full", name="full")
    assert full["baselines"] == soft["baselines"]
    assert full["measured_on"].split(",")[:2] == soft["measured_on"].split(",")[:2]
    assert full["parameters"] > 100 * soft["parameters"]
    assert full["figures"]["loss"] < soft["baselines"]["no prompt"]["loss"]


def test_it_writes_evaluates_and_goes_on(nt, tune, base_run, other, tmp_path):
    folder, told = tune()
    wrote = nt("generate", folder, "--prompt", "the ", "--tokens", 30, "--greedy")
    assert wrote.status == 0, wrote.err
    assert "needle" in wrote.out
    measured = nt("evaluate", folder)
    assert "the same as its summary.json" in measured.out
    again = nt("train", "prompt", "--resume", folder)
    assert again.status == 0, again.err
    assert json.loads((folder / "summary.json").read_text("utf-8"))["figures"] == told["figures"]
    repeated = nt("train", "prompt", "--config", folder / "config.toml", "--out", tmp_path / "new")
    assert repeated.status == 0, repeated.err
    anew = json.loads((tmp_path / "new" / "summary.json").read_text("utf-8"))
    assert anew["figures"] == told["figures"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "model must be the folder of a run of nt train gpt2"),
        (["--model", "nowhere"], "there is no run folder nowhere"),
        (["--model", "BASE", "--layers", 3], "layers (3) is that of the model in"),
        (["--model", "BASE", "--prompt-tokens", 24], "must be below the model's context (24)"),
        (["--model", "BASE", "--prompt-text", "\u2603"], "prompt_text: "),
    ],
)
def test_what_does_not_fit_is_told_in_a_line(nt, base_run, other, tmp_path, options, says):
    given = [base_run if each == "BASE" else each for each in options]
    ran = nt("train", "prompt", "--data", other, "--out", tmp_path / "run", *given)
    assert ran.status == 2
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_another_model_in_the_folder_is_noticed(nt, base_run, other, tmp_path):
    base, out = tmp_path / "base", tmp_path / "run"
    shutil.copytree(base_run, base)
    ran = nt("train", "prompt", "--model", base, "--data", other, "--out", out,
             "--prompt-tokens", 6, "--steps", 10, *OPTIONS)  # fmt: skip
    assert ran.status == 0, ran.err
    best = base / "checkpoints" / "best.safetensors"
    state = checkpoint.load_state(best)
    state["model"]["norm.weight"] = state["model"]["norm.weight"] * 1.01
    checkpoint.save_state(best, state)
    refused = nt("generate", out, "--prompt", "the ", "--tokens", 3)
    assert refused.status == 2
    assert "is no longer the one that" in refused.err
    shutil.rmtree(base)
    gone = nt("generate", out, "--prompt", "the ", "--tokens", 3)
    assert gone.status == 2
    assert "there is no run folder" in gone.err
