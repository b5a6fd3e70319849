"""PReLU, RReLU and Swish as modules: what they learn or draw, and PyTorch's numbers."""

import nt_nn
import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, swish, tensor
from nt_nn import Parameter, PReLU, RReLU, Swish
from nt_tensor import Generator


def test_prelu_begins_at_a_quarter_and_learns_a_slope_for_each_channel():
    layer = PReLU(3)
    assert [(n, p.tolist()) for n, p in layer.named_parameters()] == [("weight", [0.25] * 3)]
    x = tensor(-np.arange(1.0, 13.0, dtype=np.float32).reshape(2, 3, 2))
    layer(x).sum().backward()
    assert layer.weight.grad.tolist() == x.numpy().sum((0, 2)).tolist()
    assert PReLU(init=0.5)(tensor([-2.0])).tolist() == [-1.0]
    assert str(PReLU(dtype="float64").weight.dtype) == "float64"


def test_prelus_gradients_agree_with_differences():
    def by_parts(x, weight):
        layer = PReLU(3)
        layer.weight = weight
        return layer(x)

    x = Tensor(np.random.default_rng(0).normal(size=(4, 3, 2)) + 0.05).requires_grad_()
    assert gradcheck(by_parts, x, Parameter(np.array([0.1, 0.2, -0.3])))


def test_rrelu_draws_while_training_only():
    layer, x = RReLU(0.25, 0.75, generator=Generator(0)), tensor(-np.ones(1000, np.float32))
    drawn = -layer(x).numpy()
    assert 0.25 <= drawn.min() < 0.3 < 0.7 < drawn.max() <= 0.75
    assert (layer(x).numpy() != -drawn).any()
    assert set(layer.eval()(x).tolist()) == {-0.5}


def test_swish_learns_beta_if_it_is_asked_to():
    x = tensor(np.linspace(-3, 3, 31))
    assert Swish(2.0)(x).tolist() == swish(x, 2.0).tolist()
    assert list(Swish(2.0).parameters()) == []
    layer = Swish(2.0, learnable=True, dtype="float64")
    assert [(n, p.shape) for n, p in layer.named_parameters()] == [("beta", ())]
    y = layer(x)
    np.testing.assert_allclose(y.detach().numpy(), swish(x, 2.0).numpy(), rtol=1e-12)
    y.sum().backward()
    step = 1e-6
    slope = (swish(x, 2.0 + step).sum() - swish(x, 2.0 - step).sum()).item() / (2 * step)
    assert layer.beta.grad.item() == pytest.approx(slope, rel=1e-7)


def test_they_tell_their_settings_and_refuse_wrong_ones():
    assert [repr(m) for m in (PReLU(3), RReLU(0.1, 0.2), Swish(1.5), Swish(learnable=True))] == [
        "PReLU(num_parameters=3)",
        "RReLU(lower=0.1, upper=0.2)",
        "Swish(beta=1.5)",
        "Swish(learnable=True)",
    ]
    with pytest.raises(ValueError, match=r"num_parameters \(0\) must be positive"):
        PReLU(0)
    with pytest.raises(ValueError, match=r"weight must have shape"):
        PReLU(4)(tensor(np.ones((2, 3), np.float32)))
    with pytest.raises(ValueError, match=r"lower \(0.5\) must not be above upper \(0.25\)"):
        RReLU(0.5, 0.25)


@pytest.mark.goldens("activations", "prelu.*|rrelu.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_they_agree_with_pytorch(golden, agree, dtype, limit):
    layer = getattr(nt_nn, golden.about["op"])(**golden.about["ctor"]).to(dtype)
    layer.load_state_dict({n: golden.tensor(f"param.{n}", dtype) for n in golden.about["params"]})
    x = golden.leaf("input.x", dtype)
    y = layer.train(golden.about["train"])(x)
    agree(y, golden.arrays["output.0"], limit)
    (y * golden.tensor("cotangent.0", dtype)).sum().backward()
    agree(x.grad, golden.arrays["grad.input.x"], limit * 10)
    for name in golden.about["params"]:
        agree(getattr(layer, name).grad, golden.arrays[f"grad.param.{name}"], limit * 10)
