import functools
import json
import operator
import threading
import time
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_data import ArrayDataset, DataLoader, SlidingWindows


def seen(loader: DataLoader) -> list[list[int]]:
    return [batch.tolist() for batch in loader]


class Recorder:
    """Counts what is asked of it, and breaks at one index."""

    def __init__(self, length: int, broken: int = -1) -> None:
        self.length, self.broken = length, broken
        self.asked: list[int] = []

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> int:
        self.asked.append(index)
        if index == self.broken:
            raise OSError(f"sample {index} cannot be read")
        return index


def test_without_shuffling_samples_come_as_they_lie() -> None:
    assert seen(DataLoader(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert seen(DataLoader(range(7), 3, drop_last=True)) == [[0, 1, 2], [3, 4, 5]]
    assert len(DataLoader(range(7), 3)) == 3
    assert len(DataLoader(range(7), 3, drop_last=True)) == 2


@given(samples=st.integers(1, 50), batch_size=st.integers(1, 60), seed=st.integers(0, 2**70))
def test_an_epoch_is_a_permutation(samples: int, batch_size: int, seed: int) -> None:
    loader = DataLoader(range(samples), batch_size, shuffle=True, seed=seed, prefetch=0)
    batches = seen(loader)
    assert sorted(functools.reduce(operator.iadd, batches, [])) == list(range(samples))
    assert len(batches) == len(loader)
    assert all(len(batch) == batch_size for batch in batches[:-1])


def test_the_order_follows_from_the_seed_and_the_epoch_alone() -> None:
    def epochs(seed: int, prefetch: int) -> list[list[list[int]]]:
        loader = DataLoader(range(100), 8, shuffle=True, seed=seed, prefetch=prefetch)
        return [seen(loader), seen(loader), seen(loader)]

    first = epochs(7, prefetch=0)
    assert epochs(7, prefetch=5) == first
    assert first[0] != first[1] != first[2] != first[0]
    assert epochs(8, prefetch=0)[0] != first[0]
    # Neither a neighbouring seed nor a neighbouring epoch gives the same order a place later.
    assert epochs(8, prefetch=0)[0] != first[1]


@settings(deadline=None)
@given(
    consumed=st.integers(0, 25),
    prefetch=st.integers(0, 4),
    mode=st.sampled_from(["in order", "shuffled", "drawn"]),
    drop_last=st.booleans(),
)
def test_a_resumed_loader_goes_on_exactly_where_the_saved_one_was(
    consumed: int, prefetch: int, mode: str, drop_last: bool
) -> None:
    def make() -> DataLoader:
        return DataLoader(
            ArrayDataset(np.arange(31)),
            4,
            shuffle=mode != "in order",
            replacement=mode == "drawn",
            seed=3,
            drop_last=drop_last,
            prefetch=prefetch,
        )

    whole = [batch.tolist() for batch in islice(make().forever(), 40)]
    saved = make()
    batches = saved.forever()
    begun = [next(batches).tolist() for _ in range(consumed)]
    state = json.loads(json.dumps(saved.state_dict()))
    batches.close()

    resumed = make()
    resumed.load_state_dict(state)
    assert resumed.state_dict() == state
    rest = [batch.tolist() for batch in islice(resumed.forever(), 40 - consumed)]
    assert begun + rest == whole


def test_the_place_counts_what_was_consumed_not_what_was_prepared() -> None:
    data = Recorder(100)
    loader = DataLoader(data, 2, prefetch=10)
    batches = iter(loader)
    next(batches)
    for _ in range(100):
        if len(data.asked) >= 20:
            break
        time.sleep(0.01)
    assert len(data.asked) >= 20
    assert loader.state_dict()["position"] == 1
    batches.close()


def test_the_place_inside_the_loop_is_after_the_batch_in_hand() -> None:
    loader = DataLoader(range(6), 2)
    places = [(loader.state_dict()["epoch"], loader.state_dict()["position"]) for _ in loader]
    assert places == [(0, 1), (0, 2), (1, 0)]
    assert loader.epoch == 1


def test_each_loop_begins_a_new_epoch_even_if_the_last_one_was_broken_off() -> None:
    loader = DataLoader(range(6), 2, shuffle=True, seed=1)
    whole = DataLoader(range(6), 2, shuffle=True, seed=1)
    for _ in loader:
        break
    seen(whole)
    assert seen(loader) == seen(whole)


def test_an_iterator_that_was_never_advanced_changes_nothing() -> None:
    loader = DataLoader(range(6), 2)
    loader.load_state_dict({**loader.state_dict(), "position": 2})
    iter(loader)
    assert seen(loader) == [[4, 5]]


def test_two_loops_at_once_are_both_whole_and_the_place_is_the_later_ones() -> None:
    loader = DataLoader(range(6), 2)
    first, second = iter(loader), iter(loader)
    next(first)
    assert next(second).tolist() == [0, 1]
    next(first)
    next(first)
    assert loader.state_dict()["position"] == 1
    assert [batch.tolist() for batch in second] == [[2, 3], [4, 5]]


@pytest.mark.parametrize("prefetch", [0, 2])
def test_an_exception_of_the_dataset_surfaces_after_the_good_batches(prefetch: int) -> None:
    loader = DataLoader(Recorder(10, broken=5), 2, prefetch=prefetch)
    batches = iter(loader)
    assert [next(batches).tolist(), next(batches).tolist()] == [[0, 1], [2, 3]]
    with pytest.raises(OSError, match="sample 5 cannot be read"):
        next(batches)
    assert loader.state_dict()["position"] == 2
    assert [t for t in threading.enumerate() if t.name == "nt-data prefetch"] == []


def test_breaking_off_leaves_no_thread() -> None:
    for batch in DataLoader(range(1000), 1):
        assert batch.tolist() == [0]
        break
    assert [t for t in threading.enumerate() if t.name == "nt-data prefetch"] == []


def test_a_dataset_that_gathers_batches_is_asked_for_batches() -> None:
    class Gatherer(Recorder):
        def get_batch(self, indices: Any) -> Any:
            return indices * 10

    assert seen(DataLoader(Gatherer(4), 3)) == [[0, 10, 20], [30]]
    assert seen(DataLoader(Gatherer(4), 3, collate=np.array)) == [[0, 1, 2], [3]]


def test_draws_are_even_independent_and_of_full_size() -> None:
    loader = DataLoader(ArrayDataset(np.arange(10)), 7, shuffle=True, replacement=True, seed=5)
    batches = [batch for _, batch in zip(range(2000), loader.forever(), strict=False)]
    assert {len(batch) for batch in batches} == {7}
    counts = np.bincount(np.concatenate(batches), minlength=10)
    # 14,000 draws in 10 cells: chi-square with 9 degrees of freedom is below 27.9 in 999 of 1,000.
    assert ((counts - 1400.0) ** 2 / 1400).sum() < 27.9
    repeats = sum(len(set(batch.tolist())) < 7 for batch in batches)
    assert repeats > 1000  # drawn with replacement: most batches of 7 out of 10 repeat one


def test_a_long_array_is_not_permuted_to_draw_from_it() -> None:
    class Endless(Recorder):
        def get_batch(self, indices: Any) -> Any:
            return indices

    loader = DataLoader(Endless(10**15), 3, shuffle=True, replacement=True)
    batches = iter(loader)
    assert next(batches).max() > 10**12
    batches.close()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, r"batch_size \(0\) must be at least 1"),
        (
            {"batch_size": 11, "drop_last": True},
            r"^batch_size \(11\) must be at most the number of samples \(10\): with drop_last=True",
        ),
        (
            {"batch_size": 1, "world_size": 2},
            r"^batch_size \(1\) does not go with 10 samples: a batch of 1 samples is too small for "
            "2 ranks; choose a batch_size of at least 2$",
        ),
        (
            {"batch_size": 3, "world_size": 2},
            r"^batch_size \(3\) does not go with 10 samples: a batch of 1 samples is too small for "
            "2 ranks; choose a batch_size whose last batch has at least 2, or drop_last=True$",
        ),
        (
            {"dataset": [7], "batch_size": 3, "world_size": 2},
            r"^batch_size \(3\) does not go with 1 samples: .*; give at least 2 samples$",
        ),
        ({"batch_size": 2, "prefetch": -1}, r"prefetch \(-1\) must be at least 0"),
        ({"batch_size": 2, "seed": -1}, r"seed \(-1\) must be at least 0"),
        ({"batch_size": 2, "replacement": True}, "needs shuffle=True"),
        ({"batch_size": 2, "dataset": []}, "the data set is empty"),
    ],
)
def test_arguments_that_make_no_batches_are_refused(
    arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        DataLoader(**({"dataset": range(10)} | arguments))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 1}, "seed=1, this one has seed=0"),
        ({"samples": 11}, "samples=11, this one has samples=10"),
        ({"batch_size": 4}, "batch_size=4"),
        ({"shuffle": False}, "shuffle=False"),
        ({"position": 5}, r"position \(5\) below the 5 batches"),
        ({"position": -1}, r"position \(-1\)"),
        ({"epoch": -1}, r"epoch \(-1\)"),
        ({"epoch": "0"}, "must be integers"),
        ({"position": 1.0}, "must be integers"),
    ],
)
def test_a_state_of_another_stream_or_a_forged_one_is_refused(
    change: dict[str, Any], message: str
) -> None:
    loader = DataLoader(range(10), 2, shuffle=True)
    before = loader.state_dict()
    with pytest.raises(ValueError, match=message):
        loader.load_state_dict({**before, **change})  # type: ignore[typeddict-item]
    assert loader.state_dict() == before


def test_a_state_with_a_field_missing_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks position"):
        DataLoader(range(10), 2).load_state_dict({"epoch": 0})  # type: ignore[typeddict-item]


@pytest.mark.parametrize(("batch", "length"), [(12, 64), (32, 1024)])
def test_a_batch_is_ready_well_within_a_training_step(batch: int, length: int) -> None:
    tokens = np.zeros(1_000_000, np.uint16)
    loader = DataLoader(SlidingWindows(tokens, length), batch, shuffle=True, replacement=True)
    batches = loader.forever()
    next(batches)
    times = []
    for _ in range(50):
        begin = time.perf_counter()
        next(batches)
        times.append(time.perf_counter() - begin)
    batches.close()
    assert sorted(times)[25] < 0.01
