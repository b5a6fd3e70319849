"""The loop against the same training written out by hand, and what it offers beside it."""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import numpy as np
import pytest
from nt_apps.errors import UserError
from nt_apps.train.gpt2 import GPT2Settings, TrainGPT2
from nt_apps.train.loop import fit
from nt_apps.train.observer import Observer
from nt_apps.train.over_batches import over_batches
from nt_apps.train.ranks import Ranks
from nt_apps.train.reopen import load_run
from nt_apps.train.run_folder import RunFolder
from nt_apps.train.train_state import read_saved
from nt_nn import Linear, clip_grad_norm_
from nt_nn.optim import AdamW
from nt_nn.schedules import WarmupCosine
from nt_tensor.distributed import Group, Pending
from rich.console import Console

SIZES = {"layers": 1, "heads": 2, "width": 16, "context": 12, "tokenizer": "char", "prompt": "t",
         "eval_every": 5, "eval_batches": 2, "sample_tokens": 5, "jit": False,
         "weight_decay": 0.1, "warmup": 2}  # fmt: skip


@pytest.fixture
def task(text):
    def make(**settings):
        return TrainGPT2(GPT2Settings(data=str(text), **{**SIZES, **settings}))

    return make


@pytest.fixture
def trained(task, tmp_path):
    """Fit in this process; gives the folder, and the summary."""

    def run(name="run", ranks=None, observers=(), **settings):
        folder, console = RunFolder(tmp_path / name), Console(quiet=True)
        told = fit(task(**settings), folder, console, ranks=ranks, observers=observers)
        return folder, told

    return run


def by_hand(task, steps):
    """The walk, with nothing around it: losses, weights and their mean."""
    c = task.config
    task.prepare()
    model, mean = task.model(), None
    named = list(model.named_parameters())
    groups = [
        {"params": [(n, p) for n, p in named if p.ndim > 1], "weight_decay": c.weight_decay},
        {"params": [(n, p) for n, p in named if p.ndim < 2], "weight_decay": 0.0},
    ]
    optimizer = AdamW(groups, lr=c.lr, betas=(c.beta1, c.beta2))
    schedule = WarmupCosine(optimizer, c.warmup, c.steps, c.min_lr)
    batches, losses = task.loader().forever(), []
    for step in range(steps):
        optimizer.zero_grad()
        parts = [next(batches) for _ in range(c.accumulate)]
        tokens, targets = (np.concatenate(each) for each in zip(*parts, strict=True))
        loss = task.loss(model, tokens, targets)
        loss.backward()
        clip_grad_norm_(model.parameters(), c.clip)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        weights = {name: value.numpy().copy() for name, value in model.state_dict().items()}
        keep = 0.0 if mean is None else min(c.ema, (1 + step) / (10 + step))
        mean = {n: keep * mean[n] + (1 - keep) * w if mean else w for n, w in weights.items()}
    batches.close()
    return losses, weights, mean


def test_accumulation_and_the_mean_of_weights_are_what_a_hand_written_loop_gives(trained, task):
    settings = {"steps": 10, "batch_size": 4, "accumulate": 3, "ema": 0.5, "lr": 1e-2}
    folder, _ = trained(**settings)
    losses, weights, mean = by_hand(task(**settings), 10)
    lines = [json.loads(line) for line in folder.metrics.read_text().splitlines()]
    assert [line["train_loss"] for line in lines[1:]] == pytest.approx(losses, rel=1e-4)
    saved = read_saved(folder.last)
    for name in weights:
        np.testing.assert_allclose(saved.rest["model"][name], weights[name], atol=2e-4)
        np.testing.assert_allclose(saved.rest["average"]["module." + name], mean[name], atol=2e-4)
    used = load_run(folder.path, last=True)[1].state_dict()
    assert all((used[n].numpy() == saved.rest["average"]["module." + n]).all() for n in mean)
    assert any((used[n].numpy() != saved.rest["model"][n]).any() for n in mean)


def test_the_mean_of_weights_is_what_looks_and_figures_judge(trained):
    folder, told = trained(steps=20, lr=1e-2, ema=0.9)
    task, mean = load_run(folder.path)
    task.prepare()
    assert told.validation == task.validate(mean)
    assert told.figures == task.measure(mean, task.answer(mean))
    mean.load_state_dict(read_saved(folder.best).rest["model"])
    assert told.validation != task.validate(mean)


