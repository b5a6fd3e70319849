"""pairwise_distance: norms of differences by hand, broadcasting, still where nothing differs."""

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, pairwise_distance, tensor


@pytest.mark.parametrize("p", [0.5, 1.0, 2.0, 3.0, float("inf")])
@pytest.mark.parametrize("keepdim", [False, True])
def test_by_hand(p, keepdim, road, rng):
    a, b = rng.standard_normal((4, 5)), rng.standard_normal((4, 5))
    right = [np.linalg.norm(x - y + 1e-6, p) for x, y in zip(a, b, strict=True)]
    where = {"dtype": "float32", "device": road}
    found = pairwise_distance(tensor(a, **where), tensor(b, **where), p, keepdim=keepdim).numpy()
    assert found.shape == ((4, 1) if keepdim else (4,))
    np.testing.assert_allclose(found.reshape(-1), right, rtol=1e-5)


def test_shapes_broadcast_and_vectors_may_be_alone(rng):
    a, b = rng.standard_normal((3, 1, 4)), rng.standard_normal((5, 4))
    found = pairwise_distance(tensor(a), tensor(b), eps=0.0).numpy()
    np.testing.assert_allclose(found, np.linalg.norm(a - b, axis=-1), rtol=1e-12)
    assert pairwise_distance(tensor(b[0]), tensor(b[1])).shape == ()


@pytest.mark.parametrize("p", [0.5, 1.0, 2.0, 3.0, float("inf")])
def test_where_nothing_differs_nothing_moves(p, road):
    a = tensor(np.ones((2, 3), np.float32), device=road, requires_grad=True)
    y = pairwise_distance(a, a.detach() * 1.0, p, eps=0.0)
    assert y.tolist() == [0.0, 0.0]
    assert grad(y.sum(), a)[0].tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
def test_derivatives(p, rng):
    xs = [tensor(rng.standard_normal((3, 4)), requires_grad=True) for _ in "ab"]
    assert gradcheck(lambda a, b: pairwise_distance(a, b, p), *xs)
    assert gradgradcheck(lambda a, b: pairwise_distance(a, b, p), *xs)


def test_every_library_goes_the_same_way(road, agree, rng):
    a, b = rng.standard_normal((9, 33)), rng.standard_normal((9, 33))
    agree(pairwise_distance, a, b, device=road, limit=1e-5)
    agree(pairwise_distance, a[:0], b[:0], device=road)
    agree(pairwise_distance, a, b, device=road, dtype="float16", limit=1e-2)


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"sub.*\(2, 3\).*\(2, 4\)"):
        pairwise_distance(tensor(np.ones((2, 3))), tensor(np.ones((2, 4))))


def test_it_is_pytorchs(goldens):
    about, arrays = goldens("loss")["pairwise_distance"]
    xs = [tensor(arrays[f"input.{n}"].astype(np.float64)) for n in "xy"]
    y = pairwise_distance(*xs, **about["kwargs"])
    np.testing.assert_allclose(y.numpy(), arrays["output.0"], rtol=1e-9, atol=1e-12)
