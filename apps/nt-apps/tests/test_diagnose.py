"""Diagnostics against figures computed by hand, and rules on trainings that fail their way."""

import json
import math
import os
import signal
import time

import numpy as np
import pytest
from nt_apps.diagnose import Diagnostics, History, Reading, advise
from nt_apps.diagnose._rules import RULES
from nt_autograd import cross_entropy, no_grad, relu, sin, tanh, tensor
from nt_nn import GELU, LayerNorm, Linear, Module, MultiHeadAttention, Parallel, Sequential, init
from nt_nn.optim import SGD, AdamW
from nt_tensor import Generator, use_generator
from safetensors.numpy import load_file

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(256, 16)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64) + 2 * (X[:, 1] > 0)  # four classes that a network can tell


@pytest.fixture
def train():
    """Train on the four classes, reading every fifth step; gives the observer."""

    def run(model, optimizer, steps=40, rate=None):
        seeing = Diagnostics(every=5)
        seeing.begins(model)
        draw = np.random.default_rng(1)
        with np.errstate(all="ignore"):
            for step in range(1, steps + 1):
                for group in optimizer.param_groups:
                    group["lr"] = rate(step) if rate else group["lr"]
                at = draw.integers(0, len(X), 64)
                loss = cross_entropy(model(tensor(X[at])), tensor(Y[at]))
                optimizer.zero_grad()
                loss.backward()
                seeing.measured(step)
                optimizer.step()
                seeing.noted({"step": step, "train_loss": loss.item(), **seeing.stepped(step)})
        seeing.ends()
        return seeing

    return run


class Deep(Module):
    """A stack of layers that can be drawn and bent as a test wants."""

    def __init__(self, depth, std, bend, residual=False):
        with use_generator(Generator(3)):
            self.blocks = [Linear(16, 16) for _ in range(depth)]
            self.head = Linear(16, 4)
        draw = Generator(4)
        for layer in self.blocks:
            init.normal_(layer.weight, std=std, generator=draw)
            init.zeros_(layer.bias)
        self.bend, self.residual = bend, residual

    def forward(self, x):
        for block in self.blocks:
            y = self.bend(block(x))
            x = x + y if self.residual else y
        return self.head(x)


class Rows(Module):
    """Attention over four rows of four numbers."""

    def __init__(self, scale):
        with use_generator(Generator(3)):
            self.up, self.norm = Linear(4, 64), LayerNorm(64)
            self.attention, self.head = MultiHeadAttention(64, 2, scale=scale), Linear(64, 4)

    def forward(self, x):
        x = self.norm(self.up(x.reshape(-1, 4, 4)))
        return self.head((x + self.attention(x)).mean(1))


def healthy():
    return Deep(3, math.sqrt(2 / 16), relu)


# What is read


def test_readings_are_what_a_hand_computes():
    with use_generator(Generator(0)):
        model = Sequential(Linear(16, 8), GELU(), Linear(8, 4))
    with no_grad():
        model[0].weight[2] = 0.0  # a unit whose input is -5 whatever comes
        model[0].bias[2] = -5.0
    before = {name: p.numpy().copy() for name, p in model.state_dict().items()}
    optimizer = SGD(model.parameters(), lr=0.1)
    seeing = Diagnostics(every=1)
    seeing.begins(model)
    inner = model[0](tensor(X)).detach().numpy()
    cross_entropy(model(tensor(X)), tensor(Y)).backward()
    seeing.measured(1)
    grads = {name: p.grad.numpy() for name, p in model.named_parameters()}
    optimizer.step()
    found = seeing.stepped(1)["diagnosis"]
    seeing.ends()
    size = np.sqrt(sum(float((grads[f"0.{n}"] ** 2).sum()) for n in ("weight", "bias")))
    weights = np.sqrt(sum(float((before[f"0.{n}"] ** 2).sum()) for n in ("weight", "bias")))
    assert found["gradient"]["0"] == pytest.approx(size, rel=1e-5)
    assert found["update"]["0"] == pytest.approx(0.1 * size / weights, rel=1e-4)
    assert found["scale"]["0"] == pytest.approx(float(np.sqrt((inner**2).mean())), rel=1e-4)
    assert found["largest"]["0"] == pytest.approx(float(np.abs(inner).max()), rel=1e-5)
    assert found["dead"] == {"1": pytest.approx(1 / 8)}