def test_patience_ends_a_run_that_gets_no_better_and_keeps_its_best(trained):
    # A rate this large makes every look after some worse than the best.
    folder, told = trained(steps=400, lr=1.0, min_lr=1.0, warmup=1, patience=3, schedule="constant")
    assert told.finished
    assert told.stopped_early
    assert told.step == told.best_step + 3 * 5 < 400
    looks = [json.loads(line) for line in folder.metrics.read_text().splitlines()]
    losses = {e["step"]: e["validation_loss"] for e in looks if "validation_loss" in e}
    assert losses[told.best_step] == min(losses.values()) == told.validation["validation_loss"]
    assert read_saved(folder.best).step == told.best_step
    assert "patience ended it" in shown(told)


def shown(summary):
    console = Console(record=True, width=200, file=StringIO())
    summary.show(console)
    return console.export_text()


@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "lion", "lamb", "muon", "adafactor"])
def test_every_optimizer_learns_and_goes_on_bit_for_bit(trained, task, optimizer):
    lr = {"sgd": 0.5, "lion": 2e-3, "lamb": 5e-2, "adafactor": 5e-2}.get(optimizer, 2e-2)
    settings = {"steps": 40, "optimizer": optimizer, "lr": lr, "ema": 0.9, "eval_every": 20}
    folder, told = trained("whole", **settings)
    first = json.loads(folder.metrics.read_text().splitlines()[0])["validation_loss"]
    assert told.validation["validation_loss"] < first - 0.3
    check_resumed(trained, task, folder, settings)


class Enough(Observer):
    """Asks for a stop like a Ctrl-C, at a step."""

    def __init__(self, step):
        self.step = step

    def stepped(self, step):
        import signal

        if step == self.step:
            signal.raise_signal(signal.SIGINT)
        return {}


def check_resumed(trained, task, whole, settings, at=13):
    """Stopped after a step and gone on with, a run is the one that was never stopped."""
    folder, told = trained("halves", observers=[Enough(at)], **settings)
    assert (told.finished, told.step) == (False, at)
    saved = read_saved(folder.last)
    fit(task(**settings), folder, Console(quiet=True), saved)
    one, other = read_saved(whole.last).rest, read_saved(folder.last).rest
    assert one["looks"] == other["looks"]
    for part in ("model", "average"):
        assert all((one[part][name] == other[part][name]).all() for name in one[part] or ())


def test_accumulation_resumes_bit_for_bit(trained, task):
    settings = {"steps": 20, "accumulate": 3, "batch_size": 4, "dropout": 0.1, "prefetch": 5}
    folder, _ = trained("whole", **settings)
    check_resumed(trained, task, folder, settings)


@pytest.mark.parametrize("schedule", ["cosine", "one-cycle", "wsd", "linear", "constant"])
def test_every_schedule_warms_up_and_ends_where_it_says(trained, schedule):
    settings = {"steps": 20, "lr": 1e-2, "min_lr": 1e-3, "warmup": 4, "eval_every": 20}
    folder, _ = trained(schedule=schedule, **settings)
    lines = [json.loads(line) for line in folder.metrics.read_text().splitlines()][1:]
    rates = [line["learning_rate"] for line in lines]
    assert max(rates) == pytest.approx(1e-2)
    assert rates[0] < 0.5 * max(rates)
    assert rates[:4] == sorted(rates[:4])
    if schedule == "constant":
        assert rates[-1] == pytest.approx(1e-2)
    else:
        assert rates[-1] < 0.4 * max(rates)


def test_observers_see_every_step_and_their_numbers_join_the_metrics(trained):
    class Gradients(Observer):
        def begins(self, model):
            self.parameters, self.ended = list(model.parameters()), False

        def measured(self, step):
            parts = [float((p.grad**2).sum()) for p in self.parameters]
            self.norm = sum(parts) ** 0.5

        def stepped(self, step):
            return {"seen": step, "by_hand": {"norm": self.norm}}

        def ends(self):
            self.ended = True

    observer = Gradients()
    folder, _ = trained(observers=[observer], steps=6)
    lines = [json.loads(line) for line in folder.metrics.read_text().splitlines()][1:]
    assert [line["seen"] for line in lines] == list(range(1, 7))
    for line in lines:
        assert line["by_hand"]["norm"] == pytest.approx(line["gradient_norm"], rel=1e-4)
    assert observer.ended


class InThreads(Group):
    """Ranks that are threads of this process: they meet at a barrier and read each other's."""

    def __init__(self, rank, size, meeting, table):
        self.rank, self.size, self.meeting, self.table = rank, size, meeting, table

    def all_gather_object(self, value):
        self.table[self.rank] = value
        self.meeting.wait()
        found = list(self.table)
        self.meeting.wait()
        return found

    def all_gather(self, array):
        return self.all_gather_object(array.copy())

    def start_all_reduce(self, array):
        total = sum(self.all_gather_object(array.copy()))
        return Pending(lambda: total)

    def broadcast(self, array, root=0):
        return self.all_gather_object(array)[root].copy()

    def abort(self, status=1):
        self.meeting.abort()


