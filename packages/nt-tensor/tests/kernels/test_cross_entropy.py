"""Cross-entropy: every body against the reference in float64, in both layouts, with all options."""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels
from nt_tensor.kernels import class_counts, class_shares, cross_entropy, times

cross_entropy(np.zeros((1, 1), np.float32), np.zeros(1, np.int64), None, -100, 0.0)  # loads bodies
LIBRARIES = [name for name in ("numpy", "numba") if name in cross_entropy.bodies]
SHAPES = [
    (7, 5),
    (3, 1),
    (130, 300),
    (2, 5, 3),
    (1, 300, 70),
    (3, 1, 2),
    (2, 2000, 100),
    (0, 4),
    (2, 3, 0),
]


def case(shape, seed=0):
    source = np.random.default_rng([seed, *shape])
    target = source.integers(0, shape[1], (shape[0], *shape[2:]))
    if target.size > 1:
        target.reshape(-1)[::3] = -100
    return source.standard_normal(shape) * 4, target, source.uniform(0, 2, shape[1])


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_every_body_is_the_reference(library, shape, weighted, smoothing, dtype):
    logits, target, weight = case(shape)
    weight[0] = 0.0
    logits = logits.astype(dtype)
    w = weight.astype(dtype) if weighted else None
    wide = (logits.astype(float), target, None if w is None else w.astype(float))
    right = cross_entropy.reference(*wide, -100, smoothing, 0.25)
    found = cross_entropy.bodies[library](logits, target, w, -100, smoothing, 0.25)
    limit = {"float64": 1e-12, "float32": 1e-5, "float16": 2e-3}[dtype]
    for y, z in zip(found, right, strict=True):
        np.testing.assert_allclose(y, z, rtol=limit, atol=limit * max(1, abs(z).max(initial=0)))
    assert found[1].dtype == dtype


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("shape", [s for s in SHAPES if len(s) == 3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_transposed_logits_keep_their_layout(library, shape, weighted, smoothing, dtype):
    logits, target, weight = case(shape)
    w = weight.astype(dtype) if weighted else None
    turned = np.ascontiguousarray(logits.astype(dtype).swapaxes(1, 2)).swapaxes(1, 2)
    right = cross_entropy.reference(turned, target, w, -100, smoothing, 0.25)
    found = cross_entropy.bodies[library](turned, target, w, -100, smoothing, 0.25)
    limit = {"float64": 1e-12, "float32": 1e-5}[dtype]
    for y, z in zip(found, right, strict=True):
        assert y.shape == z.shape
        np.testing.assert_allclose(y, z, rtol=limit, atol=limit * max(1, abs(z).max(initial=0)))
    assert found[1].swapaxes(1, 2).flags.c_contiguous
    assert found[1].dtype == dtype


@pytest.mark.parametrize("shape", [(7, 5), (2, 5, 3)])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_every_library_agrees(shape, smoothing, backend, device):
    logits, target, weight = case(shape)
    right = cross_entropy.reference(logits, target, weight, -100, smoothing)
    arrays = [nt.asarray(a.astype(np.float32), device=device) for a in (logits, weight)]
    labels = nt.asarray(target, device=device)
    found = cross_entropy(arrays[0], labels, arrays[1], -100, smoothing)
    for y, z in zip(found, right, strict=True):
        np.testing.assert_allclose(nt.to_numpy(y), z, rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize("library", LIBRARIES)
def test_logits_in_any_memory_order(library):
    logits, target, _ = case((6, 80))
    for x in (np.asfortranarray(logits), logits[::-1][::-1], np.repeat(logits, 2, 1)[:, ::2]):
        x = x.astype(np.float32, order="K")
        found = cross_entropy.bodies[library](x, target, None, -100, 0.0)
        right = cross_entropy.reference(x.astype(float), target, None, -100, 0.0)
        for y, z in zip(found, right, strict=True):
            np.testing.assert_allclose(y, z, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("shape", [(3, 400), (1, 400, 3)])
def test_nan_and_impossible_classes_stay_what_they_are(library, shape):
    logits, _, _ = case(shape)
    x = np.moveaxis(logits.astype(np.float32), 1, -1).copy()  # (…, classes): three rows
    flat = x.reshape(3, 400)
    flat[0, 399], flat[1, 5], flat[2, 7] = np.nan, -np.inf, np.inf
    x = np.ascontiguousarray(np.moveaxis(flat.reshape(x.shape), -1, 1))
    target = np.zeros((3,) if len(shape) == 2 else (1, 3), np.int64)
    with np.errstate(invalid="ignore"):
        losses, slope = cross_entropy.bodies[library](x, target, None, -100, 0.0)
    losses, slope = losses.reshape(-1), np.moveaxis(slope, 1, -1).reshape(3, 400)
    assert np.isnan(losses[[0, 2]]).all()
    assert np.isnan(slope[0]).all()
    assert np.isfinite(losses[1])
    assert slope[1, 5] == 0.0


def test_counts_and_shares_are_those_of_the_targets():
    target, weight = np.array([[0, 2], [-100, 1]]), np.array([0.5, 1.0, 2.0])
    assert class_counts(target, weight, -100).tolist() == [[0.5, 2.0], [0.0, 1.0]]
    assert class_counts(target, None, -100).tolist() == [[1, 1], [0, 1]]
    shares = class_shares(np.zeros((2, 3, 2)), target, weight, -100, 0.3)
    np.testing.assert_allclose(shares[1, :, 0], 0.0)
    np.testing.assert_allclose(shares[0, :, 1], weight * [0.1, 0.1, 0.8])


@pytest.mark.parametrize("g", [1.0, -2.0, np.nan])
def test_times_is_the_product(g, backend, device):
    slope = nt.asarray(np.array([1.0, -3.0], np.float32), device=device)
    found = nt.to_numpy(times(slope, nt.asarray(np.float32(g), device=device)))
    np.testing.assert_array_equal(found, np.array([g, -3 * g], np.float32))
    assert kernels.times is times
