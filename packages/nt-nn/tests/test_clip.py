"""clip_grad_norm_: the joint norm, the same direction, and never longer than allowed."""

import math

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter, clip_grad_norm_


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


@pytest.mark.goldens("optim", "clip_norm.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, agree, dtype, limit):
    held = parameters(*[golden.arrays[f"input.g{i}"].astype(dtype) for i in (0, 1)])
    options = golden.about["kwargs"]
    norm = clip_grad_norm_(held, options["max_norm"], float(options["norm_type"]))
    agree(norm, golden.arrays["total_norm"], limit)
    for i, parameter in enumerate(held):
        agree(parameter.grad, golden.arrays[f"output.g{i}"], limit)
