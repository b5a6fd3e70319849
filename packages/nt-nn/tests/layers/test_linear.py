"""Linear against a loop, its own law, and PyTorch's way of drawing initial values."""

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, tensor
from nt_nn import Linear, Sequential
from nt_tensor import Generator


def test_every_output_is_the_loop_over_its_inputs():
    layer = Linear(3, 2, dtype="float64", generator=Generator(0))
    x = np.random.default_rng(0).normal(size=(4, 5, 3)) * 100
    w, b = layer.weight.tolist(), layer.bias.tolist()
    y = layer(Tensor(x)).tolist()
    for i in range(4):
        for j in range(5):
            for o in range(2):
                want = b[o] + sum(w[o][k] * x[i, j, k] for k in range(3))
                assert y[i][j][o] == pytest.approx(want, rel=1e-12)


def test_without_bias_it_is_linear_even_far_out():
    layer = Linear(4, 3, bias=False, dtype="float64")
    assert layer.bias is None
    a, b = (Tensor(np.random.default_rng(i).normal(size=(2, 4)) * 1e6) for i in (0, 1))
    together = layer(a * 2 + b).detach().numpy()
    apart = (layer(a) * 2 + layer(b)).detach().numpy()
    assert np.allclose(together, apart, rtol=1e-12)


def test_a_single_vector_goes_through_without_a_batch():
    layer = Linear(3, 2)
    row = layer(tensor([1.0, 2.0, 3.0]))
    assert row.shape == (2,)
    assert row.tolist() == layer(tensor([[1.0, 2.0, 3.0]]))[0].tolist()


def test_gradients_agree_with_finite_differences_to_second_order():
    layer = Linear(3, 2, dtype="float64", generator=Generator(1))
    x = Tensor(np.random.default_rng(0).normal(size=(4, 3))).requires_grad_()

    def by_parts(x, weight, bias):
        layer.weight, layer.bias = weight, bias
        return layer(x)

    assert gradcheck(by_parts, x, layer.weight, layer.bias)


def test_initial_values_are_uniform_within_one_over_the_root_of_the_inputs():
    layer = Linear(64, 1000, generator=Generator(3))
    bound = 1 / 8
    for values in (layer.weight.detach().numpy(), layer.bias.detach().numpy()):
        assert np.abs(values).max() <= bound
        assert np.abs(values).max() > 0.99 * bound
        assert abs(values.mean()) < 0.05 * bound
        assert values.std() == pytest.approx(bound / 3**0.5, rel=0.05)


def test_the_same_seed_gives_the_same_layer_and_another_seed_another():
    first, second, other = (Linear(3, 3, generator=Generator(s)) for s in (7, 7, 8))
    assert first.weight.tolist() == second.weight.tolist()
    assert first.bias.tolist() == second.bias.tolist()
    assert first.weight.tolist() != other.weight.tolist()
    one = Generator(7)
    assert Linear(3, 3, generator=one).weight.tolist() == first.weight.tolist()
    assert Linear(3, 3, generator=one).weight.tolist() != first.weight.tolist()


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"in_features \(0\)"):
        Linear(0, 3)
    with pytest.raises(ValueError, match=r"\(2, 4\).*\(2, 3\)"):
        Linear(3, 2)(tensor([[1.0, 2.0, 3.0, 4.0]] * 2))


def test_a_deep_stack_of_linear_layers_trains():
    net = Sequential(*[Linear(2, 2, generator=Generator(i)) for i in range(50)])
    net(tensor([[1.0, 2.0]])).sum().backward()
    assert all(np.isfinite(p.grad.numpy()).all() for p in net.parameters())
