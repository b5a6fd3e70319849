"""normalize and weight_norm: lengths become what they should, directions stay."""

import math

import numpy as np
import pytest
from nt_autograd import gradcheck, gradgradcheck, norm, normalize, ones, tensor, weight_norm

ORDERS = [1.0, 2.0, 3.0, math.inf]


@pytest.mark.parametrize("p", ORDERS)
@pytest.mark.parametrize("dim", [0, 1, -1, (0, 2)])
def test_vectors_get_length_one_and_keep_their_direction(p, dim, rng):
    x = rng.standard_normal((3, 4, 5)) * 10.0 ** rng.integers(-3, 4, (3, 4, 1))
    y = normalize(tensor(x), p, dim)
    np.testing.assert_allclose(norm(y, p, dim).numpy(), 1.0, rtol=1e-12)
    length = y.numpy() / x
    np.testing.assert_allclose(length, length.mean(dim, keepdims=True) + 0 * x, rtol=1e-9)


def test_a_scale_changes_nothing(road, rng):
    x = rng.standard_normal((4, 5)).astype(np.float32)
    found = [normalize(tensor(x * np.float32(f), device=road)).numpy() for f in (1, 2**40, 2**-10)]
    np.testing.assert_array_equal(found[1], found[0])
    np.testing.assert_array_equal(found[2], found[0])


@pytest.mark.parametrize("p", ORDERS)
def test_both_derivatives_agree_with_differences(p, rng):
    x = tensor(rng.standard_normal((3, 4)), requires_grad=True)
    assert gradcheck(lambda x: normalize(x, p), x)
    assert gradgradcheck(lambda x: normalize(x, p), x)


@pytest.mark.parametrize("dim", [0, 1, 2, -1, None])
def test_derivatives_of_weight_norm_agree_with_differences(dim, rng):
    v = rng.standard_normal((3, 2, 2))
    shape = () if dim is None else [n if a == dim % 3 else 1 for a, n in enumerate(v.shape)]
    inputs = [tensor(a, requires_grad=True) for a in (v, rng.standard_normal(shape))]
    assert gradcheck(lambda v, g: weight_norm(v, g, dim), *inputs)
    assert gradgradcheck(lambda v, g: weight_norm(v, g, dim), *inputs)


def test_every_library_goes_the_same_way(road, agree, rng):
    x, g = rng.standard_normal((4, 5, 2)), rng.standard_normal((4, 1, 1))
    for p in (1.0, 2.0, math.inf):
        agree(lambda x, p=p: normalize(x, p), x, device=road)
    agree(lambda x: normalize(x.transpose(0, 1)[::2], dim=0), x, device=road)
    agree(weight_norm, x, g, device=road)


def test_zeros_stay_and_have_finite_gradients(road):
    for dtype in ("float32", "float16"):
        x = tensor(np.zeros((2, 3)), dtype=dtype, device=road, requires_grad=True)
        y = normalize(x, eps=1e-4)
        y.sum().backward()
        assert y.tolist() == [[0.0] * 3] * 2
        assert np.isfinite(x.grad.numpy()).all()
        assert str(y.dtype) == str(x.grad.dtype) == dtype


def test_what_is_shorter_than_eps_is_divided_by_eps(road):
    x = tensor([[3e-8, 4e-8], [3.0, 4.0]], device=road)
    y = normalize(x, eps=1e-3).numpy()
    np.testing.assert_allclose(y, [[3e-5, 4e-5], [0.6, 0.8]], rtol=1e-6)


def test_float16_is_squared_in_float32(road):
    x = tensor([[3000.0, 4000.0]], dtype="float16", device=road)
    np.testing.assert_allclose(normalize(x).numpy(), [[0.6, 0.8]], rtol=1e-3)


@pytest.mark.parametrize("dim", [0, 1, -1, None])
def test_weight_norm_has_the_lengths_that_it_is_told(dim, rng):
    v = rng.standard_normal((3, 4))
    shape = () if dim is None else ((3, 1) if dim == 0 else (1, 4))
    g = rng.uniform(1, 2, shape)
    w = weight_norm(tensor(v), tensor(g), dim).numpy()
    axis = None if dim is None else 1 - dim % 2
    np.testing.assert_allclose(np.linalg.norm(w, axis=axis), g.squeeze(), rtol=1e-12)
    np.testing.assert_allclose(
        weight_norm(tensor(v * 7), tensor(g), dim).numpy(), w, rtol=1e-12
    )  # how long v is does not matter


@pytest.mark.parametrize("case", ["normalize"])
def test_normalize_is_pytorchs(goldens, case):
    about, arrays = goldens("activations")[case]
    x = tensor(arrays["input.x"].astype(np.float64), requires_grad=True)
    y = normalize(x, **about["kwargs"])
    y.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(x.grad.numpy(), arrays["grad.input.x"], rtol=1e-8, atol=1e-11)


def test_weight_norm_is_pytorchs(goldens):
    _, arrays = goldens("norm")["weight_norm"]
    v, g = (tensor(arrays[f"input.{n}"].astype(np.float64), requires_grad=True) for n in "vg")
    w = weight_norm(v, g)
    w.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
    np.testing.assert_allclose(w.detach().numpy(), arrays["output.0"], rtol=1e-9)
    for leaf, name in ((v, "v"), (g, "g")):
        np.testing.assert_allclose(leaf.grad.numpy(), arrays[f"grad.input.{name}"], rtol=1e-8)


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"weight_norm: g has shape \(2,\), not \(2, 1\)"):
        weight_norm(ones(2, 3), ones(2))
    with pytest.raises(IndexError, match=r"dim \(2\) is no axis of v \(2, 3\)"):
        weight_norm(ones(2, 3), ones(2, 1), 2)
    with pytest.raises(TypeError):
        normalize(tensor(np.ones((2, 3), np.int64)))
