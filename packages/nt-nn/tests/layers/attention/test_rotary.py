"""RotaryEmbedding: rotations by complex numbers; distances, layouts, far positions, scalings."""

import copy
import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, tensor
from nt_nn import DynamicNTKRopeScaling, RopeScaling, RotaryEmbedding, YarnRopeScaling


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def turned(x, positions, dim, base=10000.0):
    """The halves of x (…, T, dim) as complex numbers, times those on the unit circle."""
    angles = np.asarray(positions)[..., None] * base ** (-np.arange(0, dim, 2) / dim)
    z = (x[..., : dim // 2] + 1j * x[..., dim // 2 : dim]) * np.exp(1j * angles)
    return np.concatenate([z.real, z.imag, x[..., dim:]], -1)


@pytest.mark.parametrize("dim", [2, 6, 8])
@pytest.mark.parametrize("time", [1, 5, 300])
def test_pairs_turn_by_position_times_frequency(dim, time):
    x = normal(2, 3, time, 8)
    rotary = RotaryEmbedding(dim)
    np.testing.assert_allclose(
        rotary(Tensor(x)).numpy(), turned(x, np.arange(time), dim), atol=1e-12
    )
    np.testing.assert_allclose(
        rotary(Tensor(x), offset=999).numpy(), turned(x, 999 + np.arange(time), dim), atol=1e-11
    )


def test_positions_may_be_any_and_differ_between_sequences():
    x, rotary = normal(2, 3, 4, 6), RotaryEmbedding(6)
    own = np.array([[0, 5, 5, 1000], [7, 0, 1, 2]])
    y = rotary(Tensor(x), tensor(own[:, None].tolist())).numpy()
    np.testing.assert_allclose(y, turned(x, own[:, None], 6), atol=1e-11)
    y = rotary(Tensor(x), tensor([3, 2, 1, 0])).numpy()
    np.testing.assert_allclose(y, turned(x, [3, 2, 1, 0], 6), atol=1e-12)


def test_both_layouts_are_one_after_reordering_the_features():
    x, order = normal(3, 5, 8), np.arange(8).reshape(2, 4).T.ravel()  # 0 4 1 5 …
    halves = RotaryEmbedding(8)(Tensor(x)).numpy()
    neighbours = RotaryEmbedding(8, interleaved=True)(Tensor(x[..., order])).numpy()
    np.testing.assert_allclose(neighbours, halves[..., order], atol=1e-13)


@pytest.mark.parametrize("interleaved", [False, True])
def test_scores_depend_on_the_distance_alone(interleaved):
    rotary = RotaryEmbedding(8, interleaved=interleaved)
    q, k = Tensor(normal(1, 8)), Tensor(normal(1, 8, seed=1))

    def score(i, j):
        return (rotary(q, offset=i) * rotary(k, offset=j)).sum().item()

    assert score(3, 1) == pytest.approx(score(1003, 1001), rel=1e-9)
    assert score(3, 1) != pytest.approx(score(3, 2), rel=1e-3)


def test_far_positions_are_exact_in_float32():
    x = normal(1, 2)
    y = RotaryEmbedding(2)(tensor(x, dtype="float32"), offset=99_999).numpy()
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, turned(x, [99_999], 2), atol=2e-7)


def test_a_longer_sequence_than_any_before_changes_the_dynamic_frequencies():
    rotary = RotaryEmbedding(4, scaling=DynamicNTKRopeScaling(2.0, original_length=8))
    x = normal(16, 4)
    short = rotary(Tensor(x[:8])).numpy()
    np.testing.assert_allclose(short, turned(x[:8], np.arange(8), 4), atol=1e-13)
    base = 10000.0 * (2 * 16 / 8 - 1) ** (4 / 2)
    long = rotary(Tensor(x)).numpy()
    np.testing.assert_allclose(long, turned(x, np.arange(16), 4, base), atol=1e-12)
    np.testing.assert_array_equal(rotary(Tensor(x[:8])).numpy(), short)


def test_yarn_stretches_what_it_turns():
    scaling = YarnRopeScaling(4.0, original_length=64)
    x = normal(5, 8)
    y = RotaryEmbedding(8, scaling=scaling)(Tensor(x)).numpy()
    length, before = np.linalg.norm(y, axis=-1), np.linalg.norm(x, axis=-1)
    np.testing.assert_allclose(length, before * scaling.magnitude(), rtol=1e-12)


@pytest.mark.parametrize("positions", [None, [4, 0, 2]])
def test_gradients_agree_with_finite_differences(positions):
    rotary = RotaryEmbedding(4)
    at = None if positions is None else tensor(positions)
    assert gradcheck(lambda x: rotary(x, at), Tensor(normal(2, 3, 6)).requires_grad_())


@pytest.mark.parametrize("device", ["cpu", "mlx"])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_dtype_and_device_stay(device, dtype):
    if device == "mlx":
        pytest.importorskip("mlx.core")
    x, at = normal(2, 3, 4), [3, 700, 1]
    given = tensor(x, dtype=dtype, device=device)
    y = RotaryEmbedding(4)(given, tensor(at, device=device))
    assert (str(y.dtype), y.device) == (dtype, given.device)
    limit = 1e-2 if dtype == "float16" else 1e-6
    np.testing.assert_allclose(y.numpy().astype(float), turned(x, at, 4), atol=limit)


def test_a_copy_turns_alike_and_carries_no_tables():
    rotary, x = RotaryEmbedding(4, scaling=YarnRopeScaling(4.0, 64)), Tensor(normal(3, 4))
    want, small = rotary(x).numpy(), len(pickle.dumps(RotaryEmbedding(4)))
    for made in (copy.deepcopy(rotary), pickle.loads(pickle.dumps(rotary))):
        np.testing.assert_array_equal(made(x).numpy(), want)
    assert len(pickle.dumps(rotary)) < small + 300


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"dim \(3\) must be even"):
        RotaryEmbedding(3)
    with pytest.raises(ValueError, match=r"base \(1\) must be above 1"):
        RotaryEmbedding(4, 1)
    rotary, x = RotaryEmbedding(4), Tensor(normal(3, 4))
    with pytest.raises(ValueError, match=r"\(…, time, 4 or more\), got shape \(3, 2\)"):
        rotary(x[:, :2])
    with pytest.raises(ValueError, match=r"positions \(2,\) must be \(3,\)"):
        rotary(x, tensor([1, 2]))
    with pytest.raises(ValueError, match="positions must not be negative, got -1"):
        rotary(x, tensor([0, -1, 2]))
    with pytest.raises(TypeError, match="positions must be integers, not float32"):
        rotary(x, tensor([0.0, 1.0, 2.0]))
    assert repr(rotary) == "RotaryEmbedding(4, base=10000.0, interleaved=False)"


def test_frequencies_that_know_the_length_are_asked_for_each_and_others_once():
    asked = []

    @dataclass(frozen=True)
    class Longer(RopeScaling):
        """Turns the slower, the longer the sequence is."""

        def frequencies(self, dim, base, length):
            asked.append(length)
            return [1 / length] * (dim // 2)

    rotary = RotaryEmbedding(2, scaling=Longer())
    x = Tensor(np.ones((2, 2)))
    for length in (2, 2, 4):
        angle = rotary(x, offset=length - 2)[-1].numpy()
        want = [np.cos((length - 1) / length), np.sin((length - 1) / length)]
        np.testing.assert_allclose(angle, [want[0] - want[1], want[0] + want[1]])
    assert asked == [2, 4]
