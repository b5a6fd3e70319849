"""newton_schulz: against the singular value decomposition, and its gradients."""

import nt_tensor
import numpy as np
import pytest
from nt_autograd import gradcheck, gradgradcheck, newton_schulz, tensor

CONVERGING = (15 / 8, -5 / 4, 3 / 8)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (4, 4), (6, 3), (3, 6)])
@pytest.mark.parametrize("scale", [1e-10, 1.0, 1e10])
def test_it_converges_to_the_orthogonal_factor(shape, scale, rng):
    x = rng.standard_normal(shape) * scale
    u, _, vt = np.linalg.svd(x, full_matrices=False)
    y = newton_schulz(tensor(x, dtype="float64"), CONVERGING, steps=40, eps=0.0)
    np.testing.assert_allclose(y.numpy(), u @ vt, atol=1e-10)


@pytest.mark.parametrize("shape", [(5, 8), (8, 5)])
def test_every_step_is_the_polynomial_of_the_singular_values(shape, rng):
    x = rng.standard_normal(shape)
    a, b, c = 3.4445, -4.7750, 2.0315
    u, s, vt = np.linalg.svd(x / np.linalg.norm(x), full_matrices=False)
    for _ in range(5):
        s = a * s + b * s**3 + c * s**5
    np.testing.assert_allclose(newton_schulz(x), (u * s) @ vt, rtol=1e-10, atol=1e-12)
    assert (abs(s - 1) < 0.5).all()


def test_a_matrix_and_its_transpose_and_any_multiple_give_the_same(road, rng):
    x = rng.standard_normal((6, 4))
    y, turned, longer = (
        newton_schulz(tensor(z, dtype="float32", device=road)).detach().numpy()
        for z in (x, x.T, x * 1e3)
    )
    np.testing.assert_allclose(turned, y.T, atol=1e-5)
    np.testing.assert_allclose(longer, y, atol=1e-5)
    np.testing.assert_allclose(y, newton_schulz(x), atol=2e-5)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_zeros_stay_zeros_and_the_dtype_stays(dtype):
    y = newton_schulz(nt_tensor.zeros((3, 2), dtype))
    assert str(nt_tensor.dtype_of(y)) == dtype
    assert not nt_tensor.to_numpy(y).any()


@pytest.mark.parametrize("shape", [(3, 4), (4, 3)])
def test_gradients_agree_with_differences(shape, rng):
    x = tensor(rng.standard_normal(shape), dtype="float64", requires_grad=True)
    assert gradcheck(lambda x: newton_schulz(x, steps=3), x)
    assert gradgradcheck(lambda x: newton_schulz(x, steps=1), x)


def test_what_is_no_matrix_is_named():
    for arguments, said in (
        ((tensor([1.0]),), r"x must be a matrix, got shape \(1,\)"),
        ((tensor([[1.0]]), (1.0, 2.0)), r"coefficients must be three, got \(1.0, 2.0\)"),
        ((tensor([[1.0]]), CONVERGING, -1), r"steps \(-1\)"),
    ):
        with pytest.raises(ValueError, match=said):
            newton_schulz(*arguments)
