"""MultiHeadAttention against loops, its own symmetries, its cached self, and PyTorch."""

import json
import math
from pathlib import Path

import nt_tensor
import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, no_grad, rms_norm, tensor
from nt_nn import (
    ALiBi,
    KVCache,
    Llama3RopeScaling,
    MultiHeadAttention,
    Parameter,
    RotaryEmbedding,
    T5RelativePositionBias,
    torch_layout,
)
from nt_tensor import Generator
from safetensors.numpy import load_file

WIDTH, HEADS = 8, 2


def layer(**options):
    made = MultiHeadAttention(WIDTH, HEADS, generator=Generator(0), **options).to("float64")
    if made.qkv.bias is not None:
        made.qkv.bias = Parameter(np.random.default_rng(9).normal(size=made.qkv.bias.shape))
    return made


def normal(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).normal(size=shape))


def values(x):
    return x.detach().numpy()


def by_loops(attention, query, key, value, allowed):
    """One query, one head, one key at a time; `allowed(b, i, j)` says whether i may attend to j."""
    w, b = values(attention.qkv.weight), values(attention.qkv.bias)
    q, k, v = (
        x @ w[i * WIDTH : (i + 1) * WIDTH].T + b[i * WIDTH : (i + 1) * WIDTH]
        for i, x in enumerate((query, key, value))
    )
    batch, queries, keys, d = len(q), q.shape[1], k.shape[1], WIDTH // HEADS
    weights = np.zeros((batch, HEADS, queries, keys))
    gathered = np.zeros((batch, queries, WIDTH))
    for n in range(batch):
        for h in range(HEADS):
            part = slice(h * d, (h + 1) * d)
            for i in range(queries):
                open_ = [j for j in range(keys) if allowed(n, i, j)]
                score = {j: math.exp(q[n, i, part] @ k[n, j, part] / math.sqrt(d)) for j in open_}
                for j in open_:
                    weights[n, h, i, j] = score[j] / sum(score.values())
                    gathered[n, i, part] += weights[n, h, i, j] * v[n, j, part]
    return gathered @ values(attention.out.weight).T + values(attention.out.bias), weights


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("padded", [False, True])
def test_self_attention_is_the_loop_over_queries_heads_and_keys(causal, padded):
    attention, x = layer(), normal(2, 5, WIDTH)
    padding = np.array([[False] * 5, [False, False, False, True, True]])
    options = {"is_causal": causal, "key_padding_mask": padding if padded else None}
    want, weights = by_loops(
        attention,
        *[values(x)] * 3,
        lambda n, i, j: (j <= i or not causal) and not (padded and padding[n, j]),
    )
    assert np.allclose(values(attention(x, **options)), want, rtol=1e-10, atol=1e-12)
    y, found = attention(x, need_weights=True, average_attn_weights=False, **options)
    assert np.allclose(values(y), want, rtol=1e-10, atol=1e-12)
    assert np.allclose(values(found), weights, rtol=1e-10, atol=1e-12)
    _, mean = attention(x, need_weights=True, **options)
    assert np.allclose(values(mean), weights.mean(1), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("separate_values", [False, True])
def test_cross_attention_is_the_loop_too(separate_values):
    attention = layer()
    x, memory, other = normal(2, 3, WIDTH), normal(2, 6, WIDTH, seed=1), normal(2, 6, WIDTH, seed=2)
    inputs = (x, memory, other) if separate_values else (x, memory)
    want, _ = by_loops(attention, values(x), values(memory), values(inputs[-1]), lambda *_: True)
    assert np.allclose(values(attention(*inputs)), want, rtol=1e-10, atol=1e-12)


def test_masks_say_the_same_as_booleans_as_numbers_and_unfolded_by_head():
    attention, x = layer(), normal(2, 4, WIDTH)
    blocked = np.random.default_rng(3).random((4, 4)) < 0.4
    blocked[:, 0] = False
    want = values(attention(x, attn_mask=blocked))
    added = np.where(blocked, -np.inf, 0.0)
    for mask in (
        added,
        Tensor(blocked),
        np.broadcast_to(blocked, (2 * HEADS, 4, 4)),
        np.broadcast_to(added, (2, HEADS, 4, 4)),
        blocked[None, None],
    ):
        assert np.allclose(values(attention(x, attn_mask=mask)), want, rtol=1e-12, atol=1e-14)
    future = np.triu(np.ones((4, 4), bool), 1)
    causal = values(attention(x, is_causal=True))
    assert np.allclose(values(attention(x, attn_mask=future)), causal, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("need_weights", [False, True])
def test_a_mask_of_another_dtype_widens_nothing(need_weights):
    attention = MultiHeadAttention(WIDTH, HEADS, generator=Generator(0))
    x = tensor(normal(2, 4, WIDTH).numpy(), dtype="float32", requires_grad=True)
    mask = Tensor(np.random.default_rng(4).normal(size=(4, 4))).requires_grad_()
    y = attention(x, attn_mask=mask, need_weights=need_weights)
    y = y[0] if need_weights else y
    (y * y).sum().backward()
    dtypes = [str(t.dtype) for t in (y, x.grad, attention.qkv.weight.grad, mask.grad)]
    assert dtypes == ["float32", "float32", "float32", "float64"]


def test_masks_of_all_kinds_work_together():
    attention, x = layer(), normal(2, 4, WIDTH)
    bias = np.random.default_rng(4).normal(size=(4, 4))
    padding = np.array([[False] * 4, [False, True, False, False]])
    got = attention(x, attn_mask=bias, key_padding_mask=padding, is_causal=True)
    whole = np.broadcast_to(bias, (2, 4, 4)).copy()
    whole[:, np.triu(np.ones((4, 4), bool), 1)] = -np.inf
    whole[1, :, 1] = -np.inf
    want = attention(x, attn_mask=whole[:, None])
    assert np.allclose(values(got), values(want), rtol=1e-12, atol=1e-14)


def test_what_is_masked_changes_nothing_however_wild():
    attention, x = layer(), normal(1, 5, WIDTH)
    wild = values(x).copy()
    wild[:, 3:] = 1e4
    before = values(attention(x, is_causal=True))[:, :3]
    after = values(attention(Tensor(wild), is_causal=True))[:, :3]
    assert np.allclose(after, before, rtol=1e-12, atol=1e-14)
    padding = np.array([[False, False, False, True, True]])
    kept = values(attention(x, key_padding_mask=padding))[:, :3]
    after = values(attention(Tensor(wild), key_padding_mask=padding))[:, :3]
    assert np.allclose(after, kept, rtol=1e-12, atol=1e-14)


def test_without_a_mask_the_order_of_the_keys_does_not_matter():
    attention, x, memory = layer(), normal(2, 3, WIDTH), normal(2, 6, WIDTH, seed=1)
    turned = Tensor(values(memory)[:, ::-1].copy())
    assert np.allclose(values(attention(x, memory)), values(attention(x, turned)), rtol=1e-12)


def test_a_sequence_goes_through_without_a_batch_and_with_two():
    attention, x = layer(), normal(2, 3, 4, WIDTH)
    want = values(attention(x, is_causal=True))
    single = values(attention(x[1, 2], is_causal=True))
    assert np.allclose(single, want[1, 2], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("pieces", [(6,), (1,) * 6, (3, 1, 2), (2, 4)])
def test_a_cache_fed_piece_by_piece_gives_what_the_whole_gives(pieces):
    attention, x = layer(), normal(2, 6, WIDTH)
    want = values(attention(x, is_causal=True))
    cache, found = KVCache(2, HEADS, 6, WIDTH // HEADS, dtype="float64"), []
    with no_grad():
        for piece in np.split(values(x), np.cumsum(pieces)[:-1], axis=1):
            found.append(values(attention(Tensor(piece), is_causal=True, cache=cache)))
    assert np.allclose(np.concatenate(found, 1), want, rtol=1e-10, atol=1e-12)


def test_a_cache_with_left_padding_gives_what_the_whole_gives():
    attention, x = layer(), normal(2, 5, WIDTH)
    padding = np.array([[False] * 5, [True, True, False, False, False]])
    want = values(attention(x, is_causal=True, key_padding_mask=padding))
    cache = KVCache(2, HEADS, 8, WIDTH // HEADS, dtype="float64")
    with no_grad():
        attention(x[:, :4], is_causal=True, key_padding_mask=padding[:, :4], cache=cache)
        last = attention(x[:, 4:], is_causal=True, key_padding_mask=padding, cache=cache)
    assert np.allclose(values(last)[:, 0], want[:, 4], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("causal", [False, True])
def test_gradients_agree_with_finite_differences(causal):
    attention = layer()
    x = normal(2, 3, WIDTH).requires_grad_()

    def by_parts(x, weight, bias):
        attention.qkv.weight, attention.qkv.bias = weight, bias
        return attention(x, is_causal=causal)

    assert gradcheck(by_parts, x, attention.qkv.weight, attention.qkv.bias)


def test_the_weights_carry_gradients_as_the_fused_path_does():
    attention = layer()
    gradients = []
    for need_weights in (False, True):
        x = normal(2, 4, WIDTH).requires_grad_()
        y = attention(x, is_causal=True, need_weights=need_weights)
        y = y[0] if need_weights else y
        (y * y).sum().backward()
        gradients.append((x.grad.numpy(), attention.qkv.weight.grad.numpy()))
        attention.zero_grad()
    for a, b in zip(*gradients, strict=True):
        assert np.allclose(a, b, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
@pytest.mark.parametrize("causal", [False, True])
def test_shared_keys_are_those_of_an_attention_with_copies_of_them(kv_heads, causal):
    width, heads = 16, 4
    few = MultiHeadAttention(width, heads, num_kv_heads=kv_heads, generator=Generator(0))
    many = MultiHeadAttention(width, heads, generator=Generator(1))
    weight = values(few.qkv.weight)
    kv = weight[width:].reshape(2, kv_heads, 4, width)
    wide = np.repeat(kv, heads // kv_heads, axis=1).reshape(2 * width, width)
    many.qkv.weight = Parameter(np.concatenate([weight[:width], wide]))
    many.out = few.out
    few, many, x = few.to("float64"), many.to("float64"), normal(2, 5, width)
    assert few.qkv.weight.shape == (width + 2 * kv_heads * 4, width)
    y, weights = few(x, is_causal=causal, need_weights=True, average_attn_weights=False)
    z, others = many(x, is_causal=causal, need_weights=True, average_attn_weights=False)
    assert np.allclose(values(y), values(z), rtol=1e-10, atol=1e-12)
    assert np.allclose(values(weights), values(others), rtol=1e-10, atol=1e-12)
    assert np.allclose(values(few(x, is_causal=causal)), values(z), rtol=1e-10, atol=1e-12)
    memory = normal(2, 7, width, seed=1)
    for inputs in ((x, memory), (x, memory, normal(2, 7, width, seed=2))):
        assert np.allclose(values(few(*inputs)), values(many(*inputs)), rtol=1e-10, atol=1e-12)


def test_time_may_stand_first():
    first, second = layer(), layer(batch_first=False)
    x, memory = normal(2, 5, WIDTH), normal(2, 3, WIDTH, seed=1)
    padding = np.array([[False] * 3, [False, True, False]])
    want, weights = first(x, memory, key_padding_mask=padding, need_weights=True)
    y, found = second(
        x.transpose(0, 1), memory.transpose(0, 1), key_padding_mask=padding, need_weights=True
    )
    assert np.allclose(values(y.transpose(0, 1)), values(want), rtol=1e-12)
    assert np.allclose(values(found), values(weights), rtol=1e-12)
    assert np.allclose(values(second(x[0])), values(first(x[0])), rtol=1e-12)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("window", [1, 2, 9])
@pytest.mark.parametrize("further", [False, True])
def test_a_window_is_its_mask(window, causal, further):
    options = {"add_bias_kv": further, "add_zero_attn": further}
    narrow, wide = layer(sliding_window=window, **options), layer(**options)
    x = normal(2, 6, WIDTH)
    place = np.arange(6)[:, None] - np.arange(6)
    mask = (abs(place) >= window) | ((place < 0) & causal)
    want = values(wide(x, attn_mask=mask))
    assert np.allclose(values(narrow(x, is_causal=causal)), want, rtol=1e-10, atol=1e-12)
    weights = values(narrow(x, is_causal=causal, need_weights=True)[1])
    assert weights.shape == (2, 6, 6 + 2 * further)
    assert not weights[:, :, :6][:, mask].any()


def test_further_keys_are_keys_that_all_see():
    plain, more = layer(), layer(add_bias_kv=True, add_zero_attn=True)
    more.load_state_dict(plain.state_dict(), strict=False)
    x, padding = normal(2, 4, WIDTH), np.array([[False] * 4, [True] * 4])
    y, weights = more(x, is_causal=True, key_padding_mask=padding, need_weights=True)
    assert np.allclose(values(weights).sum(-1), 1)
    assert not values(weights)[1, :, :4].any()  # all is padding: what is left are the two
    assert (values(weights)[0, 0] > 0).tolist() == [True, False, False, False, True, True]
    assert (values(weights)[:, :, 4:] > 0).all()
    broad = more(x, attn_mask=np.zeros((4, 1)), need_weights=True)[1]
    assert np.allclose(values(broad), values(more(x, need_weights=True)[1]))
    y.sum().backward()
    assert np.abs(values(more.bias_k.grad)).sum() > 0
    assert np.abs(values(more.bias_v.grad)).sum() > 0


def test_one_padded_completely_gathers_zeros():
    attention, x = layer(), normal(2, 4, WIDTH)
    y = values(attention(x, key_padding_mask=np.array([[False] * 4, [True] * 4])))
    assert np.allclose(y[1], values(attention.out.bias), rtol=1e-12)
    assert np.allclose(y[0], values(attention(x[0])), rtol=1e-12)


@pytest.mark.parametrize("interleaved", [False, True])
def test_with_rotations_only_distances_matter(interleaved):
    rotary = RotaryEmbedding(WIDTH // HEADS, interleaved=interleaved)
    attention, x = layer(rotary=rotary), normal(2, 5, WIDTH)
    want = values(attention(x, is_causal=True))
    assert not np.allclose(values(layer()(x, is_causal=True)), want)
    for positions in ([7, 8, 9, 10, 11], [[0, 1, 2, 3, 4], [100, 101, 102, 103, 104]]):
        shifted = attention(x, is_causal=True, positions=tensor(positions))
        assert np.allclose(values(shifted), want, rtol=1e-8, atol=1e-10)
    apart = attention(x, is_causal=True, positions=tensor([0, 2, 4, 6, 8]))
    assert not np.allclose(values(apart), want)


@pytest.mark.parametrize("pieces", [(1,) * 6, (3, 1, 2), (2, 4)])
def test_a_cache_gives_what_the_whole_gives_with_all_options(pieces):
    attention = MultiHeadAttention(
        16, 4, num_kv_heads=2, sliding_window=3, rotary=RotaryEmbedding(4), generator=Generator(0)
    ).to("float64")
    x = normal(2, 6, 16)
    want = values(attention(x, is_causal=True))
    cache, found = KVCache(2, 2, 6, 4, dtype="float64"), []
    with no_grad():
        for piece in np.split(values(x), np.cumsum(pieces)[:-1], axis=1):
            found.append(values(attention(Tensor(piece), is_causal=True, cache=cache)))
    assert np.allclose(np.concatenate(found, 1), want, rtol=1e-10, atol=1e-12)


def test_a_memory_efficient_layer_is_the_same_layer():
    options = {"num_kv_heads": 1, "sliding_window": 4, "generator": Generator(0)}
    one = MultiHeadAttention(WIDTH, HEADS, **options).to("float64")
    other = MultiHeadAttention(WIDTH, HEADS, memory_efficient=True, **options).to("float64")
    other.load_state_dict(one.state_dict())
    bias, x = ALiBi(HEADS, dtype="float64")(9), normal(2, 9, WIDTH)
    want = values(one(x, attn_mask=bias, is_causal=True))
    assert np.allclose(values(other(x, attn_mask=bias, is_causal=True)), want, rtol=1e-10)


def test_a_bias_for_each_head_serves_all_of_a_batch_and_learns():
    attention, x = layer(), normal(3, 4, WIDTH)
    bias = T5RelativePositionBias(HEADS, 8, 16, dtype="float64", generator=Generator(0))
    y = attention(x, attn_mask=bias(4))
    whole = np.broadcast_to(values(bias(4)), (3, HEADS, 4, 4))
    assert np.allclose(values(y), values(attention(x, attn_mask=whole)), rtol=1e-12)
    (y * y).sum().backward()
    assert np.abs(bias.weight.grad.numpy()).sum() > 0


def test_dropout_acts_on_the_weights_while_training_alone():
    attention = MultiHeadAttention(WIDTH, HEADS, dropout=0.5, generator=Generator(0))
    x = Tensor(Generator(1).normal((1, 50, WIDTH)))
    _, weights = attention(x, need_weights=True, average_attn_weights=False)
    assert 0.4 < (values(weights) == 0).mean() < 0.6
    assert values(attention(x)).tolist() != values(attention(x)).tolist()
    attention.eval()
    assert values(attention(x)).tolist() == values(attention(x)).tolist()


def test_initial_values_are_pytorchs():
    made = MultiHeadAttention(64, 4, generator=Generator(0))
    bound = math.sqrt(6 / (64 + 3 * 64))  # xavier_uniform of the three matrices as one
    assert 0.99 * bound < np.abs(values(made.qkv.weight)).max() <= bound
    assert 0.99 / 8 < np.abs(values(made.out.weight)).max() <= 1 / 8
    assert not values(made.qkv.bias).any()
    assert not values(made.out.bias).any()


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"num_heads \(3\) must divide embed_dim \(8\)"):
        MultiHeadAttention(8, 3)
    with pytest.raises(ValueError, match=r"dropout \(2\)"):
        MultiHeadAttention(8, 2, dropout=2)
    with pytest.raises(ValueError, match=r"num_kv_heads \(3\) must divide num_heads \(4\)"):
        MultiHeadAttention(8, 4, num_kv_heads=3)
    with pytest.raises(ValueError, match=r"sliding_window \(0\) must be 1 or more"):
        MultiHeadAttention(8, 2, sliding_window=0)
    with pytest.raises(ValueError, match=r"rotary \(6 wide\) does not fit a head \(4\)"):
        MultiHeadAttention(8, 2, rotary=RotaryEmbedding(6))
    turning = MultiHeadAttention(8, 2, rotary=RotaryEmbedding(4)).to("float64")
    with pytest.raises(ValueError, match="queries and keys of one sequence alone"):
        turning(normal(2, 4, WIDTH), normal(2, 4, WIDTH, seed=1))
    attention, x = layer(), normal(2, 4, WIDTH)
    with pytest.raises(ValueError, match=r"positions are given, but .* no rotary embedding"):
        attention(x, positions=tensor([0, 1, 2, 3]))
    with pytest.raises(ValueError, match=r"attn_mask \(4, 5\) must be \(4, 4\), \(2, 4, 4\)"):
        attention(x, attn_mask=np.zeros((4, 5), bool))
    with pytest.raises(ValueError, match=r"key_padding_mask \(4,\) must be \(2, 4\)"):
        attention(x, key_padding_mask=np.zeros(4, bool))
    with pytest.raises(TypeError, match=r"attn_mask must be boolean .* not int64"):
        attention(x, attn_mask=np.zeros((4, 4), np.int64))
    with pytest.raises(ValueError, match=r"is_causal needs as many keys \(6\) as queries \(4\)"):
        attention(x, normal(2, 6, WIDTH), is_causal=True)
    with pytest.raises(ValueError, match=r"\(1, 3\)"):
        attention(tensor([[1.0, 2.0, 3.0]]))


KINDS = {
    "plain": {},
    "shared keys": {"num_kv_heads": 1},
    "a window": {"sliding_window": 2},
    "further keys": {"add_bias_kv": True, "add_zero_attn": True},
    "rotations": {"rotary": RotaryEmbedding(4)},
    "frugal": {"memory_efficient": True, "num_kv_heads": 1, "sliding_window": 3},
}


@pytest.mark.parametrize("device", ["cpu", "mlx", pytest.param("cuda", marks=pytest.mark.cuda)])
@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_library_goes_the_same_way(kind, jit, device, agree, with_jit):
    if device != "cpu":
        pytest.importorskip({"mlx": "mlx.core", "cuda": "cupy"}[device])
    found = []
    padding = np.array([[False] * 5, [True, False, False, False, False]])
    for on, dtype, compiled in (("cpu", "float64", False), (device, "float32", jit)):
        with_jit(compiled)
        attention = layer(**KINDS[kind]).to(dtype).to(device=on)
        x = tensor(normal(2, 5, WIDTH).numpy(), dtype=dtype, device=on, requires_grad=True)
        mask = nt_tensor.asarray(padding, device=on)
        y = attention(x, is_causal=True, key_padding_mask=mask)
        (y * y).sum().backward()
        assert str(y.dtype) == str(x.grad.dtype) == dtype
        gradients = [p.grad.numpy() for p in attention.parameters()]
        found.append([y.detach().numpy(), x.grad.numpy(), *gradients])
    for got, want in zip(found[1], found[0], strict=True):
        agree(got, want, 1e-5)


@pytest.mark.goldens("attention", "mha_.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, agree, dtype, limit):
    attention = MultiHeadAttention(**golden.about["ctor"]).to(dtype)
    torch_layout.from_torch_state_dict(attention, golden.starting("param."))
    inputs = [golden.leaf(f"input.{n}", dtype) for n in ("query", "key", "value")]
    masks = {
        n: golden.arrays[f"input.{n}"]
        for n in ("attn_mask", "key_padding_mask")
        if f"input.{n}" in golden.arrays
    }
    masks = {n: m.astype(dtype) if m.dtype.kind == "f" else m for n, m in masks.items()}
    average = golden.about["kwargs"]["average_attn_weights"]
    y, weights = attention(*inputs, need_weights=True, average_attn_weights=average, **masks)
    agree(y, golden.arrays["output.0"], limit)
    agree(weights, golden.arrays["output.1"], limit)
    agree(attention(*inputs, **masks), golden.arrays["output.0"], limit)
    cotangents = [golden.tensor(f"cotangent.{i}", dtype) for i in (0, 1)]
    ((y * cotangents[0]).sum() + (weights * cotangents[1]).sum()).backward()
    for name, x in zip(("query", "key", "value"), inputs, strict=True):
        agree(x.grad, golden.arrays[f"grad.input.{name}"], limit * 10)
    for parameter in attention.parameters():  # so that they are exported under PyTorch's names
        parameter.data = parameter.grad.data
    found = torch_layout.to_torch_state_dict(attention)
    for name in golden.about["params"]:
        agree(found[name], golden.arrays[f"grad.param.{name}"], limit * 10)


PUBLISHED = Path(__file__).resolve().parents[5].parent / "shared" / "goldens" / "hf"


@pytest.mark.parametrize("frugal", [False, True])
@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("model", ["llama_gqa", "llama_tied", "mistral"])
def test_it_attends_as_published_models_do(model, layer, frugal, agree):
    """Grouped keys, LLaMA's layout of rotations, Llama 3's scaling, Mistral's window, padding."""
    if not (PUBLISHED / model).is_dir():
        pytest.skip(f"no ../shared/goldens/hf/{model}")
    config = json.loads((PUBLISHED / model / "config.json").read_text())
    arrays = load_file(PUBLISHED / model / "goldens.safetensors")
    weights = load_file(PUBLISHED / model / "model.safetensors")
    rope, width = config["rope_parameters"], config["hidden_size"]
    scaling = None
    if rope["rope_type"] == "llama3":
        scaling = Llama3RopeScaling(
            rope["factor"],
            rope["low_freq_factor"],
            rope["high_freq_factor"],
            rope["original_max_position_embeddings"],
        )
    rotary = RotaryEmbedding(config["head_dim"], rope["rope_theta"], scaling=scaling)
    attention = MultiHeadAttention(
        width,
        config["num_attention_heads"],
        bias=False,
        num_kv_heads=config["num_key_value_heads"],
        sliding_window=config.get("sliding_window"),
        rotary=rotary,
        memory_efficient=frugal,
        dtype="float64",
    )
    own = {n: weights[f"model.layers.{layer}.self_attn.{n}_proj.weight"] for n in "qkvo"}
    attention.qkv.weight.data = np.concatenate([own[n] for n in "qkv"]).astype(np.float64)
    attention.out.weight.data = own["o"].astype(np.float64)
    norm = weights[f"model.layers.{layer}.input_layernorm.weight"].astype(np.float64)
    x = rms_norm(
        Tensor(arrays[f"output.hidden_states.{layer}"].astype(np.float64)),
        (width,),
        Tensor(norm),
        config["rms_norm_eps"],
    )
    real = arrays["input.attention_mask"] == 1
    options = {
        "key_padding_mask": ~real,
        "is_causal": True,
        "positions": Tensor(arrays["input.position_ids"]),
    }
    y, found = attention(x, need_weights=True, average_attn_weights=False, **options)
    agree(values(found) * real[:, None, :, None], arrays[f"output.attentions.{layer}"], 2e-6)
    agree(values(attention(x, **options)), y, 1e-12)
