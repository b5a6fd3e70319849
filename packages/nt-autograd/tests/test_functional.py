"""Vector products, Jacobian and Hessian against the matrices written out."""

import numpy as np
import pytest
from nt_autograd import (
    exp,
    grad,
    gradcheck,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    sin,
    softmax,
    sum,
    tensor,
    vjp,
)

RNG = np.random.default_rng(0)
A = RNG.standard_normal((4, 3))
X, U, V = RNG.standard_normal(3), RNG.standard_normal(4), RNG.standard_normal(3)


def f(x):
    """sin(A x), whose Jacobian is diag(cos(A x)) A."""
    return sin(tensor(A) @ x)


J = np.cos(A @ X)[:, None] * A


def scalar(x):
    """sum(exp(A x)), whose Hessian is A^T diag(exp(A x)) A."""
    return sum(exp(tensor(A) @ x))


H = A.T @ (np.exp(A @ X)[:, None] * A)


def test_vjp_is_the_row_product():
    y, g = vjp(f, tensor(X), tensor(U))
    np.testing.assert_allclose(y.numpy(), np.sin(A @ X), rtol=1e-12)
    np.testing.assert_allclose(g.numpy(), U @ J, rtol=1e-12)


def test_jvp_is_the_column_product():
    y, g = jvp(f, tensor(X), tensor(V))
    np.testing.assert_allclose(y.numpy(), np.sin(A @ X), rtol=1e-12)
    np.testing.assert_allclose(g.numpy(), J @ V, rtol=1e-12)


def test_jvp_and_vjp_are_adjoint_through_fused_ops():
    x = RNG.standard_normal((5, 7))
    u, v = RNG.standard_normal((5, 7)), RNG.standard_normal((5, 7))
    forward = jvp(lambda x: softmax(x, -1), tensor(x), tensor(v))[1].numpy()
    back = vjp(lambda x: softmax(x, -1), tensor(x), tensor(u))[1].numpy()
    np.testing.assert_allclose((u * forward).sum(), (back * v).sum(), rtol=1e-12)


def test_jacobian_is_the_matrix():
    np.testing.assert_allclose(jacobian(f, tensor(X)).numpy(), J, rtol=1e-12)


def test_hessian_is_the_matrix_and_hvp_its_product():
    np.testing.assert_allclose(hessian(scalar, tensor(X)).numpy(), H, rtol=1e-12)
    y, g = hvp(scalar, tensor(X), tensor(V))
    np.testing.assert_allclose(y.item(), np.exp(A @ X).sum(), rtol=1e-12)
    np.testing.assert_allclose(g.numpy(), H @ V, rtol=1e-12)


def two(x, y):
    return x * y, sum(x * x) + 0 * sum(y)


def test_several_inputs_and_outputs_keep_their_places():
    x, y = tensor([1.0, 2.0]), tensor([3.0, 4.0])
    outputs, products = vjp(two, (x, y), (tensor([1.0, 10.0]), tensor(1.0)))
    assert [o.tolist() for o in outputs] == [[3.0, 8.0], 5.0]
    assert [p.tolist() for p in products] == [[5.0, 44.0], [1.0, 20.0]]
    _, products = jvp(two, (x, y), (tensor([1.0, 0.0]), tensor([0.0, 1.0])))
    assert [p.tolist() for p in products] == [[3.0, 2.0], 2.0]
    matrices = jacobian(two, (x, y))
    assert matrices[0][0].tolist() == [[3.0, 0.0], [0.0, 4.0]]
    assert matrices[0][1].tolist() == [[1.0, 0.0], [0.0, 2.0]]
    assert matrices[1][0].tolist() == [2.0, 4.0]
    assert matrices[1][1].tolist() == [0.0, 0.0]
    blocks = hessian(lambda x, y: sum(x * x * y), (x, y))
    assert blocks[0][0].tolist() == [[6.0, 0.0], [0.0, 8.0]]
    assert blocks[0][1].tolist() == blocks[1][0].tolist() == [[2.0, 0.0], [0.0, 4.0]]
    assert blocks[1][1].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    _, products = hvp(lambda x, y: sum(x * x * y), (x, y), (x, y))
    assert [p.tolist() for p in products] == [[12.0, 32.0], [2.0, 8.0]]


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (2, 3)])
def test_a_jacobian_has_both_shapes(shape):
    x = tensor(RNG.standard_normal((2, 2)))
    m = jacobian(lambda x: tensor(np.ones(shape)) * sum(x), x)
    assert m.shape == (*shape, 2, 2)
    assert (m.numpy() == 1).all()


