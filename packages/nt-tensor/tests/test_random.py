"""The same stream for the same seed everywhere, and the distributions that are promised.

Every statistical bound is five or more standard errors of the statistic it bounds, computed from
the sample's size; with a fixed seed the verdict is the same in every run.
"""

import json
import math
import threading

import nt_tensor as nt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

N = 200_000


# NumPy may change its algorithms in a feature release (its NEP 19): should this fail with a new
# NumPy and nothing else, the streams of nt have changed, and the changelog has to say so.
GOLDEN = {
    "integers": [83, 66, 49, 44, 22, 26],
    "normal": [-1.5552620887756348, 0.2691985070705414, 1.2249820232391357],
    "uniform": [0.5813373923301697, 0.14069360494613647, 0.17124927043914795],
    "bernoulli": [False, False, False, True, True, False, True, False],
    "permutation": [1, 3, 5, 4, 0, 2],
}


def values(x):
    return nt.to_numpy(x)


DRAWS = {
    "normal": lambda g, **k: g.normal((3, 5), mean=1.0, std=2.0, **k),
    "uniform": lambda g, **k: g.uniform((7,), low=-2, high=3, **k),
    "integers": lambda g, **k: g.integers(-5, 5, (4, 2), **k),
    "permutation": lambda g, **k: g.permutation(11, **k),
    "bernoulli": lambda g, **k: g.bernoulli((3, 7), 0.3, **k),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_a_seed_gives_one_stream_on_every_backend(draw, device):
    found, expected = draw(nt.Generator(7), device=device), draw(nt.Generator(7))
    assert nt.device_of(found) == nt.device(device)
    assert nt.dtype_of(found) is nt.dtype_of(expected)
    np.testing.assert_array_equal(values(found), expected)
    with nt.use_device(device):
        np.testing.assert_array_equal(values(draw(nt.Generator(7))), expected)


def test_a_stream_is_the_one_it_was_in_the_first_release():
    g = nt.Generator(2024)
    np.testing.assert_array_equal(g.integers(0, 100, (6,)), GOLDEN["integers"])
    np.testing.assert_allclose(g.normal((3,)), GOLDEN["normal"], rtol=1e-6)
    np.testing.assert_allclose(g.uniform((3,)), GOLDEN["uniform"], rtol=1e-6)
    np.testing.assert_array_equal(g.bernoulli((8,), 0.5), GOLDEN["bernoulli"])
    np.testing.assert_array_equal(g.permutation(6), GOLDEN["permutation"])


def test_other_seeds_give_other_streams():
    draws = {tuple(nt.Generator(seed).integers(0, 2**62, (2,)).tolist()) for seed in range(200)}
    assert len(draws) == 200


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_a_saved_state_goes_on_exactly(draw):
    g = nt.Generator(3)
    g.spawn(2)
    g.normal((5,))
    g.integers(0, 10, (3,), dtype="int8")  # leaves half of a drawn word behind
    saved = json.loads(json.dumps(g.state_dict()))
    other = nt.Generator(99)
    other.load_state_dict(saved)
    for _ in range(2):
        np.testing.assert_array_equal(draw(other), draw(g))
    assert other.seed == g.seed == 3
    np.testing.assert_array_equal(other.spawn(1)[0].normal((4,)), g.spawn(1)[0].normal((4,)))


def test_a_spawned_generator_is_restored_too():
    child = nt.Generator(5).spawn(3)[2]
    other = nt.Generator(0)
    other.load_state_dict(child.state_dict())
    assert (other.seed, repr(other)) == (5, repr(child))
    np.testing.assert_array_equal(other.spawn(1)[0].normal((4,)), child.spawn(1)[0].normal((4,)))


def test_a_state_of_another_kind_is_refused():
    state = nt.Generator(0).state_dict()
    with pytest.raises(ValueError, match="of 'PCG64', not of 'SFC64'"):
        nt.Generator(0).load_state_dict({**state, "algorithm": "PCG64"})
    del state["spawned"], state["state"]
    with pytest.raises(ValueError, match="state lacks spawned, state"):
        nt.Generator(0).load_state_dict(state)


def test_spawned_streams_are_independent_and_known_by_the_seed():
    g = nt.Generator(1)
    g.normal((100,))  # what was drawn does not matter
    streams = [child.normal((N,)) for child in (g, *g.spawn(2))]
    again = [child.normal((N,)) for child in nt.Generator(1).spawn(2)]
    np.testing.assert_array_equal(streams[1:], again)
    correlations = np.corrcoef(np.stack(streams))[np.triu_indices(3, 1)]
    assert np.abs(correlations).max() < 5 / math.sqrt(N)


@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**127, np.int64(5)], ids=str)
def test_any_integer_from_zero_on_is_a_seed(seed):
    assert nt.Generator(seed).seed == seed
    assert type(nt.Generator(seed).seed) is int


