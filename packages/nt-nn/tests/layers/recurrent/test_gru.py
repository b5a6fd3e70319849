"""GRU: names, devices and dtypes, packed sequences, PyTorch's numbers."""

import numpy as np
import pytest
from nt_autograd import tensor, zeros
from nt_nn import GRU, Parameter, pack_padded_sequence, pad_packed_sequence
from nt_tensor import Generator

SIGNALS = np.random.default_rng(0).standard_normal((5, 2, 3)).astype(np.float32)


def test_the_parameters_have_pytorchs_shapes():
    shapes = {name: p.shape for name, p in GRU(3, 4, 2, bidirectional=True).named_parameters()}
    assert len(shapes) == 16
    assert shapes["weight_ih_l0"] == (12, 3)
    assert shapes["weight_ih_l1_reverse"] == (12, 8)
    assert shapes["bias_hh_l1"] == (12,)


def test_the_batch_may_come_first():
    one, other = (GRU(3, 4, batch_first=first, generator=Generator(0)) for first in (False, True))
    y, h = one(tensor(SIGNALS))
    z, same = other(tensor(SIGNALS).transpose(0, 1))
    np.testing.assert_array_equal(y.detach().numpy(), z.transpose(0, 1).detach().numpy())
    assert h.tolist() == same.tolist()


def test_both_ways_end_where_they_should():
    y, h = GRU(3, 4, bidirectional=True)(tensor(SIGNALS))
    assert y[-1, :, :4].tolist() == h[0].tolist()
    assert y[0, :, 4:].tolist() == h[1].tolist()


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_states_begin_in_the_dtype_of_the_input(dtype):
    y, h = GRU(3, 4).to(dtype)(tensor(SIGNALS, dtype=dtype))
    assert str(y.dtype) == str(h.dtype) == dtype


def test_a_state_is_loaded_and_saved_under_its_names():
    one, other = GRU(3, 4, 2), GRU(3, 4, 2)
    other.load_state_dict(one.state_dict())
    assert one(tensor(SIGNALS))[0].tolist() == other(tensor(SIGNALS))[0].tolist()
    with pytest.raises(ValueError, match=r"unexpected: .*l1"):
        GRU(3, 4).load_state_dict(one.state_dict())


def test_the_state_must_fit():
    with pytest.raises(ValueError, match=r"hx must be \(2, 2, 4\).*got \(1, 2, 4\)"):
        GRU(3, 4, 2)(zeros(5, 2, 3), zeros(1, 2, 4))


@pytest.mark.goldens("rnn", "gru(?!cell).*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, agree, dtype, limit):
    layer = GRU(**golden.about["ctor"]).to(dtype)
    for name in golden.about["params"]:
        setattr(layer, name, Parameter(golden.tensor(f"param.{name}", dtype)))
    x = golden.leaf("input.x", dtype)
    if "lengths" in golden.about["inputs"]:
        packed = pack_padded_sequence(x, golden.arrays["input.lengths"], True, enforce_sorted=False)
        y, h = layer(packed)
        y, _ = pad_packed_sequence(y, batch_first=True)
        given = [x]
    else:
        given = [x, golden.leaf("input.h0", dtype)]
        y, h = layer(*given)
    loss = 0.0
    for i, found in enumerate((y, h)):
        agree(found, golden.arrays[f"output.{i}"], limit)
        loss = loss + (found * golden.tensor(f"cotangent.{i}", dtype)).sum()
    loss.backward()
    for name, value in zip(golden.about["grad_inputs"], given, strict=True):
        agree(value.grad, golden.arrays[f"grad.input.{name}"], limit * 10)
    for name, parameter in layer.named_parameters():
        agree(parameter.grad, golden.arrays[f"grad.param.{name}"], limit * 10)
