"""Initial values have the distribution that they promise, and the same seed gives the same ones."""

import math

import numpy as np
import pytest
from nt_nn import Parameter, init
from nt_tensor import Generator, zeros

N = 40_000


def filled(fill, shape=(200, 200), **options):
    parameter = Parameter(zeros(shape))
    assert fill(parameter, generator=Generator(0), **options) is parameter
    return parameter.detach().numpy()


def is_uniform(x, low, high):
    width = high - low
    near = 5 * width / math.sqrt(12 * x.size)  # five standard deviations of the mean
    assert x.min() >= low
    assert x.max() <= high
    assert abs(x.mean() - (low + high) / 2) < near
    assert x.std() == pytest.approx(width / math.sqrt(12), rel=0.02)


def is_normal(x, mean, std):
    assert abs(x.mean() - mean) < 5 * std / math.sqrt(x.size)
    assert x.std() == pytest.approx(std, rel=0.02)
    assert (np.abs(x - mean) < std).mean() == pytest.approx(0.6827, abs=0.015)


def test_uniform_and_normal():
    is_uniform(filled(init.uniform_, a=-3.0, b=5.0), -3.0, 5.0)
    is_normal(filled(init.normal_, mean=2.0, std=0.5), 2.0, 0.5)


def test_constants():
    x = Parameter(zeros((2, 2)))
    assert init.ones_(x).tolist() == [[1.0] * 2] * 2
    assert init.zeros_(x).tolist() == [[0.0] * 2] * 2
    assert init.constant_(x, 0.3).tolist() == [[np.float32(0.3)] * 2] * 2


def test_xavier_depends_on_inputs_and_outputs():
    bound = math.sqrt(6 / (100 + 400))
    is_uniform(filled(init.xavier_uniform_, (400, 100)), -bound, bound)
    is_normal(filled(init.xavier_normal_, (400, 100), gain=2.0), 0.0, 2 * math.sqrt(2 / 500))


@pytest.mark.parametrize(("mode", "fan"), [("fan_in", 100 * 9), ("fan_out", 40 * 9)])
def test_kaiming_depends_on_one_side_and_on_what_follows(mode, fan):
    shape = (40, 100, 3, 3)
    is_normal(
        filled(init.kaiming_normal_, shape, mode=mode, nonlinearity="relu"), 0, math.sqrt(2 / fan)
    )
    bound = math.sqrt(3) * math.sqrt(2 / (1 + 5)) / math.sqrt(fan)
    is_uniform(filled(init.kaiming_uniform_, shape, mode=mode, a=math.sqrt(5)), -bound, bound)


def test_gains_are_pytorchs():
    want = {"linear": 1, "sigmoid": 1, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75}
    assert {name: init.calculate_gain(name) for name in want} == pytest.approx(want)
    assert init.calculate_gain("leaky_relu", 0.2) == math.sqrt(2 / 1.04)


@pytest.mark.parametrize(
    ("mean", "std", "a", "b"),
    [
        (0.0, 1.0, -2.0, 2.0),
        (0.0, 0.02, -2.0, 2.0),  # the cut is far out
        (1.0, 2.0, 0.0, 1.5),
        (0.0, 1.0, 3.0, 4.0),  # the tail alone
        (5.0, 1.0, -1.0, 1.0),  # the tail on the other side
    ],
)
def test_a_cut_normal_has_the_moments_of_a_cut_normal(mean, std, a, b):
    x = filled(init.trunc_normal_, mean=mean, std=std, a=a, b=b)
    grid = np.linspace(max(a, mean - 12 * std), min(b, mean + 12 * std), 200_001)
    density = np.exp(-0.5 * ((grid - mean) / std) ** 2)
    density /= density.sum()
    want = (density * grid).sum()
    spread = math.sqrt((density * (grid - want) ** 2).sum())
    assert x.min() >= a
    assert x.max() <= b
    assert abs(x.mean() - want) < 5 * spread / math.sqrt(N)
    assert x.std() == pytest.approx(spread, rel=0.02)


@pytest.mark.parametrize(
    "shape", [(7, 7), (5, 12), (12, 5), (1, 9), (9, 1), (6, 2, 3, 3), (200, 150)]
)
def test_orthogonal_rows_or_columns_are_orthogonal_and_of_the_length_asked_for(shape):
    wide = Parameter(zeros(shape, "float64"))
    init.orthogonal_(wide, gain=3.0, generator=Generator(1))
    w = wide.detach().numpy().reshape(shape[0], -1)
    w = w if w.shape[0] <= w.shape[1] else w.T
    np.testing.assert_allclose(w @ w.T, 9.0 * np.eye(len(w)), atol=1e-12)


