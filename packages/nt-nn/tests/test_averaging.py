"""Averages are the formula's, of weights and buffers, and survive a save."""

import numpy as np
import pytest
from nt_autograd import ones, randn
from nt_nn import AveragedModel, BatchNorm1d, Buffer, Linear, Module, Sequential, update_bn
from nt_nn.optim import SGD


def walked(averaged, model, steps=6):
    rng = np.random.default_rng(0)
    seen = []
    for _ in range(steps):
        values = rng.standard_normal(model.weight.shape).astype("float32")
        model.load_state_dict({"weight": values}, strict=False)
        averaged.update_parameters(model)
        seen.append(values.astype("float64"))
    return seen


def test_without_a_decay_it_is_the_mean():
    model = Linear(3, 2, bias=False)
    averaged = AveragedModel(model)
    seen = walked(averaged, model)
    np.testing.assert_allclose(averaged.module.weight.numpy(), np.mean(seen, axis=0), atol=1e-6)
    assert averaged.n_averaged.item() == 6


def test_with_a_decay_it_is_the_moving_average_that_begins_with_the_first():
    model = Linear(3, 2, bias=False)
    averaged = AveragedModel(model, decay=0.7)
    seen = walked(averaged, model)
    expected = seen[0]
    for each in seen[1:]:
        expected = 0.7 * expected + 0.3 * each
    np.testing.assert_allclose(averaged.module.weight.numpy(), expected, atol=1e-6)


def test_the_model_is_not_touched_and_goes_on_learning():
    model = Linear(3, 1)
    averaged = AveragedModel(model, decay=0.5)
    optimizer = SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        model(ones(4, 3)).square().mean().backward()
        optimizer.step()
        averaged.update_parameters(model)
    assert all(p.requires_grad for p in model.parameters())
    assert not any(p.requires_grad for p in averaged.parameters())
    assert not np.array_equal(model.weight.detach().numpy(), averaged.module.weight.numpy())
    assert averaged(ones(1, 3)).shape == (1, 1)


def test_a_saved_average_goes_on_bit_for_bit():
    model = Linear(3, 2, bias=False)
    whole = AveragedModel(model, decay=0.9)
    walked(whole, model, 3)
    resumed = AveragedModel(Linear(3, 2, bias=False), decay=0.9)
    resumed.load_state_dict(whole.state_dict())
    for averaged in (whole, resumed):
        walked(averaged, model, 4)
    np.testing.assert_array_equal(whole.module.weight.numpy(), resumed.module.weight.numpy())


def test_buffers_are_averaged_or_left():
    class Held(Module):
        def __init__(self):
            self.mean, self.steps = Buffer([0.0]), Buffer(0)

    model = Held()
    left, taken = AveragedModel(model), AveragedModel(model, use_buffers=True)
    for value in (1.0, 3.0):
        model.mean.fill_(value)
        model.steps.fill_(int(value))
        left.update_parameters(model)
        taken.update_parameters(model)
    assert left.module.mean.tolist() == [0.0]
    assert taken.module.mean.tolist() == [2.0]
    assert taken.module.steps.item() == 3


def test_statistics_of_averaged_weights_are_those_of_the_data():
    model = Sequential(Linear(3, 4), BatchNorm1d(4))
    batches = [randn(32, 3) + 5 for _ in range(4)]
    update_bn(batches, model.eval())
    hidden = [model[0](batch).detach().numpy() for batch in batches]
    want = np.mean([each.mean(0) for each in hidden], axis=0)
    np.testing.assert_allclose(model[1].running_mean.numpy(), want, rtol=1e-5)
    spread = np.mean([each.var(0, ddof=1) for each in hidden], axis=0)
    np.testing.assert_allclose(model[1].running_var.numpy(), spread, rtol=1e-4)
    assert not model.training
    assert model[1].momentum == 0.1


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"decay \(1.0\) must be at least 0 and smaller than 1"):
        AveragedModel(Linear(1, 1), decay=1.0)
    with pytest.raises(ValueError, match=r"they differ in weight \(1, 1\), weight \(1, 2\)"):
        AveragedModel(Linear(1, 1)).update_parameters(Linear(2, 1))
