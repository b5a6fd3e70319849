"""softmin, and gumbel_softmax: its noise, its one-hot form, its gradient."""

import math

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, gumbel_softmax, softmax, softmin, tensor
from nt_tensor import Generator


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_softmin_is_softmax_upside_down(dim, road, agree, rng):
    x = rng.standard_normal((3, 4, 5)) * 5
    e = np.exp(x.min(dim, keepdims=True) - x)
    np.testing.assert_allclose(
        softmin(tensor(x), dim).numpy(), e / e.sum(dim, keepdims=True), rtol=1e-12
    )
    agree(lambda x: softmin(x, dim), x, device=road)
    shifted = softmin(tensor((x.round(2) + 1e4).astype(np.float32), device=road), dim).numpy()
    np.testing.assert_allclose(shifted.sum(dim), 1, atol=1e-6)


def test_both_derivatives_agree_with_differences(rng):
    x = tensor(rng.standard_normal((3, 4)), requires_grad=True)
    assert gradcheck(softmin, x)
    assert gradgradcheck(softmin, x)

    def drawn(x):
        return gumbel_softmax(x, 0.7, generator=Generator(5))

    assert gradcheck(drawn, x)
    assert gradgradcheck(drawn, x)


def test_places_of_the_largest_are_distributed_as_softmax_says(road):
    logits = np.array([0.0, 1.0, -1.0, 2.0], np.float32)
    many = tensor(np.tile(logits, (20000, 1)), device=road)
    y = gumbel_softmax(many, hard=True, generator=Generator(0)).numpy()
    np.testing.assert_allclose(y.mean(0), softmax(tensor(logits)).numpy(), atol=0.01)
    assert sorted(set(y.ravel().tolist())) == [0.0, 1.0]
    assert (y.sum(-1) == 1).all()


def test_rows_sum_to_one_and_a_small_temperature_is_sharp(road, rng):
    x = tensor(rng.standard_normal((50, 7)).astype(np.float32), device=road)
    sharp, soft = (gumbel_softmax(x, t, generator=Generator(1)).numpy() for t in (0.01, 100.0))
    for y in (sharp, soft):
        np.testing.assert_allclose(y.sum(-1), 1, atol=1e-6)
    assert (sharp.argmax(-1) == soft.argmax(-1)).all()
    assert np.median(sharp.max(-1)) > 0.999
    assert soft.max() < 0.25


@pytest.mark.parametrize("dim", [0, -1])
def test_the_gradient_of_the_hard_one_is_that_of_the_soft_one(dim, road, rng):
    x = tensor(rng.standard_normal((4, 6)).astype(np.float32), device=road, requires_grad=True)
    v = tensor(rng.standard_normal((4, 6)).astype(np.float32), device=road)
    found = [
        grad(gumbel_softmax(x, 0.5, hard, dim=dim, generator=Generator(2)), x, v)[0].tolist()
        for hard in (False, True)
    ]
    assert found[0] == found[1]
    y = gumbel_softmax(x, 0.5, True, dim=dim, generator=Generator(2))
    assert (y.detach().numpy().sum(dim) == 1).all()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_dtype_stays(dtype, road):
    x = tensor(np.zeros((3, 5)), dtype=dtype, device=road)
    for hard in (False, True):
        y = gumbel_softmax(x, hard=hard)
        assert str(y.dtype) == dtype
        assert np.isfinite(y.numpy()).all()


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (0, 3)])
def test_any_shape(shape, road):
    x = tensor(np.zeros(shape, np.float32), device=road)
    for hard in (False, True):
        assert gumbel_softmax(x, hard=hard).shape == shape


def test_what_does_not_fit_is_named():
    x = tensor([1.0, 2.0])
    for tau in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match=r"tau \(.*\) must be positive"):
            gumbel_softmax(x, tau)
    with pytest.raises(IndexError, match=r"dim \(1\) is not an axis"):
        gumbel_softmax(x, dim=1)
    with pytest.raises(TypeError, match="logits must be floating-point"):
        gumbel_softmax(tensor([1, 2]))
