"""local_response_norm against loops over neighbours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import gradcheck, gradgradcheck, local_response_norm, ones, tensor


def by_loops(x, size, alpha, beta, k):
    y = np.empty(x.shape)
    for c in range(x.shape[1]):
        near = range(max(0, c - size // 2), min(x.shape[1], c + (size + 1) // 2))
        total = sum(x[:, other] ** 2 for other in near)
        y[:, c] = x[:, c] / (k + alpha / size * total) ** beta
    return y


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 7), st.integers(1, 9), st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_a_channel_is_held_back_by_its_neighbours(channels, size, places):
    x = np.random.default_rng(0).standard_normal((2, channels, *places)) * 3
    y = local_response_norm(tensor(x), size, 0.5, 0.75, 2.0)
    np.testing.assert_allclose(y.numpy(), by_loops(x, size, 0.5, 0.75, 2.0), rtol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_both_derivatives_agree_with_differences(size, bodies, rng):
    x = tensor(rng.standard_normal((2, 4, 2)), requires_grad=True)
    assert gradcheck(lambda x: local_response_norm(x, size, 0.5), x)
    assert gradgradcheck(lambda x: local_response_norm(x, size, 0.5), x)


def test_every_library_goes_the_same_way(road, agree, rng):
    x = rng.standard_normal((2, 6, 3, 4)) * 10
    agree(lambda x: local_response_norm(x, 5, 0.1, 0.5, 2.0), x, device=road)
    agree(lambda x: local_response_norm(x.transpose(1, 3), 3), x, device=road)
    agree(lambda x: local_response_norm(x, 3), np.zeros((0, 2, 3)), device=road)


def test_with_a_large_window_the_whole_of_a_place_counts(rng):
    x = rng.standard_normal((2, 3, 4))
    y = local_response_norm(tensor(x), 100, 100.0, 1.0, 0.0).numpy()
    np.testing.assert_allclose(y, x / (x * x).sum(1, keepdims=True), rtol=1e-12)


def test_float32_stays(rng):
    y = local_response_norm(tensor(rng.standard_normal((1, 2, 3)), dtype="float32"), 2)
    assert str(y.dtype) == "float32"


def test_it_is_pytorchs(goldens):
    about, arrays = goldens("norm")["local_response_norm"]
    x = tensor(arrays["input.x"].astype(np.float64), requires_grad=True)
    y = local_response_norm(x, **about["ctor"])
    y.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(x.grad.numpy(), arrays["grad.input.x"], rtol=1e-8, atol=1e-11)


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"input must be \(N, C, …\) and places, not \(2, 3\)"):
        local_response_norm(ones(2, 3), 2)
    with pytest.raises(ValueError, match=r"size \(0\) must be positive"):
        local_response_norm(ones(2, 3, 4), 0)
    with pytest.raises(TypeError, match="input must be floating-point, not int64"):
        local_response_norm(tensor(np.ones((1, 2, 3), np.int64)), 2)
