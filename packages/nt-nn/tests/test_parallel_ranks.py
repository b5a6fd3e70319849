"""Parallel over ranks: several processes train as one does with the same whole batches."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from nt_autograd import tensor
from nt_nn import Linear, Parallel, gather_shares
from nt_nn._buckets import Buckets, planned
from nt_nn._share import Meeting
from nt_tensor.distributed import Group, Pending, SingleProcess

RANKS = Path(__file__).parent / "ranks.py"
BESIDE = Path(sys.executable).parent  # where an environment's launchers lie


def run(launcher, *command):
    path = shutil.which(launcher, path=f"{BESIDE}{os.pathsep}{os.environ.get('PATH', '')}")
    if path is None:
        pytest.skip(f"{launcher} is not installed")
    return subprocess.run(
        [path, *map(str, command)], capture_output=True, text=True, timeout=120, check=False
    )


def read(file):
    with np.load(file) as saved:
        return dict(saved)


@pytest.fixture(scope="module", params=["classes", "pairs"])
def lesson(request):
    """A loss that is a mean over items, and one that compares each item with all others."""
    return request.param


@pytest.fixture(scope="module")
def alone(lesson, tmp_path_factory):
    file = tmp_path_factory.mktemp("alone") / "one.npz"
    done = subprocess.run(
        [sys.executable, RANKS, lesson, "single", "1", "cpu", file], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return read(file)


def agree(one, several):
    assert one.keys() == several.keys()
    assert one["losses"][-1] < one["losses"][0], "nothing was learned"
    for name, value in one.items():
        assert np.abs(several[name] - value).max() <= 1e-6 * max(1, np.abs(value).max()), name


@pytest.mark.parametrize(("ranks", "threads"), [(2, 1), (2, 2), (3, 1)])
def test_ranks_of_mpi_train_as_one_process(lesson, alone, tmp_path, ranks, threads):
    pytest.importorskip("mpi4py")
    file = tmp_path / "several.npz"
    done = run("mpiexec", "-n", ranks, sys.executable, RANKS, lesson, "mpi", threads, "cpu", file)
    assert done.returncode == 0, done.stdout + done.stderr
    agree(alone, read(file))


def test_ranks_of_mlx_train_as_one_process(lesson, alone, tmp_path):
    pytest.importorskip("mlx")
    file = tmp_path / "several.npz"
    command = ("--", sys.executable, RANKS, lesson, "mlx", 1, "mlx", file)
    done = run("mlx.launch", "-n", 2, "--backend", "ring", *command)
    assert done.returncode == 0, done.stdout + done.stderr
    one, several = alone, read(file)
    for name, value in one.items():
        assert np.abs(several[name] - value).max() <= 2e-5 * max(1, np.abs(value).max()), name


class Doubled(Group):
    """Two ranks that happen to hold the same: every sum is twice this process's part."""

    rank, size = 0, 2

    def __init__(self):
        self.sums = []

    def start_all_reduce(self, array):
        self.sums.append(array.size)
        return Pending(lambda: array * 2)

    def broadcast(self, array, root=0):
        return array + 1

    def all_gather(self, array):
        return [array, array]

    def all_gather_object(self, value):
        return [value, value]

    def abort(self, status=1):
        raise SystemExit(status)


def test_buckets_travel_before_the_walk_ends():
    layers = [Linear(32, 32, bias=False) for _ in range(4)]
    parameters = [layer.weight for layer in layers]
    group, seen = Doubled(), []

    def loss(x):
        for i, layer in enumerate(layers):
            x = layer(x)
            x.register_hook(lambda g, i=i: seen.append((i, len(group.sums))))
        return (x * x).mean()

    with Parallel(parameters, threads=1, group=group) as parallel:
        parallel._plan = planned(parameters, limit=32 * 32 * 4)  # a bucket a layer
        parallel.backward(loss, tensor(np.ones((2, 32), np.float32)))
    # One sum (the batch's size) before the walk; each layer's gradient goes before the layer below.
    assert seen == [(3, 1), (2, 2), (1, 3), (0, 4)]
    assert group.sums == [2, *[32 * 32] * 4, 4, 1]


def test_a_plan_holds_every_parameter_once_and_keeps_dtypes_apart():
    sizes = [(10, "float32"), (300, "float32"), (5, "float64"), (5, "float32"), (0, "float32")]
    parameters = [tensor(np.zeros(n, dtype), requires_grad=True) for n, dtype in sizes]
    plan = planned(parameters, limit=1000)
    assert sorted(i for many in plan for i in many) == [0, 1, 2, 3, 4]
    assert plan == [[4, 3], [2], [1], [0]]  # last first; a large one alone


def test_an_empty_part_takes_part():
    model = Linear(3, 1)
    group = Doubled()
    with Parallel(model.parameters(), threads=2, group=group) as parallel:
        x = tensor(np.zeros((0, 3), np.float32))
        with pytest.raises(ValueError, match="together they must weigh more"):
            parallel.backward(lambda x: model(x).mean(), x)  # empty everywhere
    parameters = list(model.parameters())
    buckets = Buckets(parameters, planned(parameters), group, 0, Meeting(0, group))
    assert buckets.finish() == [None, None]  # nobody has a gradient


class Empty(Doubled):
    """Two ranks, of which the other has no part of any batch."""

    def start_all_reduce(self, array):
        return Pending(lambda: array)


def test_a_rank_without_items_is_told_of_where_all_are_compared():
    model = Linear(3, 1)

    def loss(x):
        y = gather_shares(model(x))
        return (y[:, None] - y[None, :]).pow(2).mean()

    x = tensor(np.ones((1, 3), np.float32))
    with (
        Parallel(model.parameters(), threads=2, group=Empty()) as parallel,
        pytest.raises(ValueError, match="1 of 2 ranks have a part of this batch"),
    ):
        parallel.backward(loss, x)


def test_the_first_ranks_values_are_taken_over():
    model = Linear(2, 2)
    before = model.weight.detach().numpy().copy()
    Parallel(model.parameters(), group=SingleProcess()).broadcast(model.parameters())
    assert (model.weight.detach().numpy() == before).all()
    Parallel(model.parameters(), group=Doubled()).broadcast(model.parameters())
    assert (model.weight.detach().numpy() == before + 1).all()
