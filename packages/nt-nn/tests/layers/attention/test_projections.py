"""Heads of any width, scores of any scale, normed queries and keys, biases apart."""

import math

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, no_grad, scaled_dot_product_attention, tensor
from nt_nn import (
    KVCache,
    MultiHeadAttention,
    RMSNorm,
    RotaryEmbedding,
    T5RelativePositionBias,
    functional_call,
    torch_layout,
)
from nt_tensor import Generator

WIDTH, HEADS, HEAD = 6, 4, 5  # heads are wider than their share of the width


def lively(module, dtype="float64", seed=1):
    rng = np.random.default_rng(seed)
    for p in module.parameters():
        p.data = tensor(rng.normal(size=p.shape) * 0.5 + (p.ndim == 1), dtype=dtype).data
    return module


def layer(**options):
    options = {"head_dim": HEAD, **options}
    return lively(MultiHeadAttention(WIDTH, HEADS, generator=Generator(0), **options))


def normed():
    return {"q_norm": RMSNorm(HEAD, 1e-5), "k_norm": RMSNorm(HEAD, 1e-5)}


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def by_formula(attention, x, bias=0.0):
    """Causal attention with all options, one head at a time, in NumPy."""
    state = {name: value.numpy() for name, value in attention.state_dict().items()}
    shared, d, t = attention.num_kv_heads, attention.head_dim, x.shape[1]
    rows = x @ state["qkv.weight"].T + state.get("qkv.bias", 0.0)
    q, k, v = np.split(rows, [HEADS * d, (HEADS + shared) * d], -1)
    gathered = []
    for h in range(HEADS):
        g = h // (HEADS // shared)
        head = [q[..., h * d : h * d + d], *(m[..., g * d : g * d + d] for m in (k, v))]
        for i, name in enumerate(("q_norm.weight", "k_norm.weight")):
            if name in state:
                mean = (head[i] ** 2).mean(-1, keepdims=True)
                head[i] = head[i] / np.sqrt(mean + 1e-5) * state[name]
        scale = 1 / math.sqrt(d) if attention.scale is None else attention.scale
        scores = head[0] @ head[1].transpose(0, 2, 1) * scale
        if attention.softcap is not None:
            scores = attention.softcap * np.tanh(scores / attention.softcap)
        scores = scores + (bias if np.isscalar(bias) else bias[h])
        scores = np.where(np.tri(t, dtype=bool), scores, -np.inf)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        gathered.append(weights / weights.sum(-1, keepdims=True) @ head[2])
    return np.concatenate(gathered, -1) @ state["out.weight"].T + state.get("out.bias", 0.0)


OPTIONS = {
    "wide heads": dict,
    "narrow heads": lambda: {"head_dim": 1},
    "a scale": lambda: {"scale": 1.0},
    "norms": normed,
    "a bias in front alone": lambda: {"out_bias": False},
    "a bias at the end alone": lambda: {"bias": False, "out_bias": True},
    "capped scores": lambda: {"softcap": 0.5},
    "all": lambda: {"scale": 0.3, "num_kv_heads": 2, "out_bias": False, **normed()},
}


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_is_the_formula_s(option, agree):
    attention, x = layer(**OPTIONS[option]()), normal(2, 7, WIDTH)
    want = by_formula(attention, x)
    agree(attention(Tensor(x), is_causal=True), want, 1e-12)
    agree(attention(Tensor(x), is_causal=True, need_weights=True)[0], want, 1e-12)
    attention.memory_efficient = attention.softcap is None
    agree(attention(Tensor(x), is_causal=True), want, 1e-12)


def test_the_biases_are_apart():
    assert layer(out_bias=False).out.bias is None
    assert layer(out_bias=False).qkv.bias is not None
    assert layer(bias=False).out.bias is None
    assert layer(bias=False, out_bias=True).qkv.bias is None


def test_t5_s_attention_adds_its_positions_to_scores_of_scale_one(agree):
    attention, x = layer(scale=1.0, bias=False), normal(2, 7, WIDTH)
    bias = T5RelativePositionBias(HEADS, 8, 16).to("float64")(7)
    got = attention(Tensor(x), attn_mask=bias, is_causal=True)
    agree(got, by_formula(attention, x, bias.detach().numpy()), 1e-12)
    padding = np.array([[False] * 7, [False] * 5 + [True] * 2])
    padded = attention(Tensor(x), attn_mask=bias, key_padding_mask=padding)
    short = T5RelativePositionBias(HEADS, 8, 16)
    assert short(5).shape == (HEADS, 5, 5)
    alone = attention(Tensor(x[1:, :5]), attn_mask=bias[:, :5, :5])
    agree(padded[1:, :5], alone, 1e-12)


