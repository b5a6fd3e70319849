"""A module called with other tensors is a function of them, and is itself as before."""

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, hessian, jacobian, ones, randn, tensor
from nt_nn import Buffer, Linear, Module, Sequential, functional_call


class Counting(Module):
    def __init__(self):
        self.layers = [Linear(3, 3), (Linear(3, 3),)]
        self.calls = Buffer(0)

    def forward(self, x, scale=1.0):
        self.calls.add_(1)
        return self.layers[1][0](self.layers[0](x)) * scale


def other_values(module, seed=0):
    rng = np.random.default_rng(seed)
    return {n: tensor(rng.standard_normal(p.shape)) for n, p in module.named_parameters()}


def test_it_equals_a_module_that_holds_those_values():
    net, twin, x = Counting().to("float64"), Counting().to("float64"), randn(4, 3, dtype="float64")
    values = other_values(net)
    twin.load_state_dict(values | {"calls": tensor(0)})
    found = functional_call(net, values, x, {"scale": 2.0})
    np.testing.assert_array_equal(found.detach().numpy(), twin(x, scale=2.0).detach().numpy())


def test_the_module_is_as_before_also_after_an_error():
    net = Counting()
    before = {name: p.data for name, p in net.named_parameters()}
    functional_call(net, {n: v.float() for n, v in other_values(net).items()}, ones(2, 3))
    with pytest.raises(ValueError, match="linear"):
        functional_call(net, {"layers.0.weight": ones(3, 3)}, ones(2, 5))
    for name, parameter in net.named_parameters():
        assert parameter.data is before[name]
        assert parameter.is_leaf
        assert parameter.requires_grad
        assert parameter.grad is None


def test_gradients_go_to_the_given_tensors_and_through_them_to_what_made_them():
    net = Counting().to("float64")
    x = randn(4, 3, dtype="float64")
    values = other_values(net)
    names = list(values)
    gradcheck(
        lambda *given: functional_call(net, dict(zip(names, given, strict=True)), x),
        *[values[name].requires_grad_() for name in names],
    )
    seed = tensor(2.0, dtype="float64", requires_grad=True)
    functional_call(net, {names[0]: values[names[0]].detach() * seed}, x).sum().backward()
    assert seed.grad is not None
    assert net.layers[0].weight.grad is None
    assert net.layers[0].bias.grad is not None  # not named, so the module's own


def test_a_shared_weight_is_replaced_wherever_it_stands():
    net = Sequential(Linear(3, 3, bias=False), Linear(3, 3, bias=False))
    net[1].weight = net[0].weight
    found = functional_call(net, {"0.weight": 2 * tensor(np.eye(3, dtype="float32"))}, ones(3))
    assert found.tolist() == [4.0, 4.0, 4.0]


def test_a_buffer_that_changes_changes_the_given_one():
    net = Counting()
    for device in ("cpu", "mlx"):
        try:
            given = Tensor(tensor(5, device=device).data)
        except (ImportError, RuntimeError):
            continue
        net.to(device)
        functional_call(net, {"calls": given}, ones(1, 3, device=device))
        assert given.item() == 6
        assert net.calls.item() == 0


def test_it_is_a_function_for_jacobian_and_hessian():
    net = Linear(2, 1, bias=False).to("float64")
    x = tensor([[2.0, 3.0]], dtype="float64")
    w = ones(1, 2, dtype="float64")
    assert jacobian(lambda w: functional_call(net, {"weight": w}, x), w).tolist() == [
        [[[2.0, 3.0]]]
    ]
    square = hessian(lambda w: (functional_call(net, {"weight": w}, x) ** 2).sum(), w)
    np.testing.assert_allclose(square.numpy().reshape(2, 2), [[8, 12], [12, 18]])


def test_what_does_not_fit_is_named():
    net = Linear(2, 1)
    with pytest.raises(ValueError, match="names scale, which Linear does not have; it has weight"):
        functional_call(net, {"scale": ones(1)}, ones(2))
    with pytest.raises(ValueError, match=r"weight \(2,\) must have the shape \(1, 2\)"):
        functional_call(net, {"weight": ones(2)}, ones(2))
    with pytest.raises(TypeError, match="weight must be a tensor, not list"):
        functional_call(net, {"weight": [[1.0, 2.0]]}, ones(2))
