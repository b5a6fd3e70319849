"""rms_norm: against root mean squares taken by hand, scaled, bare, twice derived."""

import math

import numpy as np
import pytest
from nt_autograd import count_flops, grad, gradcheck, gradgradcheck, rms_norm, tensor

each_form = pytest.mark.parametrize("weighted", [True, False], ids=["weight", "bare"])


@each_form
@pytest.mark.parametrize("shape", [(5,), (4, 5)])
def test_it_divides_by_the_root_of_the_mean_square(weighted, shape, rng):
    x, w = rng.standard_normal((3, 2, 4, 5)) * 3 + 2, rng.standard_normal(shape)
    y = rms_norm(tensor(x), shape, tensor(w) if weighted else None, 1e-3).numpy()
    for at in np.ndindex(x.shape[: x.ndim - len(shape)]):
        row = x[at].ravel().tolist()
        root = math.sqrt(math.fsum(e * e for e in row) / len(row) + 1e-3)
        np.testing.assert_allclose(y[at], x[at] / root * (w if weighted else 1), rtol=1e-12)


@each_form
@pytest.mark.parametrize("shape", [(5,), (2, 3)])
def test_both_derivatives_agree_with_differences(weighted, shape, bodies, rng):
    arrays = [rng.standard_normal((3, *shape)), rng.standard_normal(shape)]
    xs = [tensor(a, requires_grad=True) for a in arrays[: 1 + weighted]]
    assert gradcheck(lambda x, w=None: rms_norm(x, shape, w), *xs)
    assert gradgradcheck(lambda x, w=None: rms_norm(x, shape, w), *xs)


@each_form
@pytest.mark.parametrize("shape", [(7, 64), (3, 5, 130), (1, 1, 1)])
def test_every_library_goes_the_same_way(weighted, shape, road, agree, rng):
    x, w = rng.standard_normal(shape) * 3, rng.standard_normal(shape[-1:])
    agree(
        lambda x, w=None: rms_norm(x, shape[-1], w),
        *(x, w)[: 1 + weighted],
        device=road,
        limit=1e-5,
    )
    agree(lambda x: rms_norm(x.transpose(0, -1), shape[0]), x, device=road, limit=1e-5)


def test_a_scale_changes_nothing_but_for_eps(road, rng):
    x = rng.standard_normal((9, 33)).astype(np.float32)
    there = rms_norm(tensor(x * 1024, device=road), 33, eps=0.0).numpy()
    np.testing.assert_allclose(
        there, rms_norm(tensor(x, device=road), 33, eps=0.0).numpy(), atol=1e-6
    )


def test_zeros_stay_and_have_finite_gradients(road):
    x = tensor(np.zeros((2, 8), np.float32), device=road, requires_grad=True)
    y = rms_norm(x, 8, eps=1e-6)
    assert (y.detach().numpy() == 0).all()
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 1 / math.sqrt(1e-6), rtol=1e-5)


def test_float16_is_squared_in_float32(road, rng):
    x = rng.standard_normal((3, 64)) * 2000  # squares overflow float16
    t = tensor(x, dtype="float16", device=road, requires_grad=True)
    y = rms_norm(t, 64)
    expected = x / np.sqrt((x * x).mean(-1, keepdims=True))
    np.testing.assert_allclose(y.detach().numpy().astype(float), expected, atol=5e-3)
    y[:, 0].sum().backward()
    assert str(y.dtype) == str(t.grad.dtype) == "float16"
    assert np.isfinite(t.grad.numpy()).all()


@pytest.mark.parametrize(("dtype", "eps"), [("float64", -52), ("float32", -23), ("float16", -23)])
def test_without_an_eps_it_is_that_of_what_it_is_computed_in(dtype, eps, bodies):
    x = tensor(np.full((1, 4), 1e-3), dtype=dtype)
    there = float(x.numpy()[0, 0])
    found = rms_norm(x, 4).numpy()[0, 0]
    np.testing.assert_allclose(found, there / math.sqrt(there**2 + 2.0**eps), rtol=1e-3)
    given = rms_norm(x, 4, eps=2.0**eps)
    assert rms_norm(x, 4).tolist() == given.tolist()


def test_nan_and_infinity_stay_in_their_row(road):
    x = np.ones((4, 70), np.float32)
    x[1, 65], x[2, 3] = np.nan, np.inf
    with np.errstate(invalid="ignore"):
        y = rms_norm(tensor(x, device=road), 70).numpy()
    assert np.isnan(y[1]).all()
    assert np.isnan(y[2, 3])
    assert np.isfinite(y[[0, 3]]).all()


def test_dtypes_meet_at_the_wider_one_and_gradients_return():
    x = tensor(np.ones((2, 3)), dtype="float16", requires_grad=True)
    w = tensor(np.ones(3), dtype="float32", requires_grad=True)
    y = rms_norm(x, 3, w)
    y.sum().backward()
    assert [str(t.dtype) for t in (y, x.grad, w.grad)] == ["float32", "float16", "float32"]


def test_an_empty_batch_has_zero_gradients(road):
    x = tensor(np.zeros((0, 4), np.float32), device=road, requires_grad=True)
    w = tensor(np.ones(4, np.float32), device=road, requires_grad=True)
    gx, gw = grad(rms_norm(x, 4, w).sum(), [x, w])
    assert gx.shape == (0, 4)
    assert gw.tolist() == [0.0] * 4


def test_its_cost():
    x = tensor(np.ones((6, 4)), requires_grad=True)
    with count_flops() as count:
        rms_norm(x, 4).sum().backward()
    assert count.by_op["rms_norm"][1] == 4 * 24
    assert count.by_op["rms_norm_backward"][1] == 9 * 24


def test_what_does_not_fit_is_named():
    x = tensor(np.ones((2, 3)))
    with pytest.raises(
        ValueError, match=r"rms_norm: input \(2, 3\) must end in normalized_shape \(2,\)"
    ):
        rms_norm(x, 2)
    with pytest.raises(ValueError, match=r"rms_norm: weight has shape \(2,\), not \(3,\)"):
        rms_norm(x, 3, tensor(np.ones(2)))
    with pytest.raises(ValueError, match=r"normalized_shape \(0,\) holds no elements"):
        rms_norm(tensor(np.ones((2, 0))), 0)
    with pytest.raises(TypeError, match=r"rms_norm.*input must be floating-point, not int64"):
        rms_norm(tensor([[1, 2]]), 2)


@pytest.mark.parametrize("case", ["rmsnorm", "rmsnorm_multi", "rmsnorm_default_eps"])
def test_it_is_pytorchs(goldens, case):
    about, arrays = goldens("norm")[case]
    eps = about["ctor"].get("eps", 2.0**-52)
    x, w = (
        tensor(arrays[n].astype(np.float64), requires_grad=True)
        for n in ("input.x", "param.weight")
    )
    y = rms_norm(x, tuple(about["ctor"]["normalized_shape"]), w, eps)
    y.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(x.grad.numpy(), arrays["grad.input.x"], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(w.grad.numpy(), arrays["grad.param.weight"], rtol=1e-8, atol=1e-9)
