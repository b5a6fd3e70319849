"""RNN: names, options, a state that is carried, PyTorch's numbers."""

import numpy as np
import pytest
from nt_autograd import rnn_relu, rnn_tanh, tensor, zeros
from nt_nn import RNN, Parameter
from nt_tensor import Generator

SIGNALS = np.random.default_rng(0).standard_normal((5, 2, 3)).astype(np.float32)


@pytest.mark.parametrize(("nonlinearity", "op"), [("tanh", rnn_tanh), ("relu", rnn_relu)])
def test_it_is_the_op_on_its_parameters(nonlinearity, op):
    layer = RNN(3, 4, 2, nonlinearity, bidirectional=True)
    y, h = layer(tensor(SIGNALS))
    expected = op(
        tensor(SIGNALS), zeros(4, 2, 4), list(layer.parameters()), True, 2, bidirectional=True
    )
    np.testing.assert_array_equal(y.detach().numpy(), expected[0].detach().numpy())
    np.testing.assert_array_equal(h.detach().numpy(), expected[1].detach().numpy())


def test_the_parameters_have_pytorchs_names_and_shapes():
    layer = RNN(3, 4, 2, bidirectional=True)
    assert {name: p.shape for name, p in layer.named_parameters()} == {
        "weight_ih_l0": (4, 3),
        "weight_hh_l0": (4, 4),
        "bias_ih_l0": (4,),
        "bias_hh_l0": (4,),
        "weight_ih_l0_reverse": (4, 3),
        "weight_hh_l0_reverse": (4, 4),
        "bias_ih_l0_reverse": (4,),
        "bias_hh_l0_reverse": (4,),
        "weight_ih_l1": (4, 8),
        "weight_hh_l1": (4, 4),
        "bias_ih_l1": (4,),
        "bias_hh_l1": (4,),
        "weight_ih_l1_reverse": (4, 8),
        "weight_hh_l1_reverse": (4, 4),
        "bias_ih_l1_reverse": (4,),
        "bias_hh_l1_reverse": (4,),
    }
    assert len(list(RNN(3, 4, bias=False).parameters())) == 2


def test_initial_values_are_uniform_and_come_from_the_generator():
    one, two = (RNN(3, 16, generator=Generator(0)) for _ in range(2))
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert a.tolist() == b.tolist()
        assert abs(a.detach().numpy()).max() <= 0.25
    assert one.weight_hh_l0.detach().numpy().std() == pytest.approx(0.25 / 3**0.5, rel=0.1)


def test_a_parameter_that_two_layers_share_serves_both():
    layer = RNN(4, 4, 2)
    layer.weight_hh_l1 = layer.weight_hh_l0
    y, _ = layer(tensor(np.ones((3, 1, 4), np.float32)))
    y.sum().backward()
    assert len(list(layer.parameters())) == 7
    assert all(abs(p.grad.numpy()).max() > 0 for p in layer.parameters())


def test_its_repr_tells_what_is_not_as_usual():
    assert repr(RNN(3, 4)) == "RNN(3, 4)"
    assert repr(RNN(3, 4, 2, "relu", bidirectional=True)) == (
        "RNN(3, 4, num_layers=2, bidirectional=True, nonlinearity='relu')"
    )


def test_what_does_not_fit_is_named():
    for wrong in ({"input_size": 0}, {"hidden_size": 0}, {"num_layers": 0}):
        with pytest.raises(ValueError, match="must be positive"):
            RNN(**{"input_size": 3, "hidden_size": 4, **wrong})
    with pytest.raises(ValueError, match=r'nonlinearity must be "tanh" or "relu", got \'elu\''):
        RNN(3, 4, nonlinearity="elu")
    with pytest.raises(ValueError, match=r"dropout \(1.5\) must be a probability"):
        RNN(3, 4, 2, dropout=1.5)
    with pytest.warns(UserWarning, match=r"dropout \(0.5\) comes between layers"):
        RNN(3, 4, dropout=0.5)
    with pytest.raises(ValueError, match=r"input must be \(time, batch, 3\).*got \(5, 2\)"):
        RNN(3, 4)(zeros(5, 2))
    with pytest.raises(ValueError, match=r"input must be \(batch, time, 3\).*got \(1, 5, 2, 3\)"):
        RNN(3, 4, batch_first=True)(zeros(1, 5, 2, 3))
    with pytest.raises(ValueError, match=r"hx must be \(1, 2, 4\).*got \(1, 1, 4\)"):
        RNN(3, 4)(zeros(5, 2, 3), zeros(1, 1, 4))
    with pytest.raises(ValueError, match=r"hx must be \(1, 4\).*got \(1, 1, 4\)"):
        RNN(3, 4)(zeros(5, 3), zeros(1, 1, 4))


@pytest.mark.goldens("rnn", "rnn_.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, agree, dtype, limit):
    layer = RNN(**golden.about["ctor"]).to(dtype)
    for name in golden.about["params"]:
        setattr(layer, name, Parameter(golden.tensor(f"param.{name}", dtype)))
    x, h = (golden.leaf(f"input.{name}", dtype) for name in ("x", "h0"))
    found = layer(x, h)
    loss = 0.0
    for i, y in enumerate(found):
        agree(y, golden.arrays[f"output.{i}"], limit)
        loss = loss + (y * golden.tensor(f"cotangent.{i}", dtype)).sum()
    loss.backward()
    agree(x.grad, golden.arrays["grad.input.x"], limit * 10)
    agree(h.grad, golden.arrays["grad.input.h0"], limit * 10)
    for name, parameter in layer.named_parameters():
        agree(parameter.grad, golden.arrays[f"grad.param.{name}"], limit * 10)