def test_what_does_not_depend_has_zeros_or_says_so():
    x, y = tensor([1.0, 2.0]), tensor([3.0])
    _, (gx, gy) = vjp(lambda x, y: sum(x), (x, y))
    assert gx.tolist() == [1.0, 1.0]
    assert gy.tolist() == [0.0]
    _, g = jvp(lambda x: tensor([5.0]), x, x)
    assert g.tolist() == [0.0]
    assert jacobian(lambda x: tensor([5.0]), x).tolist() == [[0.0, 0.0]]
    for fn in (vjp, jacobian, hvp, hessian):
        with pytest.raises(RuntimeError, match=r"do(es)? not depend on inputs\[1\]"):
            fn(lambda x, y: sum(x), (x, y), **({"v": (x, y)} if fn is hvp else {}), strict=True)
    with pytest.raises(RuntimeError, match="jvp: output 0 of func does not depend on the inputs"):
        jvp(lambda x: tensor([5.0]), x, x, strict=True)


def test_create_graph_reaches_the_callers_tensors():
    x = tensor(X, requires_grad=True)
    v = tensor(V)
    assert gradcheck(lambda x: jvp(f, x, v, create_graph=True)[1], x)
    assert gradcheck(lambda x: jacobian(f, x, create_graph=True), x)
    assert gradcheck(lambda x: hvp(scalar, x, v, create_graph=True)[1], x)
    assert gradcheck(lambda x: hessian(scalar, x, create_graph=True), x)
    assert gradcheck(
        lambda u: vjp(f, tensor(X), u, create_graph=True)[1], tensor(U).requires_grad_()
    )


def test_results_are_constants_unless_asked():
    x = tensor(X, requires_grad=True)
    y, g = vjp(f, x, tensor(U))
    assert not y.requires_grad
    assert not g.requires_grad
    assert x.grad is None


def test_no_grad_outside_does_not_matter():
    with no_grad():
        np.testing.assert_allclose(jvp(f, tensor(X), tensor(V))[1].numpy(), J @ V, rtol=1e-12)
        np.testing.assert_allclose(hessian(scalar, tensor(X)).numpy(), H, rtol=1e-12)


def test_a_third_derivative():
    x = tensor([2.0], dtype="float64", requires_grad=True)
    (first,) = grad(sum(x * x * x * x), x, create_graph=True)
    (second,) = grad(first, x, create_graph=True)
    (third,) = grad(second, x)
    assert third.tolist() == [48.0]


def test_on_every_library(device):
    x, v = tensor([1.0, 2.0], device=device), tensor([1.0, 10.0], device=device)
    np.testing.assert_allclose(jvp(lambda x: x * x, x, v)[1].numpy(), [2.0, 40.0])
    np.testing.assert_allclose(hessian(lambda x: sum(x * x * x), x).numpy(), [[6, 0], [0, 12]])


def test_wrong_arguments_are_named():
    x = tensor([1.0, 2.0])
    with pytest.raises(ValueError, match=r"vjp: v may only be left out .*; they are \(2,\)"):
        vjp(lambda x: x, x)
    with pytest.raises(ValueError, match=r"jvp: v\[0\] has shape \(1,\), the input \(2,\)"):
        jvp(lambda x: x, x, tensor([1.0]))
    with pytest.raises(ValueError, match="vjp: v has 2 entries for 1 outputs"):
        vjp(lambda x: x, x, (x, x))
    with pytest.raises(ValueError, match=r"hvp: func must give one tensor .* shape \(2,\)"):
        hvp(lambda x: x, x, x)
    with pytest.raises(ValueError, match="hessian: func must give one tensor"):
        hessian(lambda x: (sum(x), sum(x)), x)
    with pytest.raises(TypeError, match=r"jacobian: inputs\[0\] is a float, not a Tensor"):
        jacobian(lambda x: x, (1.0,))
    with pytest.raises(TypeError, match="jacobian: output 0 of func is a ndarray, not a Tensor"):
        jacobian(lambda x: (x.data,), x)
