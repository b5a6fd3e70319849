"""Positions that are added: sinusoids by their formula, learned vectors by their place."""

import math

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, tensor, zeros
from nt_nn import LearnedPositionalEmbedding, SinusoidalPositionalEncoding
from nt_tensor import Generator


@pytest.mark.parametrize("width", [1, 2, 5, 8])
@pytest.mark.parametrize("offset", [0, 500])
def test_sinusoids_follow_their_formula(width, offset):
    y = SinusoidalPositionalEncoding(width)(zeros(7, width, dtype="float64"), offset=offset)
    for t in range(7):
        for j in range(width):
            angle = (t + offset) / 10000 ** (2 * (j // 2) / width)
            expected = math.cos(angle) if j % 2 else math.sin(angle)
            assert y[t, j].item() == pytest.approx(expected, abs=1e-12)


def test_a_shift_is_a_rotation_of_the_pairs():
    encoding = SinusoidalPositionalEncoding(6)(zeros(20, 6, dtype="float64")).numpy()
    z = encoding[:, 1::2] + 1j * encoding[:, ::2]
    np.testing.assert_allclose(z[5:], z[:-5] * (z[5] / z[0]), atol=1e-12)


def test_sinusoids_keep_dtype_and_device_and_are_added():
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    want = SinusoidalPositionalEncoding(4)(Tensor(x)).numpy()
    np.testing.assert_allclose(want - x, np.broadcast_to((want - x)[0], (2, 3, 4)), atol=1e-14)
    for device in ("cpu", "mlx"):
        if device == "mlx":
            pytest.importorskip("mlx.core")
        y = SinusoidalPositionalEncoding(4)(tensor(x, dtype="float32", device=device))
        assert str(y.dtype) == "float32"
        np.testing.assert_allclose(y.numpy(), want, atol=1e-6)
    assert list(SinusoidalPositionalEncoding(4).state_dict()) == []


def test_sinusoids_drop_out_while_training_alone():
    layer, x = SinusoidalPositionalEncoding(4, dropout=0.5), Tensor(np.ones((50, 4)))
    assert 0.3 < (layer(x).numpy() == 0).mean() < 0.7
    whole = SinusoidalPositionalEncoding(4)(x).numpy()
    np.testing.assert_array_equal(layer.eval()(x).numpy(), whole)


def test_learned_positions_are_rows_of_the_weight():
    layer = LearnedPositionalEmbedding(10, 4, dtype="float64", generator=Generator(0))
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    np.testing.assert_allclose(
        layer(Tensor(x), offset=7).detach().numpy(), x + layer.weight.detach().numpy()[7:]
    )

    def by_weight(x, weight):
        layer.weight = weight
        return layer(x, offset=2)

    assert gradcheck(by_weight, Tensor(x).requires_grad_(), layer.weight)


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"d_model \(0\) must be positive"):
        SinusoidalPositionalEncoding(0)
    with pytest.raises(ValueError, match=r"dropout \(2\) must be a probability"):
        SinusoidalPositionalEncoding(4, dropout=2)
    with pytest.raises(ValueError, match=r"x must be \(…, time, 4\), got shape \(3, 5\)"):
        SinusoidalPositionalEncoding(4)(zeros(3, 5))
    with pytest.raises(ValueError, match=r"num_positions \(0\) and d_model \(4\)"):
        LearnedPositionalEmbedding(0, 4)
    layer = LearnedPositionalEmbedding(10, 4)
    with pytest.raises(ValueError, match="positions 8 to 10 do not all lie in 0 to 9"):
        layer(zeros(3, 4), offset=8)
    with pytest.raises(ValueError, match=r"x must be \(…, time, 4\), got shape \(3, 5\)"):
        layer(zeros(3, 5))
