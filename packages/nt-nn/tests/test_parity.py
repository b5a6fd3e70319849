"""The same program on NumPy and on MLX: values, gradients, a hundred steps of training."""

import math

import numpy as np
import pytest
from nt_autograd import Tensor, cross_entropy, no_grad
from nt_nn import (
    GELU,
    Dropout,
    Embedding,
    KVCache,
    LayerNorm,
    Linear,
    Module,
    MultiHeadAttention,
    Sequential,
    checkpoint,
    clip_grad_norm_,
)
from nt_nn.optim import SGD, AdamW
from nt_nn.schedules import WarmupCosine
from nt_tensor import Generator, asarray, to_numpy, use_device

pytest.importorskip("mlx.core", reason="MLX is not installed: pip install 'nt-tensor[mlx]'")


class Tiny(Module):
    """A transformer of one block."""

    def __init__(self, seed=0):
        source = Generator(seed)
        self.tokens = Embedding(11, 8, generator=source)
        self.norm1, self.norm2 = LayerNorm(8), LayerNorm(8)
        self.attention = MultiHeadAttention(8, 2, generator=source)
        self.mlp = Sequential(
            Linear(8, 16, generator=source),
            GELU("tanh"),
            Linear(16, 8, generator=source),
            Dropout(0.1, generator=source),
        )

    def forward(self, ids, cache=None):
        x = self.tokens(ids)
        x = x + self.attention(self.norm1(x), is_causal=True, cache=cache)
        x = x + self.mlp(self.norm2(x))
        return x @ self.tokens.weight.T


def train(device, make, steps=100):
    losses, source = [], Generator(5)
    with use_device(device):
        model = Tiny()
        assert {str(p.device) for p in model.parameters()} == {device}
        optimizer = make(model.named_parameters())
        schedule = WarmupCosine(optimizer, 2, steps)
        for _ in range(steps):
            ids = source.integers(0, 11, (4, 7), device=device)
            logits = model(Tensor(ids[:, :-1]))
            loss = cross_entropy(logits.reshape(-1, 11), Tensor(ids[:, 1:].reshape(-1)))
            optimizer.zero_grad()
            loss.backward()
            norm = clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append((loss.item(), norm.item()))
    return model, optimizer, np.array(losses)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: AdamW(p, lr=1e-2),
        lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-3),
    ],
)
def test_a_hundred_steps_give_the_same_losses_to_1e_4(make):
    curves = [train(device, make)[2] for device in ("cpu", "mlx")]
    assert np.abs(curves[0][:, 0] - curves[1][:, 0]).max() < 1e-4
    assert np.allclose(curves[0][:, 1], curves[1][:, 1], rtol=1e-3)
    assert curves[0][-10:, 0].mean() < curves[0][:10, 0].mean()


def test_weights_and_moments_move_between_backends_through_a_checkpoint(tmp_path):
    make = lambda p: AdamW(p, lr=1e-2)  # noqa: E731
    model, optimizer, _ = train("mlx", make, steps=3)
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    checkpoint.save_state(tmp_path / "x.safetensors", state)
    found = checkpoint.load_state(tmp_path / "x.safetensors")
    other = Tiny(seed=1)
    again = make(other.named_parameters())
    other.load_state_dict(found["model"])
    again.load_state_dict(found["optimizer"])
    for (name, a), b in zip(model.named_parameters(), other.parameters(), strict=True):
        assert np.array_equal(to_numpy(a.data), b.data), name
        assert isinstance(b.data, np.ndarray)
        assert np.array_equal(to_numpy(optimizer.state[a]["exp_avg"]), again.state[b]["exp_avg"])


def test_a_model_moves_to_mlx_and_back_and_gives_the_same():
    model = Tiny().eval()
    ids = np.array([[1, 2, 3, 4]])
    want = model(Tensor(ids)).detach().numpy()
    model.to("mlx")
    got = model(Tensor(asarray(ids, device="mlx")))
    assert str(got.device) == "mlx"
    assert np.allclose(to_numpy(got.data), want, atol=1e-5)
    assert np.array_equal(model.to("cpu")(Tensor(ids)).detach().numpy(), want)


def test_a_cache_and_masks_work_on_mlx():
    with use_device("mlx"):
        model = Tiny().eval()
        ids = asarray(np.array([[1, 2, 3, 4, 5]]), device="mlx")
        whole = to_numpy(model(Tensor(ids)).data)
        cache = KVCache(1, 2, 8, 4)
        with no_grad():
            parts = [model(Tensor(ids[:, a:b]), cache) for a, b in ((0, 3), (3, 4), (4, 5))]
        assert np.allclose(np.concatenate([to_numpy(p.data) for p in parts], 1), whole, atol=1e-5)
        x = model.tokens(Tensor(ids))
        padding = asarray(np.array([[False, False, True, False, False]]), device="mlx")
        y, weights = model.attention(x, key_padding_mask=padding, is_causal=True, need_weights=True)
        assert not to_numpy(weights.data)[..., 2].any()
        fused = model.attention(x, key_padding_mask=padding, is_causal=True)
        assert np.allclose(to_numpy(fused.data), to_numpy(y.data), atol=1e-6)


def test_initial_values_are_the_same_on_every_backend():
    with use_device("mlx"):
        there = {n: to_numpy(p.data) for n, p in Tiny().named_parameters()}
    for name, parameter in Tiny().named_parameters():
        assert np.array_equal(parameter.data, there[name]), name


def test_clipping_agrees():
    norms = []
    for device in ("cpu", "mlx"):
        with use_device(device):
            layer = Linear(3, 3, generator=Generator(0))
            (layer(Tensor(Generator(1).normal((5, 3), device=device))) * 100).sum().backward()
            norms += [
                clip_grad_norm_(layer.parameters(), 1.0, p).item() for p in (2.0, 1.0, math.inf)
            ]
    assert norms[:3] == pytest.approx(norms[3:], rel=1e-5)


def test_bfloat16_weights_survive_a_checkpoint_bit_for_bit(tmp_path):
    with use_device("mlx"):
        layer, other = Linear(5, 3).to("bfloat16"), Linear(5, 3).to("bfloat16")
        checkpoint.save(tmp_path / "x.safetensors", layer.state_dict())
        tensors, _ = checkpoint.load(tmp_path / "x.safetensors")
        assert {str(value.dtype) for value in tensors.values()} == {"float32"}
        other.load_state_dict(tensors)
        assert str(other.weight.dtype) == "bfloat16"
        assert other.weight.tolist() == layer.weight.tolist()