def test_entropy_is_1_where_all_keys_are_alike_and_0_where_one_is_looked_at():
    attention = MultiHeadAttention(8, 2)
    with no_grad():
        attention.qkv.weight[:16] = 0.0  # all scores are 0 …
        attention.qkv.bias[:16] = 0.0
    x = np.random.default_rng(2).normal(size=(3, 5, 8)).astype(np.float32)

    def entropy(**options):
        seeing = Diagnostics(every=1)
        seeing.begins(model := Sequential(attention))
        attention(tensor(x), **options).sum().backward()
        seeing.measured(1)
        del model
        return list(seeing.stepped(1)["diagnosis"]["entropy"]["0"].values())

    assert entropy() == pytest.approx([1.0, 1.0], abs=1e-5)
    assert entropy(is_causal=True) == pytest.approx([1.0, 1.0], abs=1e-5)
    with no_grad():  # … or enormous
        attention.qkv.weight[:16] = tensor(1e3 * np.eye(16, 8, dtype=np.float32))
        attention.qkv.weight[8:16] = tensor(1e3 * np.eye(8, dtype=np.float32))
    assert entropy(is_causal=True) == pytest.approx([0.0, 0.0], abs=1e-3)


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_read_what_one_reads(threads):
    with use_generator(Generator(0)):
        model = Sequential(Linear(16, 8), GELU(), Linear(8, 4))
    seeing = Diagnostics(every=1)
    seeing.begins(model)
    with Parallel(model.parameters(), threads) as parallel:
        parallel.backward(lambda x, y: cross_entropy(model(tensor(x)), tensor(y)), X, Y)
    seeing.measured(1)
    found = seeing.stepped(1)["diagnosis"]
    seeing.ends()
    inner = model[0](tensor(X)).detach().numpy()
    assert found["scale"]["0"] == pytest.approx(float(np.sqrt((inner**2).mean())), rel=1e-4)


def test_what_runs_without_gradients_or_between_readings_is_not_looked_at():
    model = Sequential(Linear(16, 4))
    seeing = Diagnostics(every=3)
    seeing.begins(model)
    with no_grad():
        model(tensor(X * 1e6))
    model(tensor(X)).sum().backward()
    seeing.measured(1)
    assert seeing.stepped(1)["diagnosis"]["largest"]["0"] < 1e3
    assert model[0]._module_hooks is None or not model[0]._module_hooks.after
    seeing.measured(2)
    assert seeing.stepped(2) == {}
    model(tensor(X * 1e6)).sum().backward()
    seeing.measured(3)
    assert seeing.stepped(3)["diagnosis"]["largest"]["0"] > 1e3
    seeing.ends()


# What it means: each rule on a training that fails that way, and all silent on a healthy one


def test_a_healthy_training_is_told_nothing(train):
    model = healthy()
    seeing = train(model, AdamW(model.parameters(), lr=1e-2), steps=80)
    assert list(seeing.history.losses.values())[-1] < 0.5
    assert not seeing.told
    seeing = train(model := Rows(None), AdamW(model.parameters(), lr=3e-3))
    assert not seeing.told


def adam(model, lr=1e-3):
    return model, AdamW(model.parameters(), lr=lr)


FAILING = {
    "updates_too_large": lambda: adam(healthy(), lr=3.0),
    "updates_too_small": lambda: adam(healthy(), lr=1e-9),
    "gradients_vanish": lambda: adam(Deep(12, 0.1, tanh)),
    "gradients_explode": lambda: adam(Deep(12, 1.0, sin)),
    "dead_units": lambda: (model := healthy(), SGD(model.parameters(), lr=4.0)),
    "attention_collapses": lambda: adam(Rows(20.0)),
    "activations_grow": lambda: adam(Deep(12, 0.5, relu, residual=True)),
    "activations_fade": lambda: adam(Deep(12, 0.1, relu)),
}


