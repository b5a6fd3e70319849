"""A scaled loss gives the same steps, and float16's lost gradients come back."""

import math

import nt_tensor
import numpy as np
import pytest
from nt_autograd import autocast, cross_entropy, tensor
from nt_nn import GELU, GradScaler, LayerNorm, Linear, Parameter, Sequential, clip_grad_norm_
from nt_nn.optim import SGD, AdamW
from nt_tensor import Generator

ROADS = [
    pytest.param("cpu", "float16", id="numpy-float16"),
    pytest.param("mlx", "float16", id="mlx-float16"),
    pytest.param("mlx", "bfloat16", id="mlx-bfloat16"),
    pytest.param("cuda", "float16", id="cuda-float16", marks=pytest.mark.cuda),
]


def data(device):
    """Three clouds that do not quite overlap."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 256)
    x = rng.standard_normal((256, 8)) + 1.5 * np.eye(3, 8)[y]
    return tensor(x, dtype="float32", device=device), tensor(y, device=device)


def network(device):
    generator = Generator(3)
    return Sequential(
        Linear(8, 32, generator=generator),
        LayerNorm(32),
        GELU(),
        Linear(32, 3, generator=generator),
    ).to(device)


def trained(device, dtype, steps=60):
    """The losses of a training in a precision; None for float32 as it is."""
    net, (x, y) = network(device), data(device)
    optimizer = AdamW(net.parameters(), lr=1e-2)
    scaler = GradScaler(enabled=dtype == "float16")
    losses = []
    for _ in range(steps):
        with autocast(dtype or "float16", enabled=dtype is not None):
            loss = cross_entropy(net(x), y)
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        clip_grad_norm_(net.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.item())
    assert all(str(p.dtype) == "float32" for p in net.parameters())
    return losses


@pytest.mark.parametrize(("device", "dtype"), ROADS)
def test_training_in_half_precision_learns_what_float32_learns(device, dtype):
    try:
        nt_tensor.zeros(1, device=device)
    except (ImportError, RuntimeError) as missing:
        pytest.skip(f"no device {device} here: {missing}")
    full, half = trained(device, None), trained(device, dtype)
    assert full[-1] < 0.5 * full[0]
    assert half != full  # it was another precision
    assert half[-1] == pytest.approx(full[-1], rel=0.05)


def tiny_gradient(scaler):
    w = Parameter([1.0])
    optimizer = SGD([w], lr=1.0)
    loss = (w.half() * 1e-4).float() * 1e-5  # the gradient on the way through float16 is 1e-9
    scaler.scale(loss.sum()).backward()
    scaler.step(optimizer)
    return 1.0 - w.item()


def test_gradients_that_float16_loses_are_kept():
    assert tiny_gradient(GradScaler(enabled=False)) == 0.0
    w = Parameter([0.0])
    scaler = GradScaler()
    scaler.scale((w.half() * 1e-4).float().sum() * 1e-5).backward()
    scaler.unscale_(SGD([w], lr=1.0))
    assert w.grad.item() == pytest.approx(1e-9, rel=2e-2)


def test_with_or_without_scaling_float32_takes_the_same_steps():
    ends = []
    for enabled in (False, True):
        w = Parameter([1.0, -2.0])
        optimizer, scaler = SGD([w], lr=0.1, momentum=0.9), GradScaler(enabled=enabled)
        for _ in range(5):
            optimizer.zero_grad()
            scaler.scale((w * w).sum()).backward()
            scaler.step(optimizer)
            scaler.update()
        ends.append(w.tolist())
    assert ends[0] == ends[1]  # powers of two round nothing


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_a_step_with_a_bad_gradient_is_left_out_and_the_scale_falls(bad):
    w, other = Parameter([1.0]), Parameter([1.0, 1.0])
    optimizer = SGD([w, other], lr=1.0)
    scaler = GradScaler(init_scale=8.0)
    w.grad, other.grad = tensor([1.0]), tensor([0.0, bad])
    assert scaler.step(optimizer) is False
    scaler.update()
    assert w.tolist() == [1.0]
    assert other.tolist() == [1.0, 1.0]
    assert scaler.get_scale() == 4.0


def test_the_scale_rises_after_as_many_good_steps_in_a_row():
    w = Parameter([1.0])
    optimizer, scaler = SGD([w], lr=0.0), GradScaler(init_scale=2.0, growth_interval=3)
    scales = []
    for gradient in (1.0, 1.0, math.inf, 1.0, 1.0, 1.0, 1.0):
        w.grad = tensor([gradient])
        scaler.step(optimizer)
        scaler.update()
        scales.append(scaler.get_scale())
    assert scales == [2.0, 2.0, 1.0, 1.0, 1.0, 2.0, 2.0]


def test_one_bad_optimizer_holds_back_only_itself():
    one, two = Parameter([1.0]), Parameter([1.0])
    optimizers = SGD([one], lr=1.0), SGD([two], lr=1.0)
    scaler = GradScaler(init_scale=4.0)
    one.grad, two.grad = tensor([math.nan]), tensor([4.0])
    assert [scaler.step(optimizer) for optimizer in optimizers] == [False, True]
    scaler.update()
    assert (one.item(), two.item()) == (1.0, 0.0)
    assert scaler.get_scale() == 2.0


def test_a_resumed_scaler_goes_on():
    w = Parameter([1.0])
    whole = GradScaler(init_scale=2.0, growth_interval=2)
    w.grad = tensor([1.0])
    whole.step(SGD([w]))
    whole.update()
    resumed = GradScaler()
    resumed.load_state_dict(whole.state_dict())
    for scaler in (whole, resumed):
        scaler.step(SGD([w]))
        scaler.update()
        assert scaler.get_scale() == 4.0
    with pytest.raises(ValueError, match="no scale"):
        resumed.load_state_dict({})


def test_what_is_called_out_of_turn_is_named():
    w = Parameter([1.0])
    optimizer, scaler = SGD([w]), GradScaler()
    with pytest.raises(RuntimeError, match=r"update\(\) comes after step\(\)"):
        scaler.update()
    scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match="unscale_ was called"):
        scaler.unscale_(optimizer)
    for options in (
        {"init_scale": 0.0},
        {"growth_factor": 1.0},
        {"backoff_factor": 1.0},
        {"growth_interval": 0},
    ):
        (name,) = options
        with pytest.raises(ValueError, match=name):
            GradScaler(**options)
