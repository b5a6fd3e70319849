import json
from itertools import islice
from typing import Any

import numpy as np
import pytest
from nt_data import BucketSampler, DataLoader, Sampler, WeightedRandomSampler


def order(sampler: Sampler, epoch: int = 0, batch_size: int = 8) -> Any:
    return sampler.indices(seed=1, epoch=epoch, batch_size=batch_size)


def test_draws_are_proportional_to_weights() -> None:
    weights = [1, 0, 2, 5, 0]
    counts = np.bincount(order(WeightedRandomSampler(weights, 80_000)), minlength=5)
    wanted = np.array(weights) * 10_000
    assert counts[[1, 4]].tolist() == [0, 0]
    # Chi-square with 2 degrees of freedom is below 13.8 in 999 of 1,000.
    assert ((counts - wanted)[[0, 2, 3]] ** 2 / wanted[[0, 2, 3]]).sum() < 13.8


def test_without_replacement_each_sample_comes_once_and_heavy_ones_first() -> None:
    weights = [1.0, 4.0, 0.0, 5.0]
    sampler = WeightedRandomSampler(weights, 3, replacement=False)
    firsts = np.zeros(4)
    for epoch in range(3000):
        drawn = order(sampler, epoch)
        assert sorted(drawn.tolist()) == [0, 1, 3]
        firsts[drawn[0]] += 1
    np.testing.assert_allclose(firsts / 3000, [0.1, 0.4, 0, 0.5], atol=0.035)


def test_buckets_hold_every_sample_once_and_waste_little() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.geometric(0.05, 10_000)
    sampler = BucketSampler(lengths)
    assert sorted(order(sampler, batch_size=32).tolist()) == list(range(10_000))
    assert (order(sampler, 0) != order(sampler, 1)).any()
    shuffled = DataLoader(range(10_000), 32, shuffle=True)
    plain = sum(32 * lengths[batch].max() for batch in shuffled)
    assert 1 - lengths.sum() / plain > 0.6
    assert sampler.padding_waste(batch_size=32) < 0.1
    assert BucketSampler(lengths, shuffle=False).padding_waste(batch_size=32) < 0.03


def test_the_waste_is_that_of_the_padded_batches() -> None:
    lengths = np.random.default_rng(0).integers(0, 30, 101)
    loader = DataLoader(range(101), 8, sampler=BucketSampler(lengths, pool=2), seed=4)
    padded = sum(len(batch) * lengths[batch].max() for batch in loader)
    waste = BucketSampler(lengths, pool=2).padding_waste(batch_size=8, seed=4)
    assert waste == pytest.approx(1 - lengths.sum() / padded)
    assert BucketSampler([0, 0]).padding_waste(batch_size=2) == 0


def test_only_the_last_batch_of_buckets_is_not_full() -> None:
    lengths = np.arange(45) % 7
    for epoch in range(20):
        batches = np.split(order(BucketSampler(lengths, pool=2), epoch), range(8, 45, 8))
        assert [len(batch) for batch in batches] == [8, 8, 8, 8, 8, 5]
    # Which batch comes first is not told by its length.
    firsts = {lengths[order(BucketSampler(lengths, pool=9), e)[0]] for e in range(50)}
    assert len(firsts) > 3


@pytest.mark.parametrize(
    "sampler",
    [
        WeightedRandomSampler(np.arange(1.0, 32.0), 40),
        WeightedRandomSampler(np.arange(1.0, 32.0), replacement=False),
        BucketSampler(np.arange(31) % 9, pool=2),
    ],
)
def test_a_resumed_loader_goes_on_with_the_samplers_order(sampler: Sampler) -> None:
    def make() -> DataLoader:
        return DataLoader(range(31), 4, sampler=sampler, seed=2)

    whole = [batch.tolist() for batch in islice(make().forever(), 25)]
    for consumed in (0, 3, 8, 13):
        saved = make()
        batches = saved.forever()
        list(islice(batches, consumed))
        state = json.loads(json.dumps(saved.state_dict()))
        batches.close()
        resumed = make()
        resumed.load_state_dict(state)
        rest = [batch.tolist() for batch in islice(resumed.forever(), 25 - consumed)]
        assert rest == whole[consumed:]


def test_a_state_of_another_sampler_is_refused() -> None:
    with_sampler = DataLoader(range(4), 2, sampler=WeightedRandomSampler([1, 1, 1, 2]))
    other = DataLoader(range(4), 2, sampler=WeightedRandomSampler([1, 1, 1, 3]))
    none = DataLoader(range(4), 2)
    for loader, state in (
        (other, with_sampler.state_dict()),
        (none, with_sampler.state_dict()),
        (other, none.state_dict()),
    ):
        with pytest.raises(ValueError, match="sampler"):
            loader.load_state_dict(state)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: WeightedRandomSampler([]), "weights must be a row"),
        (lambda: WeightedRandomSampler([0, 0]), "not all 0"),
        (lambda: WeightedRandomSampler([1, -1]), "none negative"),
        (lambda: WeightedRandomSampler([1, np.nan]), "finite"),
        (lambda: WeightedRandomSampler([1, 0], 2, replacement=False), "at most the 1 samples"),
        (lambda: WeightedRandomSampler([1], 0), r"num_samples \(0\)"),
        (lambda: BucketSampler([]), r"shape \(0,\)"),
        (lambda: BucketSampler([1.5]), "float64"),
        (lambda: BucketSampler([3, -1, 2]), "lengths must not be negative, got -1 at 1"),
        (lambda: BucketSampler([1], pool=0), r"pool \(0\)"),
    ],
)
def test_what_gives_no_order_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


class Backwards:
    """A sampler of a user, which says nothing of the data set that it is for."""

    repeats = False

    def __init__(self, samples: int) -> None:
        self.samples = samples

    def __len__(self) -> int:
        return self.samples

    def indices(self, *, seed: int, epoch: int, batch_size: int) -> Any:
        return np.arange(self.samples)[::-1]

    def identity(self) -> dict[str, Any]:
        return {"kind": "Backwards", "samples": self.samples}


class Declared(Backwards):
    @property
    def dataset_length(self) -> int:
        return self.samples


@pytest.mark.parametrize(
    ("sampler", "length"),
    [
        (WeightedRandomSampler([1, 1], num_samples=50), 2),
        (WeightedRandomSampler([1, 1, 1, 1], 2), 4),
        (BucketSampler([3, 4]), 2),
        (BucketSampler([3, 4, 5, 6]), 4),
        (Declared(2), 2),
    ],
)
def test_a_sampler_for_another_number_of_samples_is_refused(sampler: Sampler, length: int) -> None:
    name = type(sampler).__name__
    message = rf"sampler \({name}\) is made for a data set of {length} samples, this one has 3"
    with pytest.raises(ValueError, match=message):
        DataLoader([0, 1, 2], 1, sampler=sampler)


def test_a_sampler_that_says_nothing_of_the_data_set_is_not_checked() -> None:
    assert isinstance(Backwards(2), Sampler)
    batches = list(DataLoader([0, 1, 2], 1, sampler=Backwards(2)))
    assert np.concatenate(batches).tolist() == [1, 0]
    batches = list(DataLoader([0, 1, 2], 1, sampler=Declared(3)))
    assert np.concatenate(batches).tolist() == [2, 1, 0]
