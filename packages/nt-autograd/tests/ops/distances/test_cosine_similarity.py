"""cosine_similarity: angles by hand, blind to lengths, safe at zero."""

import math

import numpy as np
import pytest
from nt_autograd import cosine_similarity, grad, gradcheck, gradgradcheck, tensor


def by_hand(a, b):
    return a @ b / math.sqrt((a @ a) * (b @ b))


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -3])
def test_by_hand_along_any_axis(dim, road, rng):
    a, b = rng.standard_normal((3, 4, 5)), rng.standard_normal((3, 4, 5))
    right = np.vectorize(by_hand, signature="(n),(n)->()")(
        np.moveaxis(a, dim, -1), np.moveaxis(b, dim, -1)
    )
    where = {"dtype": "float32", "device": road}
    found = cosine_similarity(tensor(a, **where), tensor(b, **where), dim)
    np.testing.assert_allclose(found.numpy(), right, rtol=1e-5, atol=1e-6)


def test_shapes_broadcast(rng):
    a, b = rng.standard_normal((3, 1, 4)), rng.standard_normal((5, 4))
    found = cosine_similarity(tensor(a), tensor(b), -1).numpy()
    right = [[by_hand(x, y) for y in b] for x in a[:, 0]]
    np.testing.assert_allclose(found, right, rtol=1e-12)
    assert gradcheck(
        lambda a, b: cosine_similarity(a, b, 2),
        tensor(a, requires_grad=True),
        tensor(b, requires_grad=True),
    )


def test_lengths_do_not_matter(rng):
    a, b = tensor(rng.standard_normal((6, 4))), tensor(rng.standard_normal((6, 4)))
    there = cosine_similarity(a, b).numpy()
    np.testing.assert_allclose(cosine_similarity(a * 1e90, b * 1e-5).numpy(), there, rtol=1e-12)
    np.testing.assert_allclose(cosine_similarity(b, a).numpy(), there, rtol=1e-12)
    np.testing.assert_allclose(cosine_similarity(a, a).numpy(), 1, rtol=1e-12)
    np.testing.assert_allclose(cosine_similarity(-a, a).numpy(), -1, rtol=1e-12)


def test_vectors_of_zeros_have_finite_gradients(road):
    a = tensor([[0.0, 0.0]], device=road, requires_grad=True)
    b = tensor([[3.0, 4.0]], device=road, requires_grad=True)
    y = cosine_similarity(a, b, eps=0.5)
    assert y.item() == 0.0
    ga, gb = grad(y.sum(), [a, b])
    np.testing.assert_allclose(ga.numpy(), [[1.2, 1.6]], rtol=1e-6)  # b's direction over eps
    assert gb.tolist() == [[0.0, 0.0]]
    y = cosine_similarity(a, a.detach() * 1.0)
    assert grad(y.sum(), a)[0].tolist() == [[0.0, 0.0]]


def test_derivatives(rng):
    xs = [tensor(rng.standard_normal((3, 4)), requires_grad=True) for _ in "ab"]
    assert gradcheck(cosine_similarity, *xs)
    assert gradgradcheck(cosine_similarity, *xs)


def test_every_library_goes_the_same_way(road, agree, rng):
    a, b = rng.standard_normal((9, 33)), rng.standard_normal((9, 33))
    agree(cosine_similarity, a, b, device=road, limit=1e-5)
    agree(lambda a, b: cosine_similarity(a.mT, b.mT, 0), a, b, device=road, limit=1e-5)
    agree(cosine_similarity, a, b, device=road, dtype="float16", limit=1e-2)
    agree(cosine_similarity, a[:0], b[:0], device=road)


def test_what_does_not_fit_is_named():
    x = tensor(np.ones((2, 3)))
    with pytest.raises(IndexError, match="dim"):
        cosine_similarity(x, x, 2)
    with pytest.raises(TypeError, match=r"int64"):
        cosine_similarity(tensor([[1]]), tensor([[1]]))


def test_it_is_pytorchs(goldens):
    about, arrays = goldens("loss")["cosine_similarity"]
    xs = [tensor(arrays[f"input.{n}"].astype(np.float64), requires_grad=True) for n in "xy"]
    y = cosine_similarity(*xs, **about["kwargs"])
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-9, atol=1e-12)