def test_two_ranks_learn_what_one_process_learns(trained, task, tmp_path):
    settings = {"steps": 6, "batch_size": 8, "accumulate": 2}
    one, _ = trained("one", **settings)
    meeting, table, two = (
        threading.Barrier(2, timeout=60),
        [None, None],
        RunFolder(tmp_path / "two"),
    )

    def run(rank):
        ranks = Ranks(InThreads(rank, 2, meeting, table))
        return fit(task(**settings), two, Console(quiet=True), ranks=ranks)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, range(2)))
    for a, b in zip(*(r.metrics.read_text().splitlines() for r in (one, two)), strict=True):
        a, b = json.loads(a), json.loads(b)
        for name in ("train_loss", "validation_loss", "gradient_norm"):
            assert a.get(name, 0.0) == pytest.approx(b.get(name, 0.0), rel=1e-5)


def test_a_rank_that_does_not_write_leaves_no_file(task, tmp_path):
    class Second(Ranks):
        writes = False

    fit(task(steps=6), RunFolder(tmp_path / "run"), Console(quiet=True), ranks=Second())
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_lower_precision_learns_on_mlx(trained, precision):
    pytest.importorskip("mlx.core")
    settings = {"steps": 60, "lr": 2e-2, "device": "mlx", "eval_every": 60}
    _, exact = trained("exact", **settings)
    folder, told = trained("lower", precision=precision, **settings)
    assert told.figures["loss"] < told.baselines["unigram"]["loss"] - 0.2
    assert told.figures["loss"] == pytest.approx(exact.figures["loss"], abs=0.15)
    assert told.figures["loss"] != exact.figures["loss"]
    saved = read_saved(folder.last)
    assert all(value.dtype == np.float32 for value in saved.rest["model"].values())
    assert ("scale" in saved.rest["scaler"]) is (precision == "float16")


def test_float16_runs_on_numpy_with_a_scale_that_is_resumed(trained, task):
    settings = {"steps": 20, "precision": "float16", "lr": 1e-2}
    folder, told = trained("whole", **settings)
    lines = [json.loads(line) for line in folder.metrics.read_text().splitlines()]
    assert lines[-1]["loss_scale"] >= 1
    assert told.validation["validation_loss"] < lines[0]["validation_loss"] - 0.2
    check_resumed(trained, task, folder, settings)


def test_a_precision_that_the_library_lacks_is_refused(task, tmp_path):
    with pytest.raises(UserError, match="bfloat16 cannot be had on cpu"):
        fit(task(precision="bfloat16"), RunFolder(tmp_path / "run"), Console(quiet=True))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("name", "module"), [("tensorboard", "tensorboardX"), ("wandb", "wandb")])
def test_a_board_whose_library_is_missing_names_its_extra(
    task, tmp_path, monkeypatch, name, module
):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match=rf"nt-apps\[{name}\]"):
        fit(task(**{name: True}), RunFolder(tmp_path / "run"), Console(quiet=True))
    assert not (tmp_path / "run").exists()


def test_tensorboard_gets_the_metrics_of_every_step(trained):
    pytest.importorskip("tensorboardX")
    folder, _ = trained(steps=4, tensorboard=True)
    (events,) = (folder.path / "tensorboard").iterdir()
    content = events.read_bytes()
    for name in (b"train_loss", b"validation_loss", b"learning_rate", b"gradient_norm"):
        assert content.count(name) >= (1 if name == b"validation_loss" else 4)


def test_weights_and_biases_gets_the_numbers(trained, monkeypatch):
    class Library:
        told = []

        def init(self, **about):
            self.about = about
            return self

        def log(self, numbers, step):
            self.told.append((step, numbers))

        def finish(self):
            self.told.append("end")

    library = Library()
    library.__spec__ = "here"
    monkeypatch.setitem(sys.modules, "wandb", library)
    folder, _ = trained(steps=3, wandb=True)
    assert library.about["config"]["steps"] == 3
    assert library.about["id"] == folder.path.name
    assert [step for step, _ in library.told[:-1]] == [0, 1, 2, 3]
    assert library.told[-1] == "end"


def test_going_over_batches_leaves_the_mode_and_the_order_as_they_were():
    model = Linear(1, 1)
    seen = over_batches(lambda x: (x, model.training), ((i,) for i in range(9)), model=model,
                        threads=2)  # fmt: skip
    assert list(seen) == [(i, False) for i in range(9)]
    assert model.training
    model.eval()
    list(over_batches(lambda x: x, [(1,)], model=model))
    assert not model.training
