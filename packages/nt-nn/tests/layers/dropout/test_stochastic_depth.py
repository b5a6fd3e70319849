"""StochasticDepth is its op while training, and nothing in evaluation."""

import pytest
from nt_autograd import ones, stochastic_depth
from nt_nn import StochasticDepth
from nt_tensor import Generator


@pytest.mark.parametrize("mode", ["row", "batch"])
def test_it_is_its_op_while_training_and_nothing_in_evaluation(mode):
    x = ones(30, 2)
    layer, source = StochasticDepth(0.3, mode, generator=Generator(4)), Generator(4)
    for _ in range(5):
        assert layer(x).tolist() == stochastic_depth(x, 0.3, mode, generator=source).tolist()
    assert layer.eval()(x) is x
    assert layer.generator.state_dict() == source.state_dict()


def test_its_settings():
    assert repr(StochasticDepth(0.2, "row")) == "StochasticDepth(p=0.2, mode=row)"
    with pytest.raises(ValueError, match=r"p \(-1\) must be a probability"):
        StochasticDepth(-1, "row")
    with pytest.raises(ValueError, match='mode must be "row" or "batch", got \'all\''):
        StochasticDepth(0.2, "all")
