"""TransformerDecoder: its layers' equations by hand, what it sees of memory, PyTorch's numbers."""

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck
from nt_nn import LayerNorm, TransformerDecoder, TransformerDecoderLayer, torch_layout
from nt_tensor import Generator


def layer(**options):
    given = {"dropout": 0.0, "generator": Generator(0), "dtype": "float64", **options}
    return TransformerDecoderLayer(8, 2, 12, **given)


def normal(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).normal(size=shape))


def values(x):
    return x.detach().numpy()


def norm(x, eps=1e-5):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps)


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_layer_looks_at_itself_then_at_the_memory_then_thinks(norm_first):
    made = layer(norm_first=norm_first)
    x, memory = values(normal(2, 5, 8)), normal(2, 7, 8, seed=1)

    def attended(x):
        return values(made.self_attn(Tensor(x), is_causal=True))

    def looked_up(x):
        return values(made.multihead_attn(Tensor(x), memory))

    def network(x):
        inner = np.maximum(x @ values(made.linear1.weight).T + values(made.linear1.bias), 0)
        return inner @ values(made.linear2.weight).T + values(made.linear2.bias)

    want = x
    for step in (attended, looked_up, network):
        want = want + step(norm(want)) if norm_first else norm(want + step(want))
    y = made(Tensor(x), memory, tgt_is_causal=True)
    np.testing.assert_allclose(values(y), want, rtol=1e-9, atol=1e-10)


def test_a_causal_decoder_sees_no_later_position_but_all_of_the_memory():
    made, x, memory = TransformerDecoder(layer(), 2), normal(2, 6, 8), normal(2, 7, 8, seed=1)
    before = values(made(x, memory, tgt_is_causal=True))
    other = values(x).copy()
    other[:, 4:] = 1e3
    after = values(made(Tensor(other), memory, tgt_is_causal=True))
    np.testing.assert_allclose(after[:, :4], before[:, :4])
    changed = values(memory).copy()
    changed[:, -1] += 1
    after = values(made(x, Tensor(changed), tgt_is_causal=True))
    assert (np.abs(after - before).max(-1) > 1e-6).all()


def test_hidden_memory_changes_nothing_and_its_order_does_not_matter():
    made, x, memory = layer(), normal(1, 4, 8), normal(1, 6, 8, seed=1)
    padding = np.array([[False] * 4 + [True] * 2])
    short = values(made(x, memory[:, :4]))
    found = made(x, memory, memory_key_padding_mask=padding)
    np.testing.assert_allclose(values(found), short, rtol=1e-10)
    blocked = np.zeros((4, 6), bool)
    blocked[:, 4:] = True
    np.testing.assert_allclose(values(made(x, memory, None, blocked)), short, rtol=1e-10)
    order = np.random.default_rng(2).permutation(6)
    turned = made(x, Tensor(values(memory)[:, order]))
    np.testing.assert_allclose(values(turned), values(made(x, memory)), rtol=1e-9)


def test_causal_memory_is_its_mask():
    made, x, memory = layer(), normal(2, 4, 8), normal(2, 4, 8, seed=1)
    future = np.triu(np.ones((4, 4), bool), 1)
    want = values(made(x, memory, None, future))
    np.testing.assert_allclose(values(made(x, memory, memory_is_causal=True)), want, rtol=1e-10)
    with pytest.raises(ValueError, match=r"as many keys \(5\) as queries \(4\)"):
        made(x, normal(2, 5, 8), memory_is_causal=True)


def test_time_may_stand_first():
    x, memory = normal(2, 5, 8), normal(2, 3, 8, seed=1)
    want = values(layer()(x, memory, tgt_is_causal=True))
    y = layer(batch_first=False)(x.transpose(0, 1), memory.transpose(0, 1), tgt_is_causal=True)
    np.testing.assert_allclose(values(y.transpose(0, 1)), want, rtol=1e-10)


def test_a_stack_is_its_layers_one_after_the_other_and_the_norm():
    decoder = TransformerDecoder(layer(), 2, LayerNorm(8, dtype="float64"))
    x, memory = normal(2, 4, 8), normal(2, 3, 8, seed=1)
    y = decoder.layers[1](decoder.layers[0](x, memory), memory)
    np.testing.assert_allclose(values(decoder(x, memory)), norm(values(y)), rtol=1e-9)
    with pytest.raises(ValueError, match=r"num_layers \(-1\) must not be negative"):
        TransformerDecoder(layer(), -1)


def test_gradients_agree_with_finite_differences():
    made = layer(activation="gelu", norm_first=True)

    def by_parts(x, memory, weight):
        made.multihead_attn.qkv.weight = weight
        return made(x, memory, tgt_is_causal=True)

    x, memory = normal(1, 3, 8).requires_grad_(), normal(1, 2, 8, seed=1).requires_grad_()
    assert gradcheck(by_parts, x, memory, made.multihead_attn.qkv.weight)


@pytest.mark.goldens("attention", "decoder_.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, agree, dtype, limit):
    made = TransformerDecoderLayer(**golden.about["ctor"]).to(dtype)
    torch_layout.from_torch_state_dict(made, golden.starting("param."))
    x, memory = golden.leaf("input.tgt", dtype), golden.leaf("input.memory", dtype)
    masks = {n: golden.arrays[f"input.{n}"] for n in ("tgt_mask", "memory_key_padding_mask")}
    y = made(x, memory, **masks)
    agree(y, golden.arrays["output.0"], limit)
    (y * golden.tensor("cotangent.0", dtype)).sum().backward()
    agree(x.grad, golden.arrays["grad.input.tgt"], limit * 10)
    agree(memory.grad, golden.arrays["grad.input.memory"], limit * 10)
    for parameter in made.parameters():  # so that they are exported under PyTorch's names
        parameter.data = parameter.grad.data
    found = torch_layout.to_torch_state_dict(made)
    assert set(found) == set(golden.about["params"])
    for name in golden.about["params"]:
        agree(found[name], golden.arrays[f"grad.param.{name}"], limit * 10)
