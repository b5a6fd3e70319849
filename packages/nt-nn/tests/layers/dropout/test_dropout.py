"""Dropout forgets the share that it should, keeps the mean, and is quiet in evaluation."""

import numpy as np
import pytest
from nt_autograd import (
    Tensor,
    alpha_dropout,
    dropout,
    dropout1d,
    dropout2d,
    dropout3d,
    feature_alpha_dropout,
    ones,
    tensor,
)
from nt_nn import (
    AlphaDropout,
    Dropout,
    Dropout1d,
    Dropout2d,
    Dropout3d,
    FeatureAlphaDropout,
)
from nt_tensor import Generator, manual_seed


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_share_that_is_dropped_is_p_and_the_mean_stays(p):
    n = 200_000
    y = Dropout(p, generator=Generator(0))(ones(n)).numpy()
    spread = 4 * (p * (1 - p) / n) ** 0.5  # four standard deviations
    assert abs((y == 0).mean() - p) < spread
    assert abs(y.mean() - 1) < spread / (1 - p)
    assert np.allclose(y[y != 0], 1 / (1 - p))


def test_the_gradient_passes_where_the_value_passed():
    x = tensor([1.0] * 50, requires_grad=True)
    y = Dropout(0.5, generator=Generator(1))(x)
    y.sum().backward()
    assert x.grad.tolist() == y.tolist()


def test_in_evaluation_and_with_p_zero_the_input_comes_back_and_nothing_is_drawn():
    source, x = Generator(0), ones(3)
    before = source.state_dict()
    assert Dropout(0.5, generator=source).eval()(x) is x
    assert Dropout(0.0, generator=source)(x) is x
    assert source.state_dict() == before


def test_masks_come_from_the_given_generator_or_from_the_threads_own():
    x = ones(64)
    first, second = (Dropout(0.5, generator=Generator(5))(x).tolist() for _ in range(2))
    assert first == second
    manual_seed(5)
    assert Dropout(0.5)(x).tolist() == first
    layer = Dropout(0.5, generator=Generator(5))
    assert layer(x).tolist() == first
    assert layer(x).tolist() != first


def test_everything_can_be_dropped_without_a_division_by_zero():
    x = Tensor(np.float32([1.0, np.inf, -2.0])[:1]).requires_grad_()
    y = Dropout(1.0)(x)
    y.sum().backward()
    assert y.tolist() == [0.0]
    assert x.grad.tolist() == [0.0]


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_named(p):
    with pytest.raises(ValueError, match="must be a probability"):
        Dropout(p)


FAMILY = [
    (Dropout, (4, 5), dropout),
    (Dropout1d, (4, 5, 2), dropout1d),
    (Dropout2d, (4, 5, 2, 2), dropout2d),
    (Dropout3d, (4, 5, 2, 1, 2), dropout3d),
    (AlphaDropout, (4, 5), alpha_dropout),
    (FeatureAlphaDropout, (4, 5, 2), feature_alpha_dropout),
]
each = pytest.mark.parametrize(
    ("kind", "shape", "function"), FAMILY, ids=[k.__name__ for k, _, _ in FAMILY]
)


@each
def test_each_is_its_op_while_training_and_nothing_in_evaluation(kind, shape, function):
    x = ones(*shape)
    right = function(x, 0.3, True, generator=Generator(5)).tolist()
    layer = kind(0.3, generator=Generator(5))
    assert layer(x).tolist() == right
    assert right != x.tolist()
    before = layer.generator.state_dict()
    assert layer.eval()(x) is x
    assert layer.generator.state_dict() == before


@each
def test_each_drops_half_unless_told(kind, shape, function):
    assert kind().p == 0.5
    assert repr(kind(0.2)) == f"{kind.__name__}(p=0.2)"
    assert list(kind().state_dict()) == []
    with pytest.raises(ValueError, match=r"p \(1.5\) must be a probability"):
        kind(1.5)
