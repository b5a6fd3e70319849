"""rotary_embedding: rotations of pairs, by complex numbers; undone, relative, twice derived."""

import numpy as np
import pytest
from nt_autograd import count_flops, grad, gradcheck, gradgradcheck, rotary_embedding, tensor

each_pairing = pytest.mark.parametrize("interleaved", [False, True], ids=["halves", "neighbours"])


def turned(x, angles, interleaved):
    """The pairs as complex numbers, times those on the unit circle."""
    half = x.shape[-1] // 2
    a, b = (x[..., ::2], x[..., 1::2]) if interleaved else (x[..., :half], x[..., half:])
    z = (a + 1j * b) * np.exp(1j * angles)
    y = np.empty(np.broadcast_shapes(x.shape, (*angles.shape[:-1], 2 * half)))
    if interleaved:
        y[..., ::2], y[..., 1::2] = z.real, z.imag
    else:
        y[..., :half], y[..., half:] = z.real, z.imag
    return y


def tables(angles, **where):
    return tensor(np.cos(angles), **where), tensor(np.sin(angles), **where)


@each_pairing
@pytest.mark.parametrize("shape", [(5, 8), (2, 3, 5, 8), (1, 2), (0, 5, 4), (0, 4)])
def test_pairs_turn_by_their_angle(interleaved, shape, road, rng):
    x, angles = rng.standard_normal(shape), rng.standard_normal((shape[-2], shape[-1] // 2)) * 9
    expected = turned(x, angles, interleaved)
    for dtype, limit in (("float64", 1e-13), ("float32", 2e-6), ("float16", 1e-2)):
        if dtype == "float64" and road != "cpu":
            continue
        where = {"dtype": dtype, "device": road}
        y = rotary_embedding(tensor(x, **where), *tables(angles, **where), interleaved=interleaved)
        assert str(y.dtype) == dtype
        np.testing.assert_allclose(y.numpy(), expected, atol=limit)


@each_pairing
def test_every_library_goes_the_same_way(interleaved, road, agree, rng):
    angles = rng.standard_normal((5, 4))

    def turn(x):
        where = {"dtype": x.dtype, "device": x.device}
        return rotary_embedding(x, *tables(angles, **where), interleaved=interleaved)

    agree(turn, rng.standard_normal((2, 3, 5, 8)), device=road)
    agree(
        lambda x: turn(x.transpose(0, 2)[..., ::2]), rng.standard_normal((5, 3, 2, 16)), device=road
    )


@each_pairing
def test_both_derivatives_agree_with_differences(interleaved, rng):
    x = tensor(rng.standard_normal((2, 3, 4)), requires_grad=True)
    cos, sin = tables(rng.standard_normal((3, 2)))
    assert gradcheck(lambda x: rotary_embedding(x, cos, sin, interleaved=interleaved), x)
    assert gradgradcheck(lambda x: rotary_embedding(x * x, cos, sin, interleaved=interleaved), x)


@each_pairing
def test_lengths_stay_and_the_opposite_angle_undoes_it(interleaved, road, rng):
    x = rng.standard_normal((3, 7, 6)).astype(np.float32)
    cos, sin = tables(rng.standard_normal((7, 3)), dtype="float32", device=road)
    y = rotary_embedding(tensor(x, device=road), cos, sin, interleaved=interleaved)
    np.testing.assert_allclose((y.numpy() ** 2).sum(-1), (x**2).sum(-1), rtol=1e-5)
    back = rotary_embedding(y, cos, -sin, interleaved=interleaved)
    np.testing.assert_allclose(back.numpy(), x, atol=1e-6)


@each_pairing
def test_products_depend_on_the_distance_alone(interleaved, rng):
    q, k = rng.standard_normal(8), rng.standard_normal(8)
    speed = 10000.0 ** (-np.arange(4) / 4)

    def score(i, j):
        angles = np.array([[i], [j]]) * speed
        turned = rotary_embedding(
            tensor(np.stack([q, k])), *tables(angles), interleaved=interleaved
        )
        return float(turned.numpy()[0] @ turned.numpy()[1])

    assert score(3, 1) == pytest.approx(score(103, 101), rel=1e-9)
    assert score(3, 1) != pytest.approx(score(3, 2), rel=1e-3)


@each_pairing
def test_every_sequence_may_have_its_own_positions(interleaved, rng):
    x, angles = rng.standard_normal((2, 3, 5, 4)), rng.standard_normal((2, 1, 5, 2))
    y = rotary_embedding(tensor(x), *tables(angles), interleaved=interleaved)
    np.testing.assert_allclose(y.numpy(), turned(x, angles, interleaved), atol=1e-13)
    one = tensor(x[0, 0], requires_grad=True)  # turned in several ways at once: gradients add up
    assert gradcheck(lambda x: rotary_embedding(x, *tables(angles), interleaved=interleaved), one)


def test_float64_tables_widen_nothing():
    x = tensor(np.ones((1, 2)), dtype="float32", requires_grad=True)
    y = rotary_embedding(x, *tables(np.ones((1, 1))))
    (g,) = grad(y.sum(), x)
    assert str(y.dtype) == str(g.dtype) == "float32"


def test_its_cost_both_ways():
    x = tensor(np.ones((3, 4)), requires_grad=True)
    with count_flops() as count:
        rotary_embedding(x, *tables(np.ones((3, 2)))).sum().backward()
    assert count.by_op["rotary"][:2] == (2, 2 * 3 * 12)


def test_what_does_not_fit_is_named():
    cos, sin = tables(np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"x must be \(…, time, even width\), got shape \(3, 5\)"):
        rotary_embedding(tensor(np.ones((3, 5))), cos, sin)
    with pytest.raises(ValueError, match=r"cos must be \(4, 2\) for x \(4, 4\), got \(3, 2\)"):
        rotary_embedding(tensor(np.ones((4, 4))), cos, sin)
    with pytest.raises(ValueError, match=r"sin must be \(3, 2\) for x \(3, 4\), got \(2, 2\)"):
        rotary_embedding(tensor(np.ones((3, 4))), cos, sin[:2])
