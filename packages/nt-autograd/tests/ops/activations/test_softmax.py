"""softmax and log_softmax: against sums of exponentials, shifted, masked, empty, twice derived."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import grad, gradcheck, gradgradcheck, log_softmax, softmax, tensor

FUNCTIONS = [softmax, log_softmax]
each_function = pytest.mark.parametrize("function", FUNCTIONS)


def by_hand(row):
    total = math.fsum(math.exp(e - max(row)) for e in row)
    return [math.exp(e - max(row)) / total for e in row]


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -3])
def test_it_is_exponentials_over_their_sum(dim, rng):
    x = rng.standard_normal((3, 4, 5)) * 10
    p = np.moveaxis(softmax(tensor(x), dim).numpy(), dim, -1).reshape(-1, x.shape[dim])
    logs = np.moveaxis(log_softmax(tensor(x), dim).numpy(), dim, -1).reshape(-1, x.shape[dim])
    for found, log, row in zip(
        p, logs, np.moveaxis(x, dim, -1).reshape(-1, x.shape[dim]), strict=True
    ):
        np.testing.assert_allclose(found, by_hand(row.tolist()), rtol=1e-12)
        np.testing.assert_allclose(log, np.log(by_hand(row.tolist())), rtol=1e-12, atol=1e-14)


@each_function
@pytest.mark.parametrize("shift", [1e4, -1e4])
def test_a_shift_changes_nothing(function, shift, road, rng):
    x = (rng.integers(-64, 64, (7, 33)) / 16).astype(np.float32)  # x + 1e4 is exact in float32
    there = function(tensor(x + np.float32(shift), device=road)).numpy()
    np.testing.assert_array_equal(there, function(tensor(x, device=road)).numpy())


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=4),
    st.integers(-4, 3),
    st.integers(1, 2),
    st.randoms(use_true_random=False),
)
def test_whatever_the_shape_sums_are_one_and_order_does_not_matter(shape, dim, step, random):
    dim = dim % len(shape)
    x = np.random.default_rng(random.getrandbits(32)).standard_normal(shape) * 9
    x = x.transpose(random.sample(range(len(shape)), len(shape)))[::step]
    p = softmax(tensor(x), dim).numpy()
    np.testing.assert_allclose(p.sum(dim), 1, rtol=1e-14)
    np.testing.assert_allclose(np.exp(log_softmax(tensor(x), dim).numpy()), p, rtol=1e-12)
    order = random.sample(range(x.shape[dim]), x.shape[dim])
    mixed = softmax(tensor(x.take(order, dim)), dim).numpy()
    np.testing.assert_allclose(mixed, p.take(order, dim), rtol=1e-13)


def test_rows_of_probabilities_sum_to_one(road, rng):
    p = softmax(tensor(rng.standard_normal((50, 1000)) * 30, dtype="float32", device=road)).numpy()
    np.testing.assert_allclose(p.sum(-1, dtype=np.float64), 1, atol=1e-6)
    assert p.min() >= 0


@each_function
@pytest.mark.parametrize("width", [1, 2, 65, 1000, 70001])
def test_rows_of_any_length_and_range(function, width, road, agree, rng):
    # MLX adds up 70001 gradients one after the other, which costs digits.
    for scale, limit in ((1.0, 4e-6), (200.0, 4e-5)):  # the second: too wide for one shift of all
        agree(function, rng.standard_normal((3, width)) * scale, device=road, limit=limit)


@each_function
def test_a_row_does_not_see_the_others(function, road, rng):
    x = rng.standard_normal((9, 40)).astype(np.float32)
    there = function(tensor(x, device=road)).numpy()
    x[0] = 1e30
    x[4] = -1e30
    beside = function(tensor(x, device=road)).numpy()
    rest = [1, 2, 3, 5, 6, 7, 8]
    np.testing.assert_allclose(beside[rest], there[rest], rtol=2e-6)


@each_function
def test_one_nan_fills_its_row_and_no_other(function, road, rng):
    x = rng.standard_normal((4, 33)).astype(np.float32)
    for bad in (np.nan, -np.float32(np.nan)):  # with either sign
        x[2, 7] = bad
        y = function(tensor(x, device=road)).numpy()
        assert np.isnan(y[2]).all()
        assert np.isfinite(y[[0, 1, 3]]).all()


def test_the_logarithm_of_softmax_is_log_softmax(road, rng):
    x = tensor((rng.standard_normal((5, 40)) * 3).astype(np.float32), device=road)
    np.testing.assert_allclose(softmax(x).log().numpy(), log_softmax(x).numpy(), atol=5e-6)


def test_a_small_difference_below_a_large_number_is_kept(road):
    row = tensor([[1e4, 1e4 - 12.0, -1e4]], device=road)
    found = log_softmax(row).numpy()[0]
    np.testing.assert_allclose(
        found, [-math.exp(-12), -12 - math.exp(-12), -2e4], atol=1e-7, rtol=1e-7
    )


@each_function
@pytest.mark.parametrize("dim", [-1, 0, 1])
def test_every_library_goes_the_same_way(function, dim, road, agree, rng):
    agree(lambda x: function(x, dim), rng.standard_normal((4, 3, 65)) * 5, device=road)
    agree(
        lambda x: function(x.transpose(0, 2)[::2], dim), rng.standard_normal((4, 3, 6)), device=road
    )


@each_function
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_both_derivatives_agree_with_differences(function, scale, rng):
    x = tensor(rng.standard_normal((2, 3, 4)) * scale, requires_grad=True)
    for dim in (-1, 1):
        assert gradcheck(lambda x, d=dim: function(x, d), x)
        assert gradgradcheck(lambda x, d=dim: function(x, d), x)


@each_function
def test_float16_sums_in_float32(function, road):
    x = tensor(np.zeros((1, 70000)), dtype="float16", device=road, requires_grad=True)
    y = function(x)  # a sum of 70000 ones is no float16
    right = 1 / 70000 if function is softmax else -math.log(70000)
    np.testing.assert_allclose(y.detach().numpy().astype(float), right, rtol=2e-2)
    y[0, 0].backward()
    assert str(y.dtype) == str(x.grad.dtype) == "float16"


def test_infinities(road):
    low, high = -math.inf, math.inf
    x = tensor([[low, 0.0, low], [0.0, 1.0, low]], device=road, requires_grad=True)
    y = softmax(x)
    assert y.detach().numpy()[0].tolist() == [0.0, 1.0, 0.0]
    assert y.detach().numpy()[1, 2] == 0.0
    y[:, 1].sum().backward()
    assert np.isfinite(x.grad.numpy()).all()
    with np.errstate(invalid="ignore"):  # PyTorch's answer too: there is no right one
        assert np.isnan(softmax(tensor([low, low], device=road)).numpy()).all()
        assert np.isnan(softmax(tensor([high, 0.0], device=road)).numpy()).all()


@each_function
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_of_nothing_comes_nothing(function, shape, road):
    x = tensor(np.zeros(shape, np.float32), device=road, requires_grad=True)
    for dim in (0, 1):
        (g,) = grad(function(x, dim).sum(), x)
        assert g.shape == shape


@each_function
def test_a_single_number_is_certain(function, road):
    x = tensor(3.0, device=road, requires_grad=True)
    y = function(x)
    y.backward()
    assert y.item() == (1.0 if function is softmax else 0.0)
    assert x.grad.item() == 0.0


@each_function
def test_what_does_not_fit_is_named(function):
    with pytest.raises(IndexError, match=r"softmax\(x: float32 \(2,\)\): dim \(1\) is not an axis"):
        function(tensor([1.0, 2.0]), 1)
    with pytest.raises(TypeError, match=r"softmax.*x must be floating-point, not int64"):
        function(tensor([1, 2]))


@pytest.mark.parametrize("case", ["softmax", "softmax_extreme", "logsoftmax", "logsoftmax_extreme"])
def test_it_is_pytorchs(goldens, case):
    about, arrays = goldens("activations")[case]
    function = log_softmax if about["op"] == "LogSoftmax" else softmax
    x = tensor(arrays["input.x"].astype(np.float64), requires_grad=True)
    y = function(x, about["ctor"]["dim"])
    y.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(x.grad.numpy(), arrays["grad.input.x"], rtol=1e-9, atol=1e-12)
