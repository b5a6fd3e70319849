"""Threads, processes and ranks: who makes a batch changes nothing in it."""

import importlib
import json
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nt_data import ArrayDataset, DataLoader, WeightedRandomSampler
from nt_data.transforms import Compose, Normalize, OnField, RandomCrop, RandomHorizontalFlip

AUGMENT = OnField(0, Compose(RandomCrop(8, padding=2), RandomHorizontalFlip(), Normalize(0.5, 0.2)))


def images(n: int = 50) -> ArrayDataset:
    rng = np.random.default_rng(0)
    return ArrayDataset(rng.integers(0, 256, (n, 8, 8, 3), dtype=np.uint8), np.arange(n))


def make(**options: Any) -> DataLoader:
    settings: dict[str, Any] = {"batch_size": 8, "shuffle": True, "seed": 3, "transform": AUGMENT}
    return DataLoader(**({"dataset": images()} | settings | options))


def same(ours: Any, theirs: Any) -> None:
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        for x, y in zip(a, b, strict=True):
            assert x.dtype == y.dtype
            assert (x == y).all()


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_batches_are_the_same_whatever_the_number_of_threads(workers: int) -> None:
    plain, threaded = make(num_workers=0), make(num_workers=workers, prefetch=3)
    same(list(islice(threaded.forever(), 15)), list(islice(plain.forever(), 15)))
    assert not [t for t in threading.enumerate() if t.name.startswith("nt-data")]


def test_batches_are_the_same_made_in_processes_which_stay_for_the_next_epoch() -> None:
    loader = make(num_workers=2, worker="process")
    try:
        same(list(islice(loader.forever(), 15)), list(islice(make().forever(), 15)))
        (pool,) = loader._idle
        broken_off = iter(loader)
        next(broken_off)
        broken_off.close()
        assert loader._idle == [pool]
        loader.load_state_dict({**loader.state_dict(), "epoch": 5, "position": 3})
        plain = make()
        plain.load_state_dict(loader.state_dict())
        batches = list(loader)
        same(batches, list(plain))
        batches[0][0][:] = 0  # what arrives may be written to
    finally:
        loader.close()


def test_an_augmentation_follows_from_the_sample_not_from_its_batch() -> None:
    def by_label(loader: DataLoader) -> dict[int, Any]:
        return {int(k): x for batch in loader for x, k in zip(*batch, strict=True)}

    small, large = by_label(make(batch_size=4)), by_label(make(batch_size=50, shuffle=False))
    assert all((small[k] == large[k]).all() for k in range(50))
    loader = make()
    first, second = by_label(loader), by_label(loader)
    assert sum((first[k] != second[k]).any() for k in range(50)) > 45  # another epoch


def test_a_sample_that_comes_again_is_changed_in_another_way() -> None:
    for options in ({"shuffle": True, "replacement": True}, {"shuffle": False}):
        if not options["shuffle"]:
            options["sampler"] = WeightedRandomSampler([1.0], 40)  # type: ignore[assignment]
        loader = make(dataset=images(1), batch_size=1 if options["shuffle"] else 40, **options)
        pictures = [x for batch in islice(loader.forever(), 40) for x in batch[0]][:40]
        assert len({x.tobytes() for x in pictures}) > 15  # of 50 crops and flips


@pytest.mark.parametrize("world_size", [1, 2, 3, 7])
def test_the_ranks_parts_are_the_batch_of_one_process(world_size: int) -> None:
    whole = list(make(drop_last=True))
    ranks = [list(make(drop_last=True, rank=r, world_size=world_size)) for r in range(world_size)]
    joined = [
        tuple(np.concatenate(field) for field in zip(*parts, strict=True))
        for parts in zip(*ranks, strict=True)
    ]
    same(joined, whole)
    sizes = {len(parts[0]) for rank in ranks for parts in rank}
    assert max(sizes) - min(sizes) <= 1


