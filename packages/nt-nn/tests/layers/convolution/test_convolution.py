"""Conv1d, 2d, 3d: the op with its parameters, padding modes, first values, PyTorch's numbers."""

import math

import nt_autograd as ag
import numpy as np
import pytest
from nt_autograd import gradcheck, pad, tensor
from nt_nn import Conv1d, Conv2d, Conv3d, Parameter
from nt_tensor import Generator

LAYERS = {1: (Conv1d, ag.conv1d), 2: (Conv2d, ag.conv2d), 3: (Conv3d, ag.conv3d)}


def image(count, channels=4, seed=0):
    shape = (2, channels, *[5, 6, 7][:count])
    return tensor(np.random.default_rng(seed).standard_normal(shape))


@pytest.mark.parametrize("count", LAYERS)
def test_it_is_the_op_with_its_parameters(count):
    layer, op = LAYERS[count]
    conv = layer(4, 6, 3, 2, 1, 2, 2, dtype="float64")
    assert conv.weight.shape == (6, 2, *[3] * count)
    assert conv.bias.shape == (6,)
    x = image(count)
    right = op(x, conv.weight, conv.bias, 2, 1, 2, 2)
    assert conv(x).tolist() == right.tolist()
    np.testing.assert_allclose(  # a single one
        conv(x[0]).detach().numpy(), right.detach().numpy()[0], rtol=1e-12, atol=1e-14
    )


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize("count", LAYERS)
def test_the_padding_may_show_what_is_inside(count, mode):
    layer, op = LAYERS[count]
    padding = [1, 2, 3][:count]
    conv = layer(4, 3, 3, padding=padding, padding_mode=mode, dtype="float64")
    x = image(count)
    widths = [n for each in padding[::-1] for n in (each, each)]
    right = op(pad(x, widths, mode), conv.weight, conv.bias)
    assert conv(x).tolist() == right.tolist()


@pytest.mark.parametrize("mode", ["zeros", "reflect", "circular"])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
@pytest.mark.parametrize("count", LAYERS)
def test_same_keeps_the_size_and_valid_pads_nothing(count, kernel, mode):
    layer, op = LAYERS[count]
    x = image(count)
    conv = layer(4, 3, kernel, padding="same", padding_mode=mode, dtype="float64")
    assert conv(x).shape == (2, 3, *x.shape[2:])
    spare = kernel - 1
    widths = [spare // 2, spare - spare // 2] * count  # the odd one at the end
    way = "constant" if mode == "zeros" else mode
    right = op(pad(x, widths, way), conv.weight, conv.bias)
    np.testing.assert_allclose(
        conv(x).detach().numpy(), right.detach().numpy(), rtol=1e-12, atol=1e-13
    )
    conv.padding = "valid"
    assert conv(x).shape == (2, 3, *[n - spare for n in x.shape[2:]])


def test_gradients_agree_with_finite_differences():
    conv = Conv2d(4, 4, 2, padding=1, padding_mode="reflect", groups=2, dtype="float64")

    def by_parts(x, weight, bias):
        conv.weight, conv.bias = weight, bias
        return conv(x)

    parts = [Parameter(p.data) for p in (conv.weight, conv.bias)]
    assert gradcheck(by_parts, image(2).requires_grad_(), *parts)


def test_first_values_fill_pytorchs_interval():
    conv = Conv2d(16, 64, 3, groups=4, generator=Generator(0))
    bound = 1 / math.sqrt(4 * 9)
    for parameter in (conv.weight, conv.bias):
        values = parameter.detach().numpy()
        assert 0.9 * bound < np.abs(values).max() <= bound
        assert abs(values.mean()) < 0.2 * bound
    again = Conv2d(16, 64, 3, groups=4, generator=Generator(0))
    assert again.weight.tolist() == conv.weight.tolist()


def test_parameters_and_settings_are_as_asked_for():
    conv = Conv1d(4, 8, 3, stride=2, padding=1, dilation=2, groups=4, bias=False)
    assert [n for n, _ in conv.named_parameters()] == ["weight"]
    assert repr(conv) == (
        "Conv1d(4, 8, kernel_size=(3,), stride=(2,), padding=(1,), dilation=(2,), groups=4, "
        "bias=False)"
    )
    assert "padding='same', padding_mode='reflect'" in repr(
        Conv2d(1, 1, 3, padding="same", padding_mode="reflect")
    )
    assert str(Conv3d(1, 1, 1, dtype="float64").weight.dtype) == "float64"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"in_channels": 0}, r"in_channels \(0\) and out_channels \(6\) must be positive"),
        ({"groups": 3}, r"groups \(3\) must divide in_channels \(4\) and out_channels \(6\)"),
        ({"groups": 0}, "groups"),
        ({"kernel_size": 0}, r"kernel_size \(0\) must be one integer or 2 from 1 on"),
        ({"kernel_size": (3, 3, 3)}, "kernel_size"),
        ({"stride": 0}, "stride"),
        ({"padding": -1}, r"padding \(-1\) must be .* from 0 on"),
        ({"padding": "full"}, "padding .'full'. must be numbers, 'same' or 'valid'"),
        ({"padding": "same", "stride": 2}, r"padding 'same' goes with stride 1 only, not \(2, 2\)"),
        ({"padding_mode": "mirror"}, "padding_mode .'mirror'. must be 'zeros', 'reflect'"),
        ({"dilation": 1.5}, "dilation"),
    ],
)
def test_options_that_do_not_fit_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        Conv2d(**{"in_channels": 4, "out_channels": 6, "kernel_size": 3, **options})


def test_shapes_that_do_not_fit_are_named_by_the_op():
    with pytest.raises(ValueError, match="conv2d"):
        Conv2d(3, 4, 3)(image(2))


@pytest.mark.goldens("conv", "conv[123]d.*")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_agrees_with_pytorch(as_pytorch, dtype):
    as_pytorch(dtype)