@pytest.mark.parametrize(
    ("seed", "error"), [(-1, ValueError), (1.0, TypeError), (None, TypeError), (True, TypeError)]
)
def test_what_is_no_seed_is_refused(seed, error):
    with pytest.raises(error):
        nt.Generator(seed)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normal_numbers_have_the_moments_of_the_normal_distribution(dtype):
    x = nt.Generator(11).normal((N,), mean=-3.0, std=0.5, dtype=dtype)
    assert x.dtype == dtype
    z = (x.astype(np.float64) + 3.0) / 0.5
    error = 5 / math.sqrt(N)
    assert abs(z.mean()) < error
    assert abs((z**2).mean() - 1) < error * math.sqrt(2)
    assert abs((z**3).mean()) < error * math.sqrt(15)
    assert abs((z**4).mean() - 3) < error * math.sqrt(96)
    # Kolmogorov's distance to the true distribution; above 2.5 / sqrt(N) once in 130,000 samples.
    truth = np.asarray([0.5 * math.erfc(-each / math.sqrt(2)) for each in np.sort(z)[::20]])
    assert np.abs(truth - np.arange(0, N, 20) / N).max() < 2.5 / math.sqrt(N)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "bfloat16"])
def test_uniform_numbers_fill_the_interval_and_never_reach_its_end(backend, device, dtype):
    if nt.as_dtype(dtype) not in backend.dtypes:
        pytest.skip(f"{backend.name} has no {dtype} here")
    x = nt.Generator(12).uniform((N,), dtype=dtype, device=device)
    assert str(nt.dtype_of(x)) == dtype
    x = values(x).astype(np.float64)
    assert 0.0 <= x.min() < 1e-2
    assert 0.99 < x.max() < 1.0
    half_a_step = {"bfloat16": 2.0**-9, "float16": 2.0**-12}.get(dtype, 0.0)
    counts = np.histogram(x, bins=64, range=(0, 1))[0]
    chi_square = ((counts - N / 64) ** 2 / (N / 64)).sum()
    assert abs(chi_square - 63) < 5 * math.sqrt(2 * 63)
    assert abs(x.mean() + half_a_step - 0.5) < 5 / math.sqrt(12 * N)
    assert abs(np.corrcoef(x[1:], x[:-1])[0, 1]) < 5 / math.sqrt(N)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "uint64"])
def test_integers_are_equally_frequent(dtype):
    x = nt.Generator(13).integers(3, 13, (N,), dtype=dtype)
    assert x.dtype == dtype
    counts = np.bincount(x.astype(np.int64), minlength=13)[3:]
    assert counts.sum() == N
    assert ((counts - N / 10) ** 2 / (N / 10)).sum() < 9 + 5 * math.sqrt(18)


