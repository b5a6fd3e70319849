"""The command itself: help that a person can read, soon."""

import json
import subprocess
import sys
from dataclasses import fields

import pytest
from nt_apps.train.trainers import TRAINERS, trainer


def test_help_names_the_commands_and_what_to_begin_with(nt):
    ran = nt("--help")
    assert ran.status == 0
    for word in ("train", "generate", "devices", "Begin with: nt train gpt2"):
        assert word in ran.out


@pytest.mark.parametrize("name", TRAINERS)
def test_every_setting_has_an_option_with_help(nt, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "250")
    ran = nt("train", name, "--help")
    assert ran.status == 0
    assert "(default: )" not in ran.out
    for field in fields(trainer(name).config_type):
        assert f"--{field.name.replace('_', '-')} " in ran.out
        assert field.metadata["help"] in ran.out
        assert f"─ {field.metadata['section']} ─" in ran.out


def test_the_help_of_train_names_every_trainer(nt):
    out = nt("train", "--help").out
    assert all(f" {name} " in out for name in TRAINERS)


@pytest.mark.parametrize("arguments", [[], ["train"]])
def test_alone_it_shows_its_help(nt, arguments):
    ran = nt(*arguments)
    assert "Usage: nt" in ran.out + ran.err
    assert "error" not in ran.err


def test_help_loads_no_array_library():
    code = (
        "import sys, json; from nt_apps.cli import main; main(['--help']);"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert not {"numpy", "matplotlib", "numba", "nt_tensor", "nt_models"} & set(loaded)


def test_devices_tells_what_is_here_and_what_to_install(nt, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    out = nt("devices").out
    lines = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert "yes: cpu" in lines["cpu"]
    for kind in ("cuda", "mlx"):
        assert f"yes: {kind}" in lines[kind] or "nt-tensor[" in lines[kind] or "no:" in lines[kind]
