"""CosineSimilarity and PairwiseDistance: their ops with the options they were built with."""

import numpy as np
import pytest
from nt_autograd import Tensor, cosine_similarity, gradcheck, pairwise_distance, tensor
from nt_nn import CosineSimilarity, PairwiseDistance


def pair(*shape):
    source = np.random.default_rng(0)
    return Tensor(source.normal(size=shape)), Tensor(source.normal(size=shape))


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_the_cosine_along_any_axis(dim):
    a, b = pair(3, 4, 5)
    found = CosineSimilarity(dim, eps=1e-3)(a, b)
    assert found.tolist() == cosine_similarity(a, b, dim, 1e-3).tolist()
    x, y = (np.moveaxis(t.numpy(), dim, -1) for t in (a, b))
    right = (x * y).sum(-1) / np.linalg.norm(x, axis=-1) / np.linalg.norm(y, axis=-1)
    np.testing.assert_allclose(found.numpy(), right, rtol=1e-12)


@pytest.mark.parametrize("p", [1.0, 2.0, float("inf")])
@pytest.mark.parametrize("keepdim", [False, True])
def test_the_distance_in_any_norm(p, keepdim):
    a, b = pair(3, 4)
    found = PairwiseDistance(p, 1e-2, keepdim)(a, b)
    assert found.tolist() == pairwise_distance(a, b, p, 1e-2, keepdim).tolist()
    right = np.linalg.norm(a.numpy() - b.numpy() + 1e-2, p, axis=-1, keepdims=keepdim)
    np.testing.assert_allclose(found.numpy(), right, rtol=1e-12)


def test_gradients_agree_with_finite_differences():
    for module in (CosineSimilarity(), PairwiseDistance(3.0)):
        assert gradcheck(module, *(t.requires_grad_() for t in pair(3, 4)))


def test_what_they_were_built_with_is_shown():
    assert repr(CosineSimilarity(0, 0.5)) == "CosineSimilarity(dim=0, eps=0.5)"
    shown = repr(PairwiseDistance(1.0, 0.5, True))
    assert shown == "PairwiseDistance(p=1.0, eps=0.5, keepdim=True)"


def test_what_does_not_fit_is_refused():
    with pytest.raises(IndexError, match="dim"):
        CosineSimilarity(2)(*pair(3, 4))
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        PairwiseDistance()(tensor([1.0, 2.0]), tensor([1.0, 2.0, 3.0]))