def test_all_orthogonal_matrices_are_equally_likely():
    draws = np.stack([filled_with(Generator(seed), (3, 3)) for seed in range(2000)])
    near = 5 / math.sqrt(3 * len(draws))
    assert np.abs(draws.mean(0)).max() < near
    np.testing.assert_allclose((draws**2).mean(0), 1 / 3, atol=5 * math.sqrt(0.1 / len(draws)))
    determinants = np.linalg.det(draws)
    np.testing.assert_allclose(np.abs(determinants), 1, atol=1e-5)
    assert abs((determinants > 0).mean() - 0.5) < 5 * 0.5 / math.sqrt(len(draws))


def filled_with(generator, shape):
    return init.orthogonal_(Parameter(zeros(shape)), generator=generator).detach().numpy()


@pytest.mark.parametrize("shape", [(50, 7), (3, 8), (1, 1)])
@pytest.mark.parametrize("sparsity", [0.0, 0.33, 1.0])
def test_every_column_of_a_sparse_matrix_has_as_many_zeros(shape, sparsity):
    w = filled(init.sparse_, shape, sparsity=sparsity, std=2.0)
    assert ((w == 0).sum(axis=0) == math.ceil(sparsity * shape[0])).all()
    if shape == (50, 7) and sparsity == 0.33:
        assert len(set(map(tuple, (w == 0).T))) > 1  # not the same rows in each
        assert w[w != 0].std() == pytest.approx(2.0, rel=0.2)


def test_eye_and_dirac_give_back_what_comes_in():
    for shape in ((3, 3), (2, 4), (4, 2)):
        w = init.eye_(Parameter(zeros(shape))).detach().numpy()
        np.testing.assert_array_equal(w, np.eye(*shape))
    for size in ((3,), (4,), (3, 5), (1, 2, 3)):
        w = init.dirac_(Parameter(zeros((6, 2, *size))), groups=3).detach().numpy()
        assert w.sum() == 6
        for out in range(6):
            assert w[out, out % 2][tuple(n // 2 for n in size)] == 1


def test_the_same_seed_gives_the_same_values_and_dtypes_are_kept():
    for fill in (
        init.uniform_,
        init.normal_,
        init.xavier_uniform_,
        init.kaiming_normal_,
        init.trunc_normal_,
    ):
        first, again = filled(fill), filled(fill)
        assert np.array_equal(first, again)
        wide = Parameter(zeros((3, 3), "float64"))
        fill(wide, generator=Generator(0))
        assert str(wide.dtype) == "float64"
        assert wide.requires_grad
        assert wide.is_leaf


def test_what_makes_no_sense_is_named():
    vector, matrix = Parameter(zeros(3)), Parameter(zeros((3, 3)))
    with pytest.raises(ValueError, match=r"must be \(out, in, …\), not of shape \(3,\)"):
        init.xavier_uniform_(vector)
    with pytest.raises(ValueError, match=r"a \(2.0\) must be smaller than b \(2.0\)"):
        init.trunc_normal_(matrix, a=2.0, b=2.0)
    with pytest.raises(ValueError, match=r"std \(0.0\) must be positive"):
        init.trunc_normal_(matrix, std=0.0)
    with pytest.raises(ValueError, match="mode"):
        init.kaiming_normal_(matrix, mode="fan_both")
    with pytest.raises(ValueError, match=r"nonlinearity \('gelu'\) must be one of linear"):
        init.calculate_gain("gelu")
    with pytest.raises(ValueError, match=r"\(out, in, …\), not of shape \(3,\)"):
        init.orthogonal_(vector)
    with pytest.raises(ValueError, match=r"a matrix \(out, in\), not of shape \(3,\)"):
        init.sparse_(vector, 0.5)
    with pytest.raises(ValueError, match=r"sparsity \(1.5\) must be between 0 and 1"):
        init.sparse_(matrix, 1.5)
    with pytest.raises(ValueError, match="a convolution's weight"):
        init.dirac_(matrix)
    with pytest.raises(ValueError, match=r"groups \(2\) must divide the output channels \(3\)"):
        init.dirac_(Parameter(zeros((3, 3, 1))), groups=2)
