"""The batch normalisation kernels against their formula, for few and for many places."""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels

SHAPES = [(6, 3, 1), (4, 3, 5), (3, 2, 100), (1, 2, 70)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("affine", [True, False])
def test_forward_and_backward_are_the_formula(shape, affine, device):
    rng = np.random.default_rng(0)
    x, g = rng.standard_normal((2, *shape)) * 2 + 3
    w, b = rng.standard_normal((2, shape[1], 1)) if affine else (np.ones((shape[1], 1)), 0.0)
    mean, var = x.mean((0, 2), keepdims=True), x.var((0, 2), keepdims=True)
    rstd = 1 / np.sqrt(var + 1e-5)
    xhat = (x - mean) * rstd
    gxhat = g * w
    gx = rstd * (
        gxhat
        - gxhat.mean((0, 2), keepdims=True)
        - xhat * (gxhat * xhat).mean((0, 2), keepdims=True)
    )
    tx, tg = [nt.asarray(a.astype(np.float32), device=device) for a in (x, g)]
    tw, tb = None, None
    if affine:
        tw, tb = [nt.asarray(a[:, 0].astype(np.float32), device=device) for a in (w, b)]
    m, v = kernels.batch_statistics(tx)
    np.testing.assert_allclose(nt.to_numpy(m), mean[0, :, 0], rtol=1e-4)
    np.testing.assert_allclose(nt.to_numpy(v), var[0, :, 0], rtol=1e-4)
    r = nt.asarray(rstd[0, :, 0].astype(np.float32), device=device)
    y = kernels.batch_norm(tx, tw, tb, m, r)
    np.testing.assert_allclose(nt.to_numpy(y), xhat * w + b, rtol=1e-3, atol=1e-4)
    found = kernels.batch_norm_backward(tg, tx, tw, m, r)
    expected = gx, (g * xhat).sum((0, 2)), g.sum((0, 2))
    for a, b_ in zip(found, expected, strict=True):
        np.testing.assert_allclose(nt.to_numpy(a), b_, rtol=1e-3, atol=1e-3)
