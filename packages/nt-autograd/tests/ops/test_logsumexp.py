"""logsumexp: against fsum, far out, of infinities and of nothing."""

import math

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, log_softmax, logsumexp, tensor, zeros


@pytest.mark.parametrize("dim", [None, 0, 1, -1, (0, 1), (0, 2)], ids=str)
@pytest.mark.parametrize("keepdim", [False, True])
def test_it_is_the_logarithm_of_the_sum(dim, keepdim, road, agree, rng):
    x = rng.standard_normal((3, 4, 5)) * 3
    found = logsumexp(tensor(x), dim, keepdim).numpy()
    expected = np.log(np.exp(x).sum(axis=dim, keepdims=keepdim))
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    agree(lambda t: logsumexp(t, dim, keepdim), x, device=road)


def test_both_derivatives_agree_with_differences(rng):
    x = tensor(rng.standard_normal((3, 4)) * 3, requires_grad=True)
    for dim, keepdim in ((None, False), (0, True), (1, False)):
        assert gradcheck(lambda t, d=dim, k=keepdim: logsumexp(t, d, k), x)
        assert gradgradcheck(lambda t, d=dim, k=keepdim: logsumexp(t, d, k), x)


@pytest.mark.parametrize("shift", [1e4, -1e4])
def test_a_shift_shifts_the_result(shift, road):
    x = tensor([shift, shift], device=road, requires_grad=True)
    y = logsumexp(x, 0)
    assert math.isclose(y.item(), shift + math.log(2), rel_tol=1e-6)
    assert grad(y, x)[0].sum().item() == pytest.approx(1, rel=2e-3)


def test_the_largest_floats_do_not_overflow(road):
    assert logsumexp(tensor([3e38, 3e38], device=road), 0).item() == np.float32(3e38)


def test_what_is_minus_infinity_takes_no_part(road):
    x = tensor([[0.0, -math.inf], [-math.inf, -math.inf]], device=road, requires_grad=True)
    y = logsumexp(x, 1)
    assert y.tolist() == [0, -math.inf]
    (g,) = grad(y, x, tensor([1.0, 1.0], device=road))
    assert g.tolist() == [[1, 0], [0, 0]]


def test_an_infinity_is_the_sum(road):
    x = tensor([0.0, math.inf], device=road, requires_grad=True)
    y = logsumexp(x, 0)
    assert y.item() == math.inf
    with np.errstate(invalid="ignore"):
        (g,) = grad(y, x)
    assert g.tolist()[0] == 0
    assert math.isnan(g.tolist()[1])
    assert math.isnan(logsumexp(tensor([0.0, math.nan], device=road), 0).item())


def test_of_nothing_it_is_minus_infinity(road):
    x = zeros(2, 0, device=road, requires_grad=True)
    assert logsumexp(x, 1).tolist() == [-math.inf, -math.inf]
    assert logsumexp(x, 0).shape == (0,)
    assert grad(logsumexp(x, 1).sum(), x)[0].shape == (2, 0)


def test_it_is_what_log_softmax_takes_away(rng):
    x = tensor(rng.standard_normal((5, 7)) * 5)
    np.testing.assert_allclose(
        (x - logsumexp(x, 1, True)).numpy(), log_softmax(x, 1).numpy(), atol=1e-14
    )


def test_integers_have_none():
    with pytest.raises(TypeError, match="logsumexp of int64"):
        logsumexp(tensor([1, 2]), 0)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_the_dtype_stays(dtype, road):
    x = tensor([1.0, 2.0], dtype=dtype, device=road)
    assert str(logsumexp(x, 0).dtype) == dtype


def test_float16_is_added_up_in_float32(road):
    x = tensor(np.zeros(100000), dtype="float16", device=road)
    assert math.isclose(logsumexp(x, 0).item(), math.log(100000), rel_tol=1e-3)