def test_every_order_of_a_permutation_is_equally_frequent():
    g = nt.Generator(14)
    counts: dict[tuple[int, ...], int] = {}
    for _ in range(6000):
        order = tuple(g.permutation(4).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 24
    chi_square = sum((each - 250) ** 2 / 250 for each in counts.values())
    assert chi_square < 23 + 5 * math.sqrt(46)
    assert nt.Generator(0).permutation(0).shape == (0,)


@pytest.mark.parametrize("p", [1e-6, 0.1, 0.25, 1 / 3, 0.5, 0.9, 1 - 1e-6])
def test_a_mask_is_true_with_exactly_its_probability(p):
    n = 4_000_000
    mask = nt.Generator(15).bernoulli((n,), p)
    assert mask.dtype == bool
    assert abs(int(mask.sum()) - n * p) < 5 * math.sqrt(n * p * (1 - p)) + 1


def test_a_probability_below_the_resolution_of_sixteen_bits_is_kept():
    # 2^-18 of 2^24 is 64 expected; with 16 bits alone it would be 0 or 256.
    total = sum(int(nt.Generator(seed).bernoulli((2**22,), 2.0**-18).sum()) for seed in range(4))
    assert abs(total - 64) < 5 * 8


def test_the_elements_of_a_mask_are_independent():
    mask = nt.Generator(16).bernoulli((N,), 0.3).astype(np.float64)
    for lag in (1, 2, 3, 4, 5, 8):  # four elements come of one word
        assert abs(np.corrcoef(mask[lag:], mask[:-lag])[0, 1]) < 5 / math.sqrt(N)


def test_certain_masks_are_certain():
    g = nt.Generator(0)
    assert g.bernoulli((1000,), 1.0).all()
    assert not g.bernoulli((1000,), 0.0).any()


@given(
    shape=st.lists(st.integers(0, 4), max_size=3).map(tuple) | st.integers(0, 5),
    seed=st.integers(0, 2**64),
)
def test_any_shape_is_filled(shape, seed):
    g = nt.Generator(seed)
    expected = (shape,) if isinstance(shape, int) else shape
    for x in (
        g.normal(shape, std=2.0, mean=1.0),
        g.uniform(shape, low=-1),
        g.uniform(shape, dtype="float16"),
        g.integers(0, 3, shape),
        g.bernoulli(shape, 0.3),
        g.bernoulli(shape, 1.0),
    ):
        assert isinstance(x, np.ndarray)
        assert x.shape == expected


@pytest.mark.parametrize(
    ("draw", "error", "message"),
    [
        (lambda g: g.normal((2,), std=-1.0), ValueError, r"std \(-1.0\) must be zero or larger"),
        (lambda g: g.normal((2,), std=float("nan")), ValueError, r"std \(nan\)"),
        (lambda g: g.normal((2,), dtype="int32"), TypeError, "dtype int32 is no float"),
        (lambda g: g.uniform((2,), low=2.0), ValueError, r"low \(2.0\) must not be above high"),
        (lambda g: g.uniform((2,), high=float("inf")), ValueError, "both finite"),
        (lambda g: g.uniform((2,), dtype="bool"), TypeError, "dtype bool is no float"),
        (lambda g: g.integers(3, 3, (2,)), ValueError, r"low \(3\) must be below high \(3\)"),
        (lambda g: g.integers(0, 257, (2,), dtype="uint8"), ValueError, "0 to 256 do not fit"),
        (lambda g: g.integers(-1, 2, (2,), dtype="uint8"), ValueError, "do not fit into uint8"),
        (lambda g: g.integers(0, 2, (2,), dtype="float32"), TypeError, "float32 is no integer"),
        (lambda g: g.bernoulli((2,), 1.5), ValueError, r"p \(1.5\) must be from 0 to 1"),
        (lambda g: g.bernoulli((2,), float("nan")), ValueError, r"p \(nan\)"),
        (lambda g: g.permutation(-1), ValueError, r"n \(-1\) must not be negative"),
        (lambda g: g.normal((2,), dtype="bfloat16"), TypeError, "numpy has no bfloat16"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_named(draw, error, message):
    with pytest.raises(error, match=message):
        draw(nt.Generator(0))


def test_each_thread_has_a_default_generator_of_its_own():
    seeds, draws = [], []

    def draw():
        g = nt.default_generator()
        assert g is nt.default_generator()
        seeds.append(g.seed)
        draws.append(float(g.normal(())))

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
        thread.join()
    assert len(set(seeds)) == len(set(draws)) == 4


def test_a_manual_seed_begins_the_default_stream_anew():
    with nt.use_generator(nt.Generator(0)):  # leaves the thread's own generator alone
        g = nt.manual_seed(8)
        assert g is nt.default_generator()
        assert g.seed == 8
        first = g.normal((3,))
        np.testing.assert_array_equal(nt.manual_seed(8).normal((3,)), first)


def test_a_generator_is_the_default_inside_of_its_block_only():
    before = nt.default_generator()
    with nt.use_generator(nt.Generator(4)) as mine:
        assert nt.default_generator() is mine
    assert nt.default_generator() is before
    with pytest.raises(KeyError), nt.use_generator(mine):
        raise KeyError
    assert nt.default_generator() is before