@pytest.mark.parametrize("rule", FAILING)
def test_a_training_that_fails_this_way_is_told_so(train, rule):
    seeing = train(*FAILING[rule]())
    assert rule in seeing.told, seeing.told
    assert "step" in seeing.told[rule]


def test_a_rate_that_leaps_makes_a_spike_that_is_found(train):
    model = healthy()
    optimizer = SGD(model.parameters(), lr=0.1)
    seeing = train(model, optimizer, 80, rate=lambda step: 20.0 if step == 60 else 0.1)
    assert "step 61" in seeing.told["loss_spikes"]


def test_every_rule_has_a_training_here():
    assert {rule.__name__ for rule in RULES} == {*FAILING, "loss_spikes"}


@pytest.mark.parametrize(("ratio", "fires"), [(0.19, False), (0.21, True)])
def test_the_threshold_is_what_the_rule_says(ratio, fires):
    history = History({}, [Reading(step, update={"blocks.3": ratio}) for step in (1, 2, 3)])
    assert [each.where for each in advise(history)] == (["blocks.3"] if fires else [])


# In nt train


def test_a_run_that_is_diagnosed_learns_the_same_and_leaves_readings_and_a_plot(
    nt, train_gpt2, learned
):
    plain, told = train_gpt2(name="plain"), train_gpt2("--diagnose", 20, name="told")
    lines = [json.loads(line) for line in (told / "metrics.jsonl").read_text("utf-8").splitlines()]
    read = [line["step"] for line in lines if "diagnosis" in line]
    assert read == [1, 20, 40, 60]
    for line in lines:
        line.pop("diagnosis", None)
        line.pop("advice", None)
    before = [line.get("train_loss") for line in learned(plain)]
    assert [line.get("train_loss") for line in lines] == before
    assert (told / "diagnosis.png").read_bytes()[1:4] == b"PNG"
    assert not (plain / "diagnosis.png").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
@pytest.mark.parametrize("number", ["SIGINT", "SIGKILL"])
def test_a_run_that_was_stopped_and_resumed_reads_and_advises_as_the_one_that_was_not(
    nt, train_gpt2, spawn_training, tmp_path, learned, number
):
    """After `kill -9` the readings behind the checkpoint are forgotten, and made again."""
    options = ["--diagnose", 7, "--steps", 240, "--lr", 0.3, "--eval-every", 60]
    whole, part = train_gpt2(*options, name="whole"), tmp_path / "part"
    process = spawn_training(part, *options)
    metrics = part / "metrics.jsonl"
    while not (metrics.exists() and metrics.read_bytes().count(b"\n") > 80):
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    process.send_signal(getattr(signal, number))
    process.communicate(timeout=60)
    assert process.returncode == {"SIGINT": 130, "SIGKILL": -signal.SIGKILL}[number]
    ran = nt("train", "gpt2", "--resume", part)
    assert ran.status == 0, ran.err
    lines = learned(part)
    assert lines == learned(whole)
    assert [line["step"] for line in lines if "diagnosis" in line] == [1, *range(7, 241, 7)]
    told = [line["step"] for line in lines if "advice" in line]
    assert told, "the rate is so high that there is something to advise"
    assert min(told) < 60 < lines[-1]["step"], "before the stop, so that it must be remembered"
    assert (part / "diagnosis.png").read_bytes()[1:4] == b"PNG"
    one, other = (load_file(run / "checkpoints" / "last.safetensors") for run in (part, whole))
    assert all((one[key] == other[key]).all() for key in one.keys() | other.keys())


@pytest.fixture
def train_gpt2(nt, text, tmp_path, tiny):
    def run(*options, name="run"):
        out = tmp_path / name
        ran = nt("train", "gpt2", "--data", text, "--out", out, *tiny, *options)
        assert ran.status == 0, ran.err
        return out

    return run
