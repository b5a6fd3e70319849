"""Clipping: by the joint norm, which keeps the direction, and by value; and the norm itself."""

import math

import nt_tensor
import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter
from nt_nn.clip import clip_grad_norm_, clip_grad_value_, get_total_norm


def parameters(*gradients):
    made = []
    for g in gradients:
        parameter = Parameter(np.zeros_like(g))
        parameter.grad = Tensor(g.copy())
        made.append(parameter)
    return made


def normal(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0, math.inf])
def test_the_norm_is_that_of_all_elements_together(p):
    a, b = normal(3, 4), normal(5, seed=1)
    want = np.linalg.norm(np.concatenate([a.reshape(-1), b]), p)
    held = parameters(a, b)
    assert clip_grad_norm_(held, 1e9, p).item() == pytest.approx(want, rel=1e-12)
    assert np.array_equal(held[0].grad.numpy(), a)  # short enough: not touched
    norm = clip_grad_norm_(held, 0.5, p).item()
    assert norm == pytest.approx(want, rel=1e-12)
    scale = 0.5 / (want + 1e-6)
    assert np.allclose(held[0].grad.numpy(), a * scale, rtol=1e-12)
    assert np.allclose(held[1].grad.numpy(), b * scale, rtol=1e-12)
    assert clip_grad_norm_(held, 1.0, p).item() <= 0.5


def test_parameters_without_gradients_are_passed_over():
    bare = Parameter([1.0])
    assert clip_grad_norm_([bare], 1.0).item() == 0.0
    assert clip_grad_norm_([], 1.0).item() == 0.0
    (held,) = parameters(np.array([3.0, 4.0]))
    assert clip_grad_norm_([bare, held], 1.0).item() == 5.0
    assert clip_grad_norm_(held, 1.0).item() == pytest.approx(1.0, rel=1e-5)  # one, not in a list
    assert clip_grad_norm_((p for p in [held]), 1.0).item() < 1.0


def test_gradients_of_zeros_stay_zeros():
    (held,) = parameters(np.zeros(3))
    assert clip_grad_norm_(held, 1.0).item() == 0.0
    assert held.grad.tolist() == [0.0, 0.0, 0.0]


def test_half_precision_does_not_overflow():
    (held,) = parameters(np.full(1000, 300.0, np.float16))
    assert clip_grad_norm_(held, 1.0).item() == pytest.approx(300 * 1000**0.5, rel=1e-3)
    assert str(held.grad.dtype) == "float16"


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_norm_that_is_not_finite_is_told_and_raises_where_asked(bad):
    (held,) = parameters(np.array([1.0, bad]))
    with pytest.raises(ArithmeticError, match=f"norm is {bad}"):
        clip_grad_norm_(held, 1.0, error_if_nonfinite=True)
    assert held.grad.tolist()[0] == 1.0
    with np.errstate(invalid="ignore"):
        assert not math.isfinite(clip_grad_norm_(held, 1.0).item())


def test_limits_that_make_no_sense_are_named():
    for arguments, said in (((0.0,), "max_norm"), ((-1.0,), "max_norm"), ((1.0, 0.0), "norm_type")):
        with pytest.raises(ValueError, match=rf"{said} \(.*\) must be positive"):
            clip_grad_norm_([], *arguments)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("device", ["cpu", "mlx"])
def test_values_are_brought_between_the_limits_and_nan_stays(dtype, device):
    if device == "mlx":
        pytest.importorskip("mlx.core")
    values = np.array([[-3.0, -0.5, 0.0], [0.5, np.inf, np.nan]]).T
    x = Parameter(nt_tensor.zeros((3, 2), dtype, device))
    x.grad = Tensor(nt_tensor.asarray(values, dtype=dtype, device=device))
    clip_grad_value_([x, Parameter([1.0])], 0.5)
    want = np.array([[-0.5, -0.5, 0.0], [0.5, 0.5, np.nan]]).T
    np.testing.assert_array_equal(nt_tensor.to_numpy(x.grad.data), want)
    assert str(x.grad.dtype) == dtype
    with pytest.raises(ValueError, match=r"clip_value \(-1.0\) must not be negative"):
        clip_grad_value_(x, -1.0)


def test_gradients_of_single_numbers_and_those_that_must_not_be_written_are_clipped():
    x, y = Parameter(4.0), Parameter([3.0])
    (x * x).backward()  # NumPy's scalar
    frozen = np.float32([6.0])
    frozen.flags.writeable = False
    y.grad = Tensor(frozen)
    assert clip_grad_norm_([x, y], 1.0).item() == 10.0
    assert np.allclose([x.grad.item(), y.grad.item()], [0.8, 0.6])
    clip_grad_value_([x, y], 0.5)
    assert (x.grad.item(), y.grad.item(), frozen.tolist()) == (0.5, 0.5, [6.0])


def test_a_gradient_that_two_parameters_share_is_scaled_once():
    x, y = Parameter(np.zeros(2)), Parameter(np.zeros(2))
    x.grad = y.grad = Tensor(np.array([3.0, 4.0]))
    clip_grad_norm_([x, y], 1.0)
    assert np.allclose(x.grad.tolist(), [0.6, 0.8], rtol=1e-5)


@pytest.mark.parametrize("p", [0.5, 1.0, 2.0, math.inf])
def test_a_total_norm_is_that_of_one_long_vector(p):
    pieces = [normal(3, 4), normal(0, 2), normal(), normal(7, seed=1)[::-2]]
    long = np.concatenate([piece.reshape(-1) for piece in pieces])
    want = abs(long).max() if p == math.inf else (abs(long) ** p).sum() ** (1 / p)
    found = get_total_norm((Tensor(np.asarray(piece)) for piece in pieces), p)
    assert found.item() == pytest.approx(want, rel=1e-12)
    assert get_total_norm([], p).item() == get_total_norm(Tensor(np.zeros(0)), p).item() == 0.0
    with pytest.raises(ValueError, match="norm_type"):
        get_total_norm([], -p)
    with pytest.raises(ArithmeticError, match="norm is nan"):
        get_total_norm([Tensor(np.array([np.nan]))], p, error_if_nonfinite=True)


@pytest.mark.goldens("optim", "clip_norm.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, agree, dtype, limit):
    held = parameters(*[golden.arrays[f"input.g{i}"].astype(dtype) for i in (0, 1)])
    options = golden.about["kwargs"]
    norm = clip_grad_norm_(held, options["max_norm"], float(options["norm_type"]))
    agree(norm, golden.arrays["total_norm"], limit)
    for i, parameter in enumerate(held):
        agree(parameter.grad, golden.arrays[f"output.g{i}"], limit)


@pytest.mark.goldens("optim", "clip_value")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_values_agree_with_pytorch(golden, agree, dtype):
    held = parameters(golden.arrays["input.g0"].astype(dtype))
    clip_grad_value_(held, **golden.about["kwargs"])
    agree(held[0].grad, golden.arrays["output.g0"], 1e-6)