def test_a_run_goes_on_with_another_number_of_ranks() -> None:
    loader = make(rank=1, world_size=2)
    batches = loader.forever()
    list(islice(batches, 10))
    state = json.loads(json.dumps(loader.state_dict()))
    batches.close()
    alone = make()
    alone.load_state_dict(state)
    same(list(islice(alone.forever(), 5)), list(islice(make().forever(), 10, 15)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rank": 2, "world_size": 2}, r"rank \(2\) must be from 0 to 1"),
        ({"world_size": 9, "drop_last": True}, "a batch of 8 samples is too small for 9 ranks"),
        ({"world_size": 3}, "a batch of 2 samples is too small for 3 ranks; .* drop_last=True"),
        ({"num_workers": -1}, r"num_workers \(-1\)"),
        ({"worker": "fork"}, "worker must be 'thread' or 'process', got 'fork'"),
        ({"sampler": WeightedRandomSampler([1.0])}, "cannot go with shuffle"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make(**options)


MODULE = """
import os, time
class Unreadable(Exception):
    def __init__(self, one, two):
        super().__init__(one)
class Data:
    def __init__(self, fault): self.fault = fault
    def __len__(self): return 40
    def __getitem__(self, index):
        if index == 13:
            if self.fault == "error": return self.deep(index)
            if self.fault == "unpicklable": raise Unreadable("cannot be told", 2)
            if self.fault == "death": os._exit(7)
        return index
    def deep(self, index):
        raise KeyError(f"no file for {index}")
"""


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """A data set from a module that other processes can import too."""
    (tmp_path / "faulty_data.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("faulty_data").Data
    del sys.modules["faulty_data"]


@pytest.mark.parametrize(
    ("worker", "num_workers"),
    [("thread", 0), ("thread", 1), ("thread", 3), ("process", 1), ("process", 3)],
)
def test_an_error_arrives_after_the_good_batches_with_its_sample_and_its_traceback(
    faulty: Callable[[str], Any], worker: Any, num_workers: int
) -> None:
    loader = DataLoader(faulty("error"), 4, num_workers=num_workers, worker=worker)
    batches = iter(loader)
    assert [next(batches).tolist() for _ in range(3)] == [
        [0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11],
    ]  # fmt: skip
    with pytest.raises(KeyError, match="no file for 13") as caught:
        next(batches)
    assert loader.state_dict()["position"] == 3
    notes = "\n".join(caught.value.__notes__)
    assert "while preparing batch 3 of epoch 0: sample 13 of the data set" in notes
    if worker == "process":
        assert "in a worker process" in notes
        assert "return self.deep(index)" in notes
        loader.close()
    else:
        assert caught.traceback[-1].name == "deep"
    assert not [t for t in threading.enumerate() if t.name.startswith("nt-data")]


def test_an_error_that_cannot_travel_comes_as_one_that_can(faulty: Callable[[str], Any]) -> None:
    loader = DataLoader(faulty("unpicklable"), 40, worker="process")
    with pytest.raises(RuntimeError, match="Unreadable: cannot be told") as caught:
        list(loader)
    assert "sample 13" in "\n".join(caught.value.__notes__)
    loader.close()


def test_the_death_of_a_worker_ends_the_loop_and_the_next_one_has_new_workers(
    faulty: Callable[[str], Any],
) -> None:
    loader = DataLoader(faulty("death"), 4, num_workers=2, worker="process")
    begin = time.perf_counter()
    with pytest.raises(RuntimeError, match="ended with exit code 7 while preparing batch"):
        list(loader)
    assert time.perf_counter() - begin < 20
    batches = iter(loader)
    assert next(batches).tolist() == [0, 1, 2, 3]
    batches.close()
    loader.close()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_a_killed_worker_is_named(faulty: Callable[[str], Any]) -> None:
    loader = DataLoader(faulty("none"), 1, num_workers=1, prefetch=1, worker="process")
    batches = loader.forever()
    next(batches)
    (child,) = multiprocessing.active_children()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    with pytest.raises(RuntimeError, match=r"worker process 0 ended with exit code -9"):
        list(islice(batches, 5))


def test_what_cannot_be_pickled_is_refused_with_a_way_out() -> None:
    loader = DataLoader([1, 2], 1, transform=lambda batch, random: batch, worker="process")
    with pytest.raises((pickle.PicklingError, AttributeError)) as caught:
        next(iter(loader))
    assert "worker='thread' does not" in "\n".join(caught.value.__notes__)


def test_transforms_errors_name_their_samples() -> None:
    def broken(batch: Any, random: Any) -> Any:
        raise ZeroDivisionError("nothing left")

    with pytest.raises(ZeroDivisionError) as caught:
        list(DataLoader(ArrayDataset([5, 6, 7]), 2, transform=broken))
    assert caught.value.__notes__ == [
        "while preparing batch 0 of epoch 0: samples 0, 1 of the data set"
    ]


def test_breaking_off_leaves_no_thread_of_several() -> None:
    for _ in make(num_workers=3):
        break
    assert not [t for t in threading.enumerate() if t.name.startswith("nt-data")]