def test_other_keys_and_other_widths_have_wide_heads_too(agree):
    x, memory = Tensor(normal(2, 3, WIDTH)), Tensor(normal(2, 5, WIDTH, seed=1))
    attention = layer(**normed())
    apart = layer(kdim=WIDTH, vdim=WIDTH + 1, **normed())
    parts = np.split(attention.qkv.weight.data, 3), np.split(attention.qkv.bias.data, 3)
    for own, weight, bias in zip((apart.query, apart.key, apart.value), *parts, strict=True):
        own.weight.data, own.bias.data = weight, bias
    apart.value.weight.data = np.pad(apart.value.weight.data, ((0, 0), (0, 1)))
    for mine, other in ((apart.out, attention.out), (apart.q_norm, attention.q_norm)):
        mine.weight.data = other.weight.data
    apart.out.bias.data, apart.k_norm.weight.data = (
        attention.out.bias.data,
        attention.k_norm.weight.data,
    )
    wider = Tensor(np.pad(memory.numpy(), ((0, 0), (0, 0), (0, 1)), constant_values=7.0))
    agree(attention(x, memory), apart(x, memory, wider), 1e-12)


def test_norms_come_before_the_rotation_and_a_cache_holds_what_is_turned(agree):
    made = {"rotary": RotaryEmbedding(4), "num_kv_heads": 2, "head_dim": 4}
    norms = {"q_norm": RMSNorm(4, 1e-5), "k_norm": RMSNorm(4, 1e-5)}
    attention, x = layer(**made, **norms), Tensor(normal(2, 6, WIDTH))
    whole = attention(x, is_causal=True)
    cache = KVCache(2, 2, 6, 4, dtype="float64")
    with no_grad():
        steps = [attention(x[:, a:b], is_causal=True, cache=cache) for a, b in ((0, 3), (3, 6))]
    agree(np.concatenate([y.numpy() for y in steps], 1), whole, 1e-12)
    # A norm after the rotation would be another map, as its weights differ between the features.
    after = layer(**made)
    after.load_state_dict({n: v for n, v in attention.state_dict().items() if "norm" not in n})
    turn, q_norm, k_norm = after.rotary, attention.q_norm, attention.k_norm
    q, k, v = after.project(x, None, None)
    swapped = after.joined(_attend(q_norm(turn(q)), k_norm(turn(k)), v))
    plain = after.joined(_attend(turn(q_norm(q)), turn(k_norm(k)), v))
    agree(whole, plain, 1e-12)
    assert np.abs(swapped.detach().numpy() - plain.detach().numpy()).max() > 1e-3


def _attend(q, k, v):
    return scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)


def test_all_of_it_is_differentiated():
    options = {"scale": 0.5, "softcap": 2.0, "num_kv_heads": 2, "rotary": RotaryEmbedding(4)}
    attention = layer(**options, **normed())
    x = Tensor(normal(1, 3, WIDTH)).requires_grad_()
    names, parameters = zip(*attention.named_parameters(), strict=True)
    assert len(names) == 6

    def attended(x, *values):
        state = dict(zip(names, values, strict=True))
        return functional_call(attention, state, x, {"is_causal": True})

    assert gradcheck(attended, x, *parameters)


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("device", ["cpu", "mlx", pytest.param("cuda", marks=pytest.mark.cuda)])
def test_every_library_goes_the_same_way(device, jit, agree, with_jit):
    if device != "cpu":
        pytest.importorskip({"mlx": "mlx.core", "cuda": "cupy"}[device])
    found = []
    for on, dtype, compiled in (("cpu", "float64", False), (device, "float32", jit)):
        with_jit(compiled)
        attention = layer(scale=0.5, num_kv_heads=2, rotary=RotaryEmbedding(4), **normed())
        attention = attention.to(dtype).to(device=on)
        x = tensor(normal(2, 5, WIDTH), dtype=dtype, device=on, requires_grad=True)
        y = attention(x, is_causal=True)
        (y * y).sum().backward()
        assert str(y.dtype) == str(x.grad.dtype) == dtype
        gradients = [p.grad.numpy() for p in attention.parameters()]
        found.append([y.detach().numpy(), x.grad.numpy(), *gradients])
    for got, want in zip(found[1], found[0], strict=True):
        agree(got, want, 1e-5)


def test_options_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"head_dim \(0\) must be positive"):
        MultiHeadAttention(WIDTH, HEADS, head_dim=0)
    with pytest.raises(ValueError, match=r"num_heads \(4\) must divide embed_dim \(6\)"):
        MultiHeadAttention(WIDTH, HEADS)
    for scale in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match=r"scale \(.*\) must be positive and finite"):
            MultiHeadAttention(WIDTH, HEADS, head_dim=2, scale=scale)
    with pytest.raises(ValueError, match=r"softcap \(0.0\) must be positive"):
        layer(softcap=0.0)
    with pytest.raises(ValueError, match="memory_efficient must be False"):
        layer(softcap=1.0, memory_efficient=True)
    with pytest.raises(ValueError, match=r"rotary \(6 wide\) does not fit a head \(5\)"):
        layer(rotary=RotaryEmbedding(6))
    for options in ({}, {"head_dim": 2, "scale": 1.0}, {"head_dim": 2, "q_norm": RMSNorm(2)}):
        width = WIDTH if not options else HEADS * 2
        made = MultiHeadAttention(width, HEADS, **{"head_dim": HEAD, **options})
        with pytest.raises(ValueError, match="which PyTorch's layer has not"):
            torch_layout.to_torch_state_dict(made)
