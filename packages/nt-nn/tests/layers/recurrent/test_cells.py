"""RNNCell, LSTMCell, GRUCell: a loop over one is a layer, zeros by default, PyTorch's numbers."""

import numpy as np
import pytest
from nt_autograd import tensor, zeros
from nt_nn import GRU, LSTM, RNN, GRUCell, LSTMCell, Parameter, RNNCell

KINDS = [(RNNCell, RNN, {}), (RNNCell, RNN, {"nonlinearity": "relu"}), (LSTMCell, LSTM, {})]
KINDS += [(GRUCell, GRU, {})]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("cell", "layer", "options"), KINDS)
def test_a_loop_over_a_cell_is_the_layer_with_its_weights(cell, layer, options, bias):
    one, many = cell(3, 4, bias, **options), layer(3, 4, bias=bias, **options)
    many.load_state_dict({f"{name}_l0": value for name, value in one.state_dict().items()})
    x = tensor(np.random.default_rng(0).standard_normal((5, 2, 3)).astype(np.float32))
    y, _ = many(x)
    state = None
    for t in range(5):
        state = one(x[t], state)
        h = state[0] if cell is LSTMCell else state
        np.testing.assert_allclose(h.detach().numpy(), y[t].detach().numpy(), atol=1e-6)


@pytest.mark.parametrize("cell", [RNNCell, LSTMCell, GRUCell])
def test_an_input_without_a_batch_is_a_batch_of_one(cell):
    one = cell(3, 4)
    x = tensor([0.5, -1.0, 2.0])
    found, row = one(x), one(x[None])
    if cell is LSTMCell:
        found, row = found[1], row[1]
    np.testing.assert_allclose(found.detach().numpy(), row[0].detach().numpy(), atol=1e-7)


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"hidden_size \(0\) must be positive"):
        GRUCell(3, 0)
    with pytest.raises(ValueError, match=r'nonlinearity must be "tanh" or "relu", got \'gelu\''):
        RNNCell(3, 4, nonlinearity="gelu")
    with pytest.raises(ValueError, match=r"input must be \(batch, 3\) or \(3,\), got \(2, 4\)"):
        GRUCell(3, 4)(zeros(2, 4))
    with pytest.raises(ValueError, match=r"hx must be \(2, 4\) for input \(2, 3\), got \(1, 4\)"):
        LSTMCell(3, 4)(zeros(2, 3), (zeros(2, 4), zeros(1, 4)))


@pytest.mark.goldens("rnn", ".*cell")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_they_agree_with_pytorch(golden, agree, dtype, limit):
    kind = {"rnncell": RNNCell, "lstmcell": LSTMCell, "grucell": GRUCell}[golden.about["case"]]
    cell = kind(**golden.about["ctor"]).to(dtype)
    for name in golden.about["params"]:
        setattr(cell, name, Parameter(golden.tensor(f"param.{name}", dtype)))
    x, *states = (golden.leaf(f"input.{name}", dtype) for name in golden.about["inputs"])
    found = cell(x, tuple(states)) if kind is LSTMCell else (cell(x, *states),)
    loss = 0.0
    for i, y in enumerate(found):
        agree(y, golden.arrays[f"output.{i}"], limit)
        loss = loss + (y * golden.tensor(f"cotangent.{i}", dtype)).sum()
    loss.backward()
    for name, value in zip(golden.about["inputs"], (x, *states), strict=True):
        agree(value.grad, golden.arrays[f"grad.input.{name}"], limit * 10)
    for name, parameter in cell.named_parameters():
        agree(parameter.grad, golden.arrays[f"grad.param.{name}"], limit * 10)
