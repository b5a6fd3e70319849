"""gelu: against the error function of the C library, far out, and twice derived."""

import math

import numpy as np
import pytest
from nt_autograd import gelu, grad, gradcheck, gradgradcheck, tensor

FORMS = ["none", "tanh"]
each_form = pytest.mark.parametrize("form", FORMS)


def by_hand(x, form):
    if form == "none":
        return x * 0.5 * math.erfc(-x / math.sqrt(2))
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return x / (1 + math.exp(-2 * inner)) if inner > -300 else -0.0


@each_form
def test_it_is_x_times_the_normal_distribution(form, road):
    grid = np.linspace(-12, 12, 4001)
    expected = [by_hand(x, form) for x in grid.tolist()]
    if road == "cpu":
        np.testing.assert_allclose(gelu(tensor(grid), form).numpy(), expected, atol=1e-14)
    found = gelu(tensor(grid, dtype="float32", device=road), form).numpy()
    np.testing.assert_allclose(found, expected, rtol=4e-7, atol=4e-7)


@each_form
def test_both_derivatives_agree_with_differences(form, rng):
    for scale in (1.0, 6.0):
        x = tensor(rng.standard_normal((3, 4)) * scale, requires_grad=True)
        assert gradcheck(lambda x: gelu(x, form), x)
        assert gradgradcheck(lambda x: gelu(x, form), x)


@each_form
def test_every_library_goes_the_same_way(form, road, agree, rng):
    agree(lambda x: gelu(x, form), rng.standard_normal((9, 70)) * 3, device=road)
    agree(
        lambda x: gelu(x.transpose(0, 1)[::2], form), rng.standard_normal((9, 70)) * 3, device=road
    )
    agree(lambda x: gelu(x, form), rng.standard_normal((3, 70000)) * 3, device=road)  # two blocks
    half = {"device": road, "dtype": "float16", "limit": 2e-3}
    agree(lambda x: gelu(x, form), rng.integers(-64, 64, (9, 7)) / 16, **half)


@each_form
@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("far", [30.0, 300.0, 6e4])
def test_far_out_it_is_x_or_nothing(form, dtype, far, road):
    x = tensor([far, -far], dtype=dtype, device=road, requires_grad=True)
    y = gelu(x, form)
    (g,) = grad(y.sum(), x)
    assert y.tolist() == [np.dtype(dtype).type(far), 0.0]
    assert g.tolist() == [1.0, 0.0]


@each_form
def test_infinity_stays_and_nan_is_seen(form, road):
    with np.errstate(invalid="ignore"):
        y = gelu(tensor([math.inf, math.nan], device=road), form).numpy()
    assert y[0] == math.inf
    assert math.isnan(y[1])


@each_form
def test_gelu_less_its_mirror_is_the_number(form, road, rng):
    x = tensor((rng.standard_normal(500) * 3).astype(np.float32), device=road)
    both = gelu(x, form) - gelu(-x, form)  # x P(x) + x P(-x) = x
    np.testing.assert_allclose(both.numpy(), x.numpy(), rtol=1e-6)


@each_form
@pytest.mark.parametrize("shape", [(), (0,), (2, 0)])
def test_any_shape(form, shape, road):
    x = tensor(np.zeros(shape, np.float32), device=road, requires_grad=True)
    (g,) = grad(gelu(x, form).sum(), x)
    assert g.shape == shape
    assert (g.numpy() == 0.5).all()


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match='approximate must be "none" or "tanh", got \'erf\''):
        gelu(tensor([1.0]), "erf")
    for form in FORMS:
        with pytest.raises(TypeError, match=r"gelu.*x must be floating-point, not int64"):
            gelu(tensor([1]), form)


@pytest.mark.parametrize("case", ["gelu_none", "gelu_tanh", "gelu_extreme"])
def test_it_is_pytorchs(goldens, case):
    about, arrays = goldens("activations")[case]
    x = tensor(arrays["input.x"].astype(np.float64), requires_grad=True)
    y = gelu(x, about["ctor"].get("approximate", "none"))
    y.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(x.grad.numpy(), arrays["grad.input.x"], rtol=1e-9, atol=1e-13)
