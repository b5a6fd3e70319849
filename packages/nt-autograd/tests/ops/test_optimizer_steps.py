"""fused_update: a rule for one element is the same on every road, in place, at any size."""

import nt_tensor
import numpy as np
import pytest
from nt_autograd import fused_update, gradcheck, tensor


def adam(xp, g, p, m, v, rate, new1, beta2, new2, inverse, eps, decay):
    m = m + new1 * (g - m)
    v = beta2 * v + new2 * (g * g)
    return decay * p - rate * (m / (inverse * xp.sqrt(v) + eps)), m, v


def every_name(xp, g, p, low, high):
    size = xp.minimum(xp.maximum(xp.abs(g), low), high)
    return xp.where(g > 0, p - size, p + xp.sign(g) * xp.sqrt(size))


def descend(xp, g, p, lr):
    return p - lr * g


def swap(xp, g, a, b, c, d):
    return d + g, c, b, a


NUMBERS = (1e-3, 0.1, 0.999, 1e-3, 1.5, 1e-8, 0.99)


def arrays(values, dtype, device):
    return nt_tensor.asarray(np.array(values), dtype=dtype, device=device)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 5), (70001,), (0, 3), (2, 1, 40000)])
def test_a_rule_gives_what_its_text_says_in_float64(shape, road, rng):
    values = [rng.standard_normal(shape) for _ in range(4)]
    values[3] = values[3] ** 2
    g, *state = (arrays(v, "float32", road) for v in values)
    found = fused_update(adam, g, state, NUMBERS)
    for y, z in zip(found, adam(np, *values, *NUMBERS), strict=True):
        assert str(nt_tensor.dtype_of(y)) == "float32"
        assert y.shape == shape
        np.testing.assert_allclose(nt_tensor.to_numpy(y), z, rtol=2e-5, atol=1e-6)


def test_all_functions_of_xp_mean_the_same_everywhere(road, rng):
    g = rng.standard_normal(33) * 10.0 ** rng.integers(-20, 20, 33)
    g[:4] = 0.0, -0.0, 1.0, -1.0
    p = rng.standard_normal(33)
    (found,) = fused_update(
        every_name, arrays(g, "float32", road), [arrays(p, "float32", road)], (0.25, 4.0)
    )
    expected = every_name(np, g, p, 0.25, 4.0)
    np.testing.assert_allclose(nt_tensor.to_numpy(found), expected, rtol=1e-6)


def test_one_to_four_arrays_come_back_in_order(road):
    one = arrays([1.0, 1.0], "float32", road)
    values = [arrays([i, i + 0.5], "float32", road) for i in range(4)]
    found = [nt_tensor.to_numpy(y).tolist() for y in fused_update(swap, one, values)]
    assert found == [[4.0, 4.5], [2.0, 2.5], [1.0, 1.5], [0.0, 0.5]]
    for bad in ([], values + [one]):
        with pytest.raises(ValueError, match=f"one to four, got {len(bad)}"):
            fused_update(swap, one, bad)


def test_shapes_that_differ_are_named(road):
    with pytest.raises(ValueError, match=r"shape of grad, \(2,\), not \(1, 2\)"):
        fused_update(
            descend, arrays([1.0, 2.0], "float32", road), [arrays([[1.0, 2.0]], "float32", road)]
        )


def test_nan_and_infinity_are_never_hidden(road):
    g = arrays([np.nan, 1.0, np.inf, 1e30], "float32", road)
    rest = [arrays(np.ones(4), "float32", road) for _ in range(3)]
    with np.errstate(all="ignore"):
        p, m, v = (nt_tensor.to_numpy(y) for y in fused_update(adam, g, rest, NUMBERS))
        (clipped,) = fused_update(every_name, g, [rest[0] * 0.0], (0.25, 4.0))
    assert np.isnan([p[0], m[0], v[0], nt_tensor.to_numpy(clipped)[0]]).all()
    assert v[3] == np.inf
    assert np.isfinite([p[1], p[3]]).all()


def test_a_gradient_is_left_as_it_was(road):
    g = arrays([1.0, 2.0], "float32", road)
    for _ in range(2):
        fused_update(adam, g, [arrays([1.0, 2.0], "float32", road) for _ in range(3)], NUMBERS)
    assert nt_tensor.to_numpy(g).tolist() == [1.0, 2.0]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_dtypes_stay_whatever_the_numbers_are(dtype, road):
    if dtype == "float64" and road != "cpu":
        pytest.skip("float64 is checked on the CPU")
    g, p, m = (arrays([1.0, 3e4], dtype, road) for _ in range(3))
    v = arrays([1.0, 1.0], "float32" if dtype == "float16" else dtype, road)
    found = fused_update(adam, g, (p, m, v), [np.float64(n) for n in NUMBERS])
    assert [str(nt_tensor.dtype_of(y)) for y in found[:2]] == [dtype, dtype]
    assert nt_tensor.dtype_of(found[2]) == nt_tensor.dtype_of(v)
    exact = adam(np, *(np.array([1.0, 3e4]) for _ in range(3)), np.ones(2), *NUMBERS)
    for y, z in zip(found, exact, strict=True):  # 3e4 squared is beyond float16
        np.testing.assert_allclose(nt_tensor.to_numpy(y), z, rtol=1e-3)


def test_numpy_writes_in_place_strided_arrays_too(bodies, rng):
    for dtype in ("float16", "float32", "float64"):
        for view in (np.s_[:], np.s_[::2], np.s_[::-1]):
            whole = rng.standard_normal((6, 4)).astype(dtype)
            untouched = whole[1].copy()
            p, g = whole[view].T, np.ones((4, 6), dtype)[:, view]
            expected = p - np.asarray(0.5, dtype)
            (found,) = fused_update(descend, g, [p], [0.5])
            assert found is p
            np.testing.assert_array_equal(p, expected)
            if view == np.s_[::2]:
                np.testing.assert_array_equal(whole[1], untouched)


def test_compiled_rules_of_one_name_are_told_apart(bodies):
    def made(factor):
        if factor == 2:
            return lambda xp, g, p, c: p - 2.0 * c * g
        return lambda xp, g, p, c: p - 3.0 * c * g

    for factor in (2, 3):
        (p,) = fused_update(made(factor), np.ones(3, np.float32), [np.ones(3, np.float32)], [1.0])
        assert p.tolist() == [1.0 - factor] * 3


def test_steps_down_a_bowl_go_down():
    x = tensor([3.0, -4.0], dtype="float64", requires_grad=True)
    assert gradcheck(lambda x: (x * x).sum(), x)
    losses = []
    for _ in range(40):
        loss = (x * x).sum()
        losses.append(loss.item())
        x.grad = None
        loss.backward()
        (x.data,) = fused_update(descend, x.grad.data, [x.data], [0.25])
    assert losses[-1] < 1e-20
