from typing import Any

import numpy as np
import pytest
from nt_data import Draws
from nt_data.transforms import RandomHorizontalFlip
from nt_tensor import Generator


def test_what_a_sample_gets_does_not_depend_on_its_batch() -> None:
    together = Draws.of(3, 1, range(100))
    first, second = together.uniform((5,)), together.integers(0, 1000)
    for k in (0, 17, 99):
        alone = Draws.of(3, 1, [k])
        assert (alone.uniform((5,))[0] == first[k]).all()
        assert alone.integers(0, 1000)[0] == second[k]


def test_neighbours_in_seed_epoch_and_index_have_nothing_in_common() -> None:
    n = 4000
    rows = [Draws.of(seed, epoch, range(n)).uniform() for seed in (0, 1) for epoch in (0, 1)]
    rows += [np.roll(rows[0], 1), Draws.of(0, 0, range(n)).uniform((2,))[:, 1]]
    correlation = np.corrcoef(rows) - np.eye(len(rows))
    assert np.abs(correlation).max() < 5 / np.sqrt(n)
    assert len(np.unique(np.concatenate(rows[:4]))) == 4 * n


def test_draws_are_even() -> None:
    draws = Draws(range(100))
    counts = np.bincount(draws.integers(0, 10, (1000,)).ravel(), minlength=10)
    # 100,000 draws in 10 cells: chi-square with 9 degrees of freedom is below 27.9 in 999 of 1,000.
    assert ((counts - 10_000.0) ** 2 / 10_000).sum() < 27.9
    values = draws.uniform((1000,))
    assert values.min() >= 0
    assert values.max() < 1
    assert abs(np.corrcoef(values[:, :-1].ravel(), values[:, 1:].ravel())[0, 1]) < 0.015


def test_the_streams_of_chosen_samples_follow_from_their_own_keys() -> None:
    some = Draws([1, 2, 3]).take(np.array([False, True, True])).uniform()
    assert (some == Draws([2, 3]).take(np.array([0, 1])).uniform()).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Draws([0.5]), "float64"),
        (lambda: Draws([[1]]), r"shape \(1, 1\)"),
        (lambda: Draws([1]).integers(3, 3), r"high \(3\) must be above low \(3\)"),
    ],
)
def test_what_makes_no_streams_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_transform_takes_a_generator_or_as_many_streams_as_images() -> None:
    images, flip = np.zeros((4, 2, 2, 1), np.uint8), RandomHorizontalFlip()
    with pytest.raises(ValueError, match="3 streams were given for 4 samples"):
        flip(images, Draws([1, 2, 3]))
    with pytest.raises(TypeError, match="must be a Generator or Draws, got int"):
        flip(images, 3)  # type: ignore[arg-type]
    generator = Generator(0)
    state = generator.state_dict()
    flip(images, generator)
    assert generator.state_dict() != state
