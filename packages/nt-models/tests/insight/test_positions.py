"""Tables of positions hold what their modules do with positions."""

import numpy as np
import pytest
from nt_models.insight import distance_profile, position_table
from nt_nn import (
    ALiBi,
    Embedding,
    LearnedPositionalEmbedding,
    Linear,
    RotaryEmbedding,
    SinusoidalPositionalEncoding,
    T5RelativePositionBias,
)


@pytest.mark.parametrize("width", [8, 7])
def test_sinusoids_are_those_of_the_paper_and_have_no_dropout(width):
    module = SinusoidalPositionalEncoding(width, dropout=0.5).train()
    table = position_table(module, 50).numpy()
    t, i = np.arange(50)[:, None], np.arange(width)
    angle = t / 10000.0 ** (2 * (i // 2) / width)
    np.testing.assert_allclose(table, np.where(i % 2, np.cos(angle), np.sin(angle)), atol=1e-6)
    assert module.training


@pytest.mark.parametrize("kind", [Embedding, LearnedPositionalEmbedding])
def test_what_is_learned_is_its_first_rows(kind):
    module = kind(6, 4)
    assert position_table(module, 5).tolist() == module.weight[:5].tolist()
    with pytest.raises(ValueError, match=r"length \(7\) must be at most 6"):
        position_table(module, 7)


@pytest.mark.parametrize("interleaved", [False, True])
def test_rotations_are_cosines_and_sines_of_all_angles(interleaved):
    table = position_table(RotaryEmbedding(6, interleaved=interleaved), 40).numpy()
    angle = np.arange(40)[:, None] * 10000.0 ** (-2 * np.arange(3) / 6)
    np.testing.assert_allclose(table, np.hstack([np.cos(angle), np.sin(angle)]), atol=1e-6)


def test_a_profile_is_a_row_of_the_biases():
    for module in (ALiBi(6), T5RelativePositionBias(3, 8, 20)):
        along, biases = distance_profile(module, 30)
        assert along.tolist() == list(range(-30, 31))
        whole = module(31).detach().numpy()  # (heads, queries, keys)
        np.testing.assert_array_equal(biases.numpy()[:, 30:], whole[:, 0])  # from the first query
        np.testing.assert_array_equal(biases.numpy()[:, :31], whole[:, 30])  # and from the last
        assert not biases.requires_grad


def test_others_are_refused():
    with pytest.raises(TypeError, match="not be a Linear"):
        position_table(Linear(2, 2), 3)
    with pytest.raises(ValueError, match=r"length \(0\) must be positive"):
        position_table(RotaryEmbedding(4), 0)
    with pytest.raises(ValueError, match=r"farthest \(0\) must be positive"):
        distance_profile(ALiBi(2), 0)
    with pytest.raises(TypeError, match="not be a ALiBi"):
        position_table(ALiBi(2), 3)
