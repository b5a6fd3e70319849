"""What is counted is counted once."""

from nt_nn import Linear, Sequential, count_parameters


def test_frozen_and_shared_parameters_are_counted_as_asked():
    net = Sequential(Linear(4, 4, bias=False), Linear(4, 4, bias=False), Linear(4, 1))
    net[1].weight = net[0].weight
    assert count_parameters(net) == 16 + 5
    net[2].requires_grad_(False)
    assert count_parameters(net, trainable_only=True) == 16
