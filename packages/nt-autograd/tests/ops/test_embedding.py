"""embedding: the rows, and the sums that come back to them."""

import nt_tensor
import numpy as np
import pytest
from nt_autograd import embedding, grad, gradcheck, gradgradcheck, matmul, one_hot, tensor

SIZES = [(7, 1), (7, 5), (300, 3), (9, 300), (2000, 40)]  # rows, width: each body's ways


def case(rows, width, dtype=np.float64):
    rng = np.random.default_rng(0)
    return rng.integers(0, rows, (4, 6)), rng.standard_normal((rows, width)).astype(dtype)


@pytest.mark.parametrize("padding", [None, 3, -2])
@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_it_is_a_product_with_one_hot_rows(size, padding, jit, device):
    ids, weight = case(*size, np.float32)
    before = nt_tensor.jit()
    nt_tensor.jit(jit)
    try:
        i, w = tensor(ids, device=device), tensor(weight, device=device, requires_grad=True)
        y = embedding(i, w, padding_idx=padding)
        v = np.random.default_rng(1).standard_normal(y.shape).astype(np.float32)
        (g,) = grad(y, w, tensor(v, device=device))
    finally:
        nt_tensor.jit(before)
    choose = np.eye(size[0])[ids]
    np.testing.assert_array_equal(y.detach().numpy(), weight[ids])
    expected = np.einsum("abr,abw->rw", choose, v)
    if padding is not None:
        expected[padding] = 0
    np.testing.assert_allclose(g.numpy(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("padding", [None, 2])
def test_both_derivatives_agree_with_differences(padding):
    ids, weight = case(5, 3)
    w = tensor(weight, requires_grad=True)
    if padding is None:
        assert gradcheck(lambda w: embedding(ids, w), w)
        assert gradgradcheck(lambda w: embedding(ids, w * w * w), w)
    else:  # a constant row
        keep = tensor((np.arange(5) != 2).astype(float)[:, None])
        fixed = tensor(weight * (np.arange(5) == 2)[:, None])
        assert gradcheck(lambda w: embedding(ids, w * keep + fixed, 2), w)
        assert gradgradcheck(lambda w: embedding(ids, w * w * keep + fixed, 2), w)


def test_a_second_derivative_passes_the_padding_by():
    w = tensor(np.ones((2, 1)), requires_grad=True)
    y = embedding(tensor([0, 1, 1]), w, padding_idx=1)
    (g,) = grad((y * y * y).sum(), w, create_graph=True)
    (h,) = grad(g.sum(), w)
    assert g.detach().tolist() == [[3.0], [0.0]]
    assert h.tolist() == [[6.0], [0.0]]


@pytest.mark.parametrize("padding", [None, 2])
def test_gradients_by_frequency_have_a_second_derivative_too(padding, device):
    ids = np.array([0, 1, 1, 2, 2, 2])
    w = tensor(np.full((4, 1), 2.0, np.float32), device=device, requires_grad=True)
    y = embedding(tensor(ids, device=device), w, padding, scale_grad_by_freq=True)
    (g,) = grad((y * y * y).sum(), w, create_graph=True)
    (h,) = grad(g.sum(), w)
    last = 0.0 if padding == 2 else 1.0  # each row as often as if it had been used once
    assert g.detach().tolist() == [[12.0], [12.0], [12.0 * last], [0.0]]
    # h is not symmetric: the sum over uses is divided on both ways back.
    assert h.tolist() == [[12.0], [6.0], [4.0 * last], [0.0]]


@pytest.mark.parametrize("p", [1.0, 2.0, float("inf")])
def test_used_rows_are_shortened_in_the_table_others_are_not(p, device):
    rng = np.random.default_rng(0)
    weight = (rng.standard_normal((50, 7)) * 3).astype(np.float32)
    w = tensor(weight.copy(), device=device, requires_grad=True)
    ids = rng.integers(0, 40, (6, 5))
    y = embedding(tensor(ids, device=device), w, max_norm=4.0, norm_type=p)
    lengths = np.linalg.norm(weight, p, axis=1)
    factor = np.where(np.isin(np.arange(50), ids), np.minimum(1.0, 4.0 / lengths), 1.0)
    np.testing.assert_allclose(w.detach().numpy(), weight * factor[:, None], rtol=1e-5)
    np.testing.assert_array_equal(y.detach().numpy(), w.detach().numpy()[ids])
    y.sum().backward()
    np.testing.assert_array_equal(w.grad.numpy()[:, 0], np.bincount(ids.ravel(), minlength=50))
    before = w.detach().numpy().copy()
    embedding(tensor(ids, device=device), w, max_norm=4.001, norm_type=p)
    np.testing.assert_array_equal(w.detach().numpy(), before)


def test_what_max_norm_cannot_do_is_refused():
    with pytest.raises(TypeError, match=r"max_norm changes weight, which must be a tensor"):
        embedding(np.array([0]), np.ones((2, 2)), max_norm=1.0)
    with pytest.raises(ValueError, match=r"embedding: max_norm \(-1.0\) must be positive"):
        embedding(tensor([0]), tensor([[1.0]]), max_norm=-1.0)


@pytest.mark.parametrize(
    "name",
    [
        "embedding",
        "embedding_padding_idx",
        "embedding_neg_padding_idx",
        "embedding_scale_grad_by_freq",
    ],
)
def test_it_is_pytorchs(goldens, name):
    case, arrays = goldens("embedding")[name]
    weight = tensor(arrays["param.weight"].astype(np.float64), requires_grad=True)
    options = {k: v for k, v in case["ctor"].items() if "embedding" not in k}
    y = embedding(tensor(arrays["input.ids"]), weight, **options)
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-12)
    y.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
    np.testing.assert_allclose(weight.grad.numpy(), arrays["grad.param.weight"], rtol=1e-12)


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (1, 2, 3)])
def test_ids_of_any_shape(shape, device):
    w = tensor(np.ones((3, 4), np.float32), device=device, requires_grad=True)
    y = embedding(tensor(np.zeros(shape, np.int64), device=device), w)
    assert y.shape == (*shape, 4)
    y.sum().backward()
    assert w.grad.numpy()[0].tolist() == [float(np.prod(shape))] * 4


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_dtype_is_the_tables(dtype):
    w = tensor(np.ones((3, 4)), dtype=dtype, requires_grad=True)
    y = embedding(tensor([0, 2]), w)
    y.sum().backward()
    assert str(y.dtype) == str(w.grad.dtype) == dtype


