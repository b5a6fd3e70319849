"""A mapped function gives what the function gives for each sample, and its gradients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import (
    cross_entropy,
    dropout,
    gelu,
    grad,
    gradcheck,
    jacobian,
    layer_norm,
    linear,
    matmul,
    no_grad,
    ones,
    randn,
    softmax,
    stack,
    tensor,
    transforms,
    vmap,
    where,
)
from nt_tensor import Generator


def normal(*shape, seed=0, grad=True):
    values = np.random.default_rng((seed, *shape)).standard_normal(shape)
    return tensor(values, requires_grad=grad)


def network(w1, w2, x):
    """A small network of one sample (in,)."""
    h = layer_norm(gelu(linear(x, w1)), (w1.shape[0],))
    return softmax(linear(h, w2), dim=-1)


W1, W2, X = normal(8, 5), normal(3, 8, seed=1), normal(7, 5, seed=2)


def test_it_is_a_loop_over_the_samples_with_its_gradients():
    looped = stack([network(W1, W2, X[i]) for i in range(7)])
    mapped = vmap(network, in_dims=(None, None, 0))(W1, W2, X)
    v = normal(7, 3, seed=3, grad=False)
    np.testing.assert_allclose(mapped.detach().numpy(), looped.detach().numpy(), rtol=1e-12)
    for ours, theirs in zip(
        grad(mapped, [W1, W2, X], v), grad(looped, [W1, W2, X], v), strict=True
    ):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-9, atol=1e-12)


def test_captured_tensors_get_the_sum_over_all_samples():
    looped = stack([network(W1, W2, X[i]) for i in range(7)])
    mapped = vmap(lambda x: network(W1, W2, x))(X)
    for ours, theirs in zip(
        grad(mapped[:, 0].sum(), [W1, W2]), grad(looped[:, 0].sum(), [W1, W2]), strict=True
    ):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-9, atol=1e-12)


def test_gradients_taken_inside_are_those_of_each_sample():
    def loss(w, x, y):
        return cross_entropy(linear(gelu(linear(x, w)), W2.detach()), y)

    y = tensor([0, 1, 2, 0, 1, 2, 0])
    each = vmap(lambda w, x, y: grad(loss(w, x, y), w)[0], in_dims=(None, 0, 0))(W1, X, y)
    assert each.shape == (7, 8, 5)
    for i in range(7):
        (g,) = grad(loss(W1, X[i], y[i]), W1)
        np.testing.assert_allclose(each[i].numpy(), g.numpy(), rtol=1e-9, atol=1e-12)


def test_it_is_differentiable_twice():
    assert gradcheck(lambda w, x: vmap(network, (None, None, 0))(w, W2.detach(), x), W1, X)
    (g,) = grad(vmap(network, (None, None, 0))(W1, W2, X)[:, 0].sum(), X, create_graph=True)
    (second,) = grad((g * g).sum(), X)
    loop = stack([network(W1, W2, X[i]) for i in range(7)])
    (g,) = grad(loop[:, 0].sum(), X, create_graph=True)
    (right,) = grad((g * g).sum(), X)
    np.testing.assert_allclose(second.numpy(), right.numpy(), rtol=1e-8, atol=1e-12)


def test_maps_nest():
    a, b = normal(4, 5), normal(3, 5, seed=1)
    table = vmap(lambda x: vmap(lambda y: (x * y).sum())(b))(a)
    np.testing.assert_allclose(table.detach().numpy(), (a @ b.mT).detach().numpy(), rtol=1e-12)
    (g,) = grad(table.sum(), b)
    np.testing.assert_allclose(g.numpy(), np.tile(a.detach().numpy().sum(0), (3, 1)), rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    shape=st.lists(st.integers(1, 3), min_size=1, max_size=4),
    data=st.data(),
    samples=st.integers(1, 4),
)
def test_any_axis_goes_in_and_comes_out_anywhere(shape, data, samples):
    dim = data.draw(st.integers(-len(shape) - 1, len(shape)))
    out = data.draw(st.integers(-len(shape) - 1, len(shape)))
    whole = list(shape)
    whole.insert(dim % (len(shape) + 1), samples)
    x = np.random.default_rng(0).standard_normal(whole)
    y = vmap(lambda t: t * t, in_dims=dim, out_dims=out)(tensor(x))
    np.testing.assert_array_equal(y.numpy(), np.moveaxis(x * x, dim % len(whole), out % len(whole)))


def test_chunks_give_the_same():
    whole = vmap(network, in_dims=(None, None, 0))(W1, W2, X)
    for size in (1, 3, 7, 100):
        parts = vmap(network, in_dims=(None, None, 0), chunk_size=size)(W1, W2, X)
        np.testing.assert_allclose(parts.detach().numpy(), whole.detach().numpy(), rtol=1e-12)


def test_several_outputs_each_with_its_axis_and_one_that_is_the_same_for_all():
    a, b, c = vmap(lambda x: (x, x.sum(), ones(2)), out_dims=(1, 0, 0))(X)
    assert (a.shape, b.shape, c.shape) == ((5, 7), (7,), (7, 2))
    assert c.tolist() == [[1.0, 1.0]] * 7


def test_one_product_serves_all_samples_where_a_matrix_is_shared():
    seen = []
    x = randn(16, 5)

    def watched(v):
        y = matmul(v, W1.float().mT)
        seen.append(y.shape)
        return y

    assert vmap(watched)(x).shape == (16, 8)
    assert seen == [(8,)]  # it ran once, and saw one sample


def test_random_ops_draw_once_for_all_samples():
    y = vmap(lambda x: dropout(x, 0.5, generator=Generator(3)))(ones(4, 100))
    assert all(row == y[0].tolist() for row in y.tolist())
    assert sorted(set(y[0].tolist())) == [0.0, 2.0]


def test_a_decision_that_depends_on_the_sample_is_refused_and_where_makes_it():
    x = tensor([[1.0, 2.0], [-1.0, -2.0]])
    with pytest.raises(TypeError, match=r"item\(\) depends on the sample"):
        vmap(lambda v: v if v.sum() > 0 else -v)(x)
    assert vmap(lambda v: where(v.sum() > 0, v, -v))(x).tolist() == [[1.0, 2.0], [1.0, 2.0]]
    assert vmap(lambda v: v if v.sum() > 0 else -v)(x * x).tolist() == [[1.0, 4.0], [1.0, 4.0]]
    with pytest.raises(TypeError, match=r"item\(\) depends on the sample"):
        vmap(lambda v: v * v.sum().item())(x)


def test_an_index_that_differs_by_sample_picks_in_each():
    at = tensor([2, 0, 1])
    x = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]], requires_grad=True)
    y = vmap(lambda v, i: v[i])(x, at)
    assert y.tolist() == [3.0, 4.0, 8.0]
    (g,) = grad(y.sum(), x)
    assert g.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_it_leaves_nothing_open_also_after_an_error():
    with pytest.raises(ValueError, match="matmul"):
        vmap(lambda v: matmul(v, ones(9, 9)))(ones(2, 3))
    assert transforms.contexts == 0
    with no_grad():
        assert vmap(lambda v: v * 2)(X).node is None


def test_a_jacobian_is_a_map_over_rows():
    x = normal(5, seed=5)
    rows = vmap(lambda v: grad(network(W1, W2, x), x, v)[0])(tensor(np.eye(3)))
    np.testing.assert_allclose(
        rows.numpy(), jacobian(lambda t: network(W1, W2, t), x).numpy(), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("device", ["mlx", pytest.param("cuda", marks=pytest.mark.cuda)])
def test_other_backends_agree(device):
    try:
        x = X.detach().float().to(device).requires_grad_()
    except (ImportError, RuntimeError) as missing:
        pytest.skip(f"no device {device} here: {missing}")
    weights = [w.detach().float().to(device).requires_grad_() for w in (W1, W2)]
    y = vmap(network, in_dims=(None, None, 0))(*weights, x)
    right = vmap(network, in_dims=(None, None, 0))(W1, W2, X)
    np.testing.assert_allclose(y.detach().numpy(), right.detach().numpy(), atol=1e-5)
    for ours, theirs in zip(
        grad(y[:, 0].sum(), [*weights, x]), grad(right[:, 0].sum(), [W1, W2, X]), strict=True
    ):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-5)


def test_what_does_not_fit_is_named():
    double = vmap(lambda a, b: a * b, in_dims=(0, 0))
    with pytest.raises(ValueError, match="argument 0 has 2, argument 1 has 3"):
        double(ones(2), ones(3))
    with pytest.raises(ValueError, match=r"in_dims\[0\] \(2\) is no axis .* shape \(2, 3\)"):
        vmap(lambda a: a, in_dims=2)(ones(2, 3))
    with pytest.raises(ValueError, match="must have an entry for each of 1 arguments"):
        vmap(lambda a: a, in_dims=(0, 0))(ones(2))
    with pytest.raises(ValueError, match="at least one argument"):
        vmap(lambda a: a, in_dims=None)(ones(2))
    with pytest.raises(ValueError, match=r"in_dims\[1\] \(0\) must be None: argument 1 is no"):
        vmap(lambda a, b: a, in_dims=(0, 0))(ones(2), 3.0)
    with pytest.raises(TypeError, match="fn returned a float"):
        vmap(lambda a: 1.0)(ones(2))
    with pytest.raises(ValueError, match=r"out_dims \(3\) is no axis"):
        vmap(lambda a: a, out_dims=3)(ones(2))
    with pytest.raises(ValueError, match=r"chunk_size \(0\)"):
        vmap(lambda a: a, chunk_size=0)
    with pytest.raises(TypeError, match="nonzero"):
        vmap(lambda a: (a > 0).nonzero())(ones(2, 3))
