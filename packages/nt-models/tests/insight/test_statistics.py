"""The statistics are those that NumPy finds in the same numbers."""

import numpy as np
import pytest
from nt_autograd import tensor, zeros
from nt_models import capture
from nt_models.insight import activation_statistics

FIELDS = ("mean", "std", "zeros", "largest")


def test_they_are_those_of_the_numbers(device):
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((5, 7, 3)) * 20 + 1e3).astype("float32")  # far from zero
    x[rng.random(x.shape) < 0.3] = 0.0
    x[0, 0, 0] = -5e3
    (found,) = activation_statistics({"up": [zeros(1), tensor(x, device=device)]})
    wide = x.astype("float64")
    right = (wide.mean(), wide.std(), (wide == 0).mean(), 5e3)
    np.testing.assert_allclose([getattr(found, f) for f in FIELDS], right, rtol=1e-4)
    assert (found.name, found.elements) == ("up", x.size)


def test_half_precision_does_not_overflow():
    (found,) = activation_statistics({"": tensor(np.full((64, 64), 300.0, "float16"))})
    assert found.mean == pytest.approx(300)
    assert found.std == pytest.approx(0, abs=1e-3)


def test_of_a_model_each_module_that_gives_floats_is_there_in_order(small, tokens):
    model = small()
    with capture(model) as seen:
        model(tokens())
        names = [each.name for each in activation_statistics(seen.outputs)]
        assert names == list(seen.outputs)


def test_what_is_no_tensor_of_floats_is_left_out_or_refused():
    outputs = {"a": (zeros(1), zeros(1)), "b": zeros(3, dtype="int64"), "c": [], "d": zeros(0)}
    with pytest.raises(ValueError, match="no module in it gave a tensor of floats"):
        activation_statistics(outputs)
    assert [each.name for each in activation_statistics({**outputs, "e": zeros(2)})] == ["e"]
