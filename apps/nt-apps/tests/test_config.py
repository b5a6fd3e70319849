"""Settings: where they come from, and back."""

import tomllib
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_apps.errors import UserError
from nt_apps.train.config import read_config, settings_of
from nt_apps.train.gpt2 import GPT2Settings, TrainGPT2
from nt_apps.train.recipes import resolve
from nt_apps.train.trainers import TRAINERS, trainer

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(TEXTS, st.floats(1e-30, 1e30), st.booleans())
def test_a_config_survives_its_file(prompt, lr, jit):
    config = GPT2Settings(prompt=prompt, data=prompt, lr=lr, min_lr=0.0, jit=jit)
    again = settings_of(GPT2Settings, tomllib.loads(config.to_toml()))
    assert GPT2Settings(**again) == config


def test_the_nanogpt_recipe_is_its_published_cpu_run():
    # config/train_shakespeare_char.py with the README's options for a CPU, and train.py's defaults.
    config = asdict(resolve(TrainGPT2, {}, recipe="shakespeare-char-nanogpt", cores=2))
    published = {
        "layers": 4, "heads": 4, "width": 128, "context": 64, "batch_size": 12, "steps": 2000,
        "dropout": 0.0, "lr": 1e-3, "min_lr": 1e-4, "warmup": 100, "beta1": 0.9, "beta2": 0.99,
        "weight_decay": 0.1, "clip": 1.0, "bias": False, "eval_every": 250, "eval_batches": 20,
        "data": "tinyshakespeare", "tokenizer": "char",
    }  # fmt: skip
    assert {name: config[name] for name in published} == published
    ours = asdict(resolve(TrainGPT2, {}, recipe="shakespeare-char", cores=2))
    assert {name for name in ours if ours[name] != config[name]} == {"lr", "min_lr"}


def test_what_was_asked_for_wins_over_the_recipe():
    config = resolve(TrainGPT2, {"steps": 50, "warmup": 7}, recipe="shakespeare-char", cores=64)
    assert (config.steps, config.warmup, config.batch_size, config.threads) == (50, 7, 12, 12)


def test_the_command_line_wins_over_the_file(nt, text, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        'preset = "nano"\nrecipe = "shakespeare-char"\nwidth = 24\nsteps = 9\nbatch_size = 2\n'
    )
    out = tmp_path / "run"
    options = ["--config", file, "--data", text, "--steps", 1, "--heads", 2, "--out", out]
    assert nt("train", "gpt2", *options, "--no-jit").status == 0
    written = read_config(out / "config.toml")
    assert (written["width"], written["heads"], written["layers"]) == (24, 2, 4)
    assert (written["steps"], written["beta2"], written["jit"]) == (1, 0.99, False)


def test_presets_give_sizes():
    assert TrainGPT2.preset("gpt2") == {"context": 1024, "layers": 12, "heads": 12, "width": 768}
    with pytest.raises(UserError, match="nano"):
        TrainGPT2.preset("huge")


# Those of prompt need a model that has been trained: test_train_prompt.py.
RECIPES = [(n, recipe) for n in TRAINERS if n != "prompt" for recipe in trainer(n).recipes]


@pytest.mark.parametrize(("name", "recipe"), RECIPES)
def test_every_recipe_is_well_formed_and_survives_its_file(name, recipe):
    config = resolve(trainer(name), {}, recipe=recipe)
    written = tomllib.loads(config.to_toml(name))
    assert type(config)(**settings_of(type(config), written)) == config
    assert resolve(trainer(name), written) == config


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("gpt2", {"tokenizer": "char", "vocab_size": 999}, "vocab_size (999) is only for token"),
        ("t5", {"task": "spans", "languages": "en-fr"}, "languages (en-fr) is only for task"),
        ("bert", {"pooling": "cls"}, "pooling (cls) is only for task classify, not for mlm"),
        ("bert", {"token_dropout": 0.5}, "token_dropout (0.5) is only for task classify"),
        ("bert", {"task": "classify", "mask": 0.3}, "mask (0.3) is only for task mlm"),
    ],
)  # fmt: skip
def test_a_setting_that_means_nothing_beside_the_others_is_refused(name, given, words):
    with pytest.raises(UserError) as refused:
        resolve(trainer(name), given)
    assert words in str(refused.value)


def test_warm_up_keeps_its_share_of_fewer_steps_and_its_length_of_more():
    assert [resolve(TrainGPT2, {"steps": n}).warmup for n in (100, 1500, 9000)] == [10, 100, 100]


def test_a_number_is_not_a_word():
    with pytest.raises(UserError, match=r"seed .*int"):
        settings_of(GPT2Settings, {"seed": True})
