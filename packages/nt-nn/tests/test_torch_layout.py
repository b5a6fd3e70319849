"""torch_layout: PyTorch's names and shapes, there and back, at any depth."""

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Linear, MultiHeadAttention, Sequential, Transformer, torch_layout
from nt_tensor import Generator

FORMS = {
    "plain": {},
    "without biases": {"bias": False},
    "other widths": {"kdim": 5, "vdim": 6},
    "other widths without biases": {"vdim": 6, "bias": False},
    "further keys": {"add_bias_kv": True},
}


def attention(form, seed=0):
    made = MultiHeadAttention(4, 2, **FORMS[form], generator=Generator(seed))
    for parameter in made.parameters():
        parameter.data = Generator(seed + 1).normal(parameter.shape)
    return made


@pytest.mark.parametrize("form", FORMS)
def test_names_and_shapes_are_pytorchs(form):
    found = {n: v.shape for n, v in torch_layout.to_torch_state_dict(attention(form)).items()}
    options = FORMS[form]
    want = {"out_proj.weight": (4, 4)}
    if "vdim" in options:
        want |= {"q_proj_weight": (4, 4), "k_proj_weight": (4, options.get("kdim", 4))}
        want |= {"v_proj_weight": (4, 6)}
    else:
        want |= {"in_proj_weight": (12, 4)}
    if options.get("bias", True):
        want |= {"in_proj_bias": (12,), "out_proj.bias": (4,)}
    if "add_bias_kv" in options:
        want |= {"bias_k": (1, 1, 4), "bias_v": (1, 1, 4)}
    assert found == want


@pytest.mark.parametrize("form", FORMS)
def test_there_and_back_changes_nothing(form):
    one, other = attention(form), attention(form, seed=5)
    state = torch_layout.to_torch_state_dict(one)
    for given in (state, {name: value.numpy() for name, value in state.items()}):
        assert torch_layout.from_torch_state_dict(other, given) == ([], [])
    for name, value in one.state_dict().items():
        np.testing.assert_array_equal(other.state_dict()[name].numpy(), value.numpy())


def test_the_bias_of_three_is_the_query_s_then_the_key_s_then_the_value_s():
    made = attention("other widths")
    bias = torch_layout.to_torch_state_dict(made)["in_proj_bias"].tolist()
    parts = (made.query.bias, made.key.bias, made.value.bias)
    assert bias == [n for part in parts for n in part.tolist()]


def test_what_lies_deeper_is_renamed_and_all_else_kept():
    made = Sequential(Linear(3, 4), Transformer(4, 2, 1, 1, 8), attention("plain"))
    names = set(torch_layout.to_torch_state_dict(made))
    assert {"0.weight", "1.encoder.layers.0.self_attn.in_proj_weight", "2.in_proj_bias"} <= names
    assert "1.decoder.layers.0.multihead_attn.out_proj.bias" in names
    assert len(names) == len(made.state_dict())
    assert torch_layout.to_torch_state_dict(Linear(3, 4)).keys() == {"weight", "bias"}


def test_a_shared_attention_appears_once():
    shared = attention("plain")
    made = Sequential(shared, shared)
    assert all(name.startswith("0.") for name in torch_layout.to_torch_state_dict(made))


def test_what_does_not_fit_is_named():
    state = torch_layout.to_torch_state_dict(attention("plain"))
    del state["in_proj_bias"]
    with pytest.raises(ValueError, match=r"missing: qkv\.bias"):
        torch_layout.from_torch_state_dict(attention("plain"), state)
    assert torch_layout.from_torch_state_dict(attention("plain"), state, strict=False) == (
        ["qkv.bias"],
        [],
    )
    state["in_proj_bias"] = Tensor(np.zeros(9, np.float32))
    with pytest.raises(ValueError, match=r"qkv\.bias is \(9,\), not \(12,\)"):
        torch_layout.from_torch_state_dict(attention("plain"), state)
    few = Sequential(MultiHeadAttention(4, 2, num_kv_heads=1))
    with pytest.raises(ValueError, match="0 has 1 heads of keys for 2 of queries; PyTorch's"):
        torch_layout.to_torch_state_dict(few)