def test_a_wrong_table_or_padding_is_refused():
    with pytest.raises(ValueError, match=r"weight must be \(rows, width\), not \(3,\)"):
        embedding(tensor([0]), tensor([1.0, 2.0, 3.0]))
    with pytest.raises(ValueError, match=r"padding_idx \(-4\) is none of 3 rows"):
        embedding(tensor([0]), tensor(np.ones((3, 1))), -4)


def test_tied_weights_collect_from_both_uses():
    ids, weight = case(6, 4)
    w = tensor(weight, requires_grad=True)
    loss = matmul(embedding(ids, w), w.transpose(0, 1))
    v = np.random.default_rng(2).standard_normal(loss.shape)
    (g,) = grad(loss, w, tensor(v))
    x = np.eye(6)[ids] @ weight
    expected = np.einsum("abr,abw->rw", v, x) + np.einsum("abr,abw->rw", np.eye(6)[ids], v @ weight)
    np.testing.assert_allclose(g.numpy(), expected, rtol=1e-10)


def test_one_hot_is_the_same_choice():
    ids, weight = case(6, 4)
    y = matmul(one_hot(tensor(ids), 6).to("float64"), tensor(weight))
    np.testing.assert_array_equal(y.numpy(), embedding(tensor(ids), tensor(weight)).numpy())
