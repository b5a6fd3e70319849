"""TransformerEncoder: its layers' equations by hand, masks and causality, PyTorch's numbers."""

import math

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, tanh
from nt_nn import LayerNorm, TransformerEncoder, TransformerEncoderLayer, torch_layout
from nt_tensor import Generator


def layer(**options):
    given = {"dropout": 0.0, "generator": Generator(0), "dtype": "float64", **options}
    return TransformerEncoderLayer(8, 2, 12, **given)


def normal(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).normal(size=shape))


def values(x):
    return x.detach().numpy()


def norm(x, eps=1e-5):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps)


def gelu(x):
    return x * np.vectorize(lambda u: (1 + math.erf(u / math.sqrt(2))) / 2)(x)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize(
    ("activation", "formula"),
    [("relu", lambda x: np.maximum(x, 0)), ("gelu", gelu), (tanh, np.tanh)],
)
def test_a_layer_is_attention_and_a_network_added_and_normalised(norm_first, activation, formula):
    made = layer(norm_first=norm_first, activation=activation)
    x = values(normal(2, 5, 8))

    def attended(x):
        return values(made.self_attn(Tensor(x)))

    def network(x):
        inner = formula(x @ values(made.linear1.weight).T + values(made.linear1.bias))
        return inner @ values(made.linear2.weight).T + values(made.linear2.bias)

    if norm_first:
        want = x + attended(norm(x))
        want = want + network(norm(want))
    else:
        want = norm(x + attended(x))
        want = norm(want + network(want))
    np.testing.assert_allclose(values(made(Tensor(x))), want, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_causal_layer_sees_no_later_position(norm_first):
    made, x = layer(norm_first=norm_first), normal(2, 6, 8)
    other = values(x).copy()
    other[:, 4:] = 1e3
    before = values(made(x, is_causal=True))[:, :4]
    np.testing.assert_allclose(values(made(Tensor(other), is_causal=True))[:, :4], before)
    masked = made(x, np.triu(np.ones((6, 6), bool), 1))
    np.testing.assert_allclose(values(masked)[:, :4], before, rtol=1e-12)


def test_padding_changes_nothing_elsewhere():
    made, x = layer(), normal(1, 6, 8)
    padding = np.array([[False] * 4 + [True] * 2])
    short = values(made(x[:, :4]))
    np.testing.assert_allclose(values(made(x, None, padding))[:, :4], short, rtol=1e-10)


def test_positions_in_another_order_come_out_in_that_order():
    made, x = TransformerEncoder(layer(), 2), normal(2, 6, 8)
    order = np.random.default_rng(1).permutation(6)
    turned = made(Tensor(values(x)[:, order]))
    np.testing.assert_allclose(values(turned), values(made(x))[:, order], rtol=1e-9, atol=1e-11)


def test_a_stack_is_its_layers_one_after_the_other_and_the_norm():
    encoder = TransformerEncoder(layer(), 3, LayerNorm(8, dtype="float64"))
    for i, each in enumerate(encoder.layers):
        each.linear1.weight.data = values(normal(12, 8, seed=i))
    y = x = normal(2, 4, 8)
    for each in encoder.layers:
        y = each(y, is_causal=True)
    np.testing.assert_allclose(values(encoder(x, is_causal=True)), norm(values(y)), rtol=1e-9)
    np.testing.assert_array_equal(values(TransformerEncoder(layer(), 0)(x)), values(x))


def test_copies_share_no_memory():
    encoder = TransformerEncoder(layer(), 2)
    assert len(list(encoder.parameters())) == 2 * len(list(layer().parameters()))
    first, second = encoder.layers
    second.linear1.weight.data[...] = 7
    assert not (values(first.linear1.weight) == 7).any()


def test_dropout_acts_while_training_alone():
    made, x = layer(dropout=0.5), normal(2, 5, 8)
    assert values(made(x)).tolist() != values(made(x)).tolist()
    made.eval()
    assert values(made(x)).tolist() == values(made(x)).tolist()
    np.testing.assert_allclose(values(made(x)), values(layer()(x)))


def test_time_may_stand_first():
    x, padding = normal(2, 5, 8), np.array([[False] * 5, [False, False, False, True, True]])
    want = values(layer()(x, None, padding))
    y = layer(batch_first=False)(x.transpose(0, 1), None, padding)
    np.testing.assert_allclose(values(y.transpose(0, 1)), want, rtol=1e-10)


@pytest.mark.parametrize("norm_first", [False, True])
def test_gradients_agree_with_finite_differences(norm_first):
    made = layer(norm_first=norm_first, activation="gelu")

    def by_parts(x, weight, other):
        made.self_attn.qkv.weight, made.linear1.weight = weight, other
        return made(x, is_causal=True)

    x = normal(1, 3, 8).requires_grad_()
    assert gradcheck(by_parts, x, made.self_attn.qkv.weight, made.linear1.weight)


def test_without_biases_there_are_none():
    names = [name for name, _ in layer(bias=False).named_parameters()]
    assert len(names) == 6
    assert all(name.endswith("weight") for name in names)


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"num_heads \(3\) must divide embed_dim \(8\)"):
        TransformerEncoderLayer(8, 3)
    with pytest.raises(ValueError, match=r"activation \('tanh'\) must be 'relu' or 'gelu' or a"):
        layer(activation="tanh")
    with pytest.raises(ValueError, match=r"dim_feedforward \(0\) must be positive"):
        TransformerEncoderLayer(8, 2, 0)
    with pytest.raises(ValueError, match=r"dropout \(1.5\)"):
        layer(dropout=1.5)
    with pytest.raises(ValueError, match=r"num_layers \(-1\) must not be negative"):
        TransformerEncoder(layer(), -1)


@pytest.mark.goldens("attention", "encoder_.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, agree, dtype, limit):
    options = dict(golden.about["ctor"])
    depth, last = options.pop("num_layers", None), options.pop("final_norm", False)
    made = TransformerEncoderLayer(**{"dropout": 0.0, **options})
    if depth is not None:
        made = TransformerEncoder(made, depth, LayerNorm(options["d_model"]) if last else None)
    torch_layout.from_torch_state_dict(made.to(dtype), golden.starting("param."))
    x = golden.leaf("input.src", dtype)
    padding = golden.arrays.get("input.src_key_padding_mask")
    y = made(x, None, padding)
    agree(y, golden.arrays["output.0"], limit)
    (y * golden.tensor("cotangent.0", dtype)).sum().backward()
    agree(x.grad, golden.arrays["grad.input.src"], limit * 10)
    for parameter in made.parameters():  # so that they are exported under PyTorch's names
        parameter.data = parameter.grad.data
    found = torch_layout.to_torch_state_dict(made)
    assert set(found) == set(golden.about["params"])
    for name in golden.about["params"]:
        agree(found[name], golden.arrays[f"grad.param.{name}"], limit * 10)
