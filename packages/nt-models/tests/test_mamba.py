"""Mamba: against the paper's algorithm in loops, with its gradient; halves; padding; a cache."""

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, no_grad, tensor
from nt_models import Mamba, MambaCache
from nt_nn import functional_call
from nt_tensor import Generator, use_generator

WIDTH, STATE, KERNEL = 4, 3, 3


def make(device="cpu", dtype="float64", kernel=KERNEL):
    with use_generator(Generator(0)):
        return Mamba(WIDTH, STATE, kernel, expand=2).to(dtype).to(device=device)


def draws(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def by_loops(mamba, x):
    """The paper's algorithm 2 for one sequence (time, width), one number at a time."""
    w = {name: value.numpy() for name, value in mamba.state_dict().items()}

    def silu(v):
        return v / (1 + np.exp(-v))

    time, channels, rank = len(x), mamba.channels, mamba.rank
    u, gate = np.split(x @ w["into.weight"].T, 2, axis=-1)
    mixed = np.zeros_like(u)
    for t in range(time):
        for c in range(channels):
            mixed[t, c] = w["conv.bias"][c]
            for k in range(mamba.kernel):
                if (s := t - mamba.kernel + 1 + k) >= 0:
                    mixed[t, c] += w["conv.weight"][c, 0, k] * u[s, c]
    u = silu(mixed)
    chosen = u @ w["select.weight"].T
    step, b, c_ = chosen[:, :rank], chosen[:, rank : rank + STATE], chosen[:, rank + STATE :]
    delta = np.log1p(np.exp(step @ w["step.weight"].T + w["step.bias"]))
    a = -np.exp(w["a_log"])
    h, y = np.zeros((channels, STATE)), np.zeros_like(u)
    for t in range(time):
        for c in range(channels):
            for n in range(STATE):
                h[c, n] = np.exp(delta[t, c] * a[c, n]) * h[c, n] + delta[t, c] * b[t, n] * u[t, c]
            y[t, c] = h[c] @ c_[t] + w["skip"][c] * u[t, c]
    return (y * silu(gate)) @ w["out.weight"].T


@pytest.mark.parametrize("kernel", [1, 3])
def test_it_is_the_paper_s_algorithm(kernel, device):
    dtype, limit = ("float32", 1e-5) if device == "mlx" else ("float64", 1e-11)
    mamba, x = make(device, dtype, kernel), draws(2, 6, WIDTH)
    got = mamba(tensor(x, dtype=dtype, device=device)).detach().numpy()
    want = np.stack([by_loops(mamba, row) for row in x])
    np.testing.assert_allclose(got, want, rtol=limit, atol=limit)


def test_it_is_differentiated():
    mamba, x = make(), Tensor(draws(1, 3, WIDTH)).requires_grad_()
    names, parameters = zip(*mamba.named_parameters(), strict=True)

    def run(x, *values):
        return functional_call(mamba, dict(zip(names, values, strict=True)), x)

    assert gradcheck(run, x, *parameters)


@pytest.mark.parametrize("kernel", [1, 3])
def test_a_cache_goes_on_where_it_stood(kernel):
    mamba, x = make(kernel=kernel), Tensor(draws(2, 7, WIDTH))
    whole, cache = mamba(x).detach().numpy(), mamba.cache(2)
    with no_grad():
        found = [mamba(x[:, a:b], None, cache).numpy() for a, b in ((0, 1), (1, 5), (5, 7))]
    np.testing.assert_allclose(np.concatenate(found, 1), whole, rtol=1e-11)
    assert cache.length == 7
    assert cache.inputs.shape == (2, kernel - 1, 8)
    assert cache.state.shape == (2, 8, STATE)  # it does not grow
    cache.reset()
    with no_grad():
        np.testing.assert_allclose(mamba(x, None, cache).numpy(), whole, rtol=1e-11)


def test_padding_on_either_side_leaves_the_state_alone():
    mamba, x = make(), draws(2, 7, WIDTH)
    real = np.array([[False] * 3 + [True] * 4, [True] * 5 + [False] * 2])
    got = mamba(Tensor(x), Tensor(real)).detach().numpy()
    for row, own in enumerate((slice(3, None), slice(0, 5))):
        alone = mamba(Tensor(x[row : row + 1, own])).detach().numpy()
        np.testing.assert_allclose(got[row, own], alone[0], rtol=1e-11)


def test_a_cache_follows_its_rows_and_holds_no_gradients():
    cache = MambaCache(Tensor(draws(2, 2, 3)), Tensor(draws(2, 3, 4)))
    before = cache.state.numpy().copy()
    cache.reorder(tensor([1, 1, 0]))
    np.testing.assert_array_equal(cache.state.numpy(), before[[1, 1, 0]])
    mamba = make()
    with pytest.raises(RuntimeError, match="stores no gradients: generate under no_grad"):
        mamba(Tensor(draws(2, 1, WIDTH)), None, mamba.cache(2))


def test_the_first_steps_are_short_and_the_state_fades_at_many_speeds():
    mamba = make()
    steps = np.log1p(np.exp(mamba.step.bias.detach().numpy()))
    assert 0.000999 <= steps.min() < steps.max() <= 0.1001
    fades = np.exp(mamba.a_log.detach().numpy())
    np.testing.assert_allclose(fades, np.tile([1.0, 2.0, 3.0], (8, 1)), rtol=1e-6)
