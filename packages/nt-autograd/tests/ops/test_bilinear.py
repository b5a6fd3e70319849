"""bilinear: against loops, both derivatives, every library, what does not fit."""

import numpy as np
import pytest
from nt_autograd import bilinear, gradcheck, gradgradcheck, tensor

SHAPES = [(), (1,), (4,), (2, 3), (0,)]


def given(shape, rng, bias=True):
    arrays = [rng.standard_normal(s) for s in ((*shape, 3), (*shape, 4), (2, 3, 4), (2,))]
    return arrays if bias else arrays[:3]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_the_sum_over_all_pairs(shape, bias, rng):
    one, two, w, *b = given(shape, rng, bias)
    y = bilinear(*[tensor(a) for a in (one, two, w, *b)]).numpy()
    assert y.shape == (*shape, 2)
    for at in np.ndindex(*shape, 2):
        *row, o = at
        pairs = [one[(*row, i)] * w[o, i, j] * two[(*row, j)] for i in range(3) for j in range(4)]
        np.testing.assert_allclose(y[at], sum(pairs) + (b[0][o] if b else 0.0), rtol=1e-12)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(), (2,), (2, 1)])
def test_both_derivatives_agree_with_differences(shape, bias, rng):
    xs = [tensor(a, requires_grad=True) for a in given(shape, rng, bias)]
    assert gradcheck(bilinear, *xs)
    assert gradgradcheck(bilinear, *xs)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_library_goes_the_same_way(shape, road, agree, rng):
    agree(bilinear, *given(shape, rng), device=road, limit=1e-5)
    agree(bilinear, *given(shape, rng), device=road, dtype="float16", limit=2e-2)


def test_it_is_linear_in_each_argument_and_strides_do_not_matter(road, rng):
    one, two, w = (tensor(a, dtype="float32", device=road) for a in given((4,), rng, False))
    y = bilinear(one, two, w).numpy()
    np.testing.assert_allclose(bilinear(one * 3.0, two, w).numpy(), 3 * y, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(bilinear(one, -two, w).numpy(), -y, rtol=1e-5, atol=1e-6)
    turned = w.transpose(1, 2).contiguous().transpose(1, 2)
    np.testing.assert_allclose(bilinear(one, two, turned).numpy(), y, rtol=1e-5, atol=1e-6)


def test_what_does_not_fit_is_named(rng):
    one, two, w, b = (tensor(a) for a in given((2,), rng))
    with pytest.raises(ValueError, match=r"must share in1 and in2, got \(2, 4\), \(2, 3\)"):
        bilinear(two, one, w)
    with pytest.raises(ValueError, match=r"input1 \(1, 3\) and input2 \(2, 4\) must agree in all"):
        bilinear(one[:1], two, w)
    with pytest.raises(ValueError, match=r"bias has shape \(1,\), not \(2,\)"):
        bilinear(one, two, w, b[:1])
