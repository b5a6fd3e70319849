"""ConvTranspose1d, 2d, 3d: the op, sizes that are asked for, the transpose of Conv, PyTorch."""

import math

import nt_autograd as ag
import nt_nn
import numpy as np
import pytest
from nt_autograd import gradcheck, tensor
from nt_nn import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, Parameter
from nt_tensor import Generator

LAYERS = {
    1: (ConvTranspose1d, ag.conv_transpose1d),
    2: (ConvTranspose2d, ag.conv_transpose2d),
    3: (ConvTranspose3d, ag.conv_transpose3d),
}


def image(count, channels=4, seed=0):
    shape = (2, channels, *[4, 3, 2][:count])
    return tensor(np.random.default_rng(seed).standard_normal(shape))


@pytest.mark.parametrize("count", LAYERS)
def test_it_is_the_op_with_its_parameters(count):
    layer, op = LAYERS[count]
    conv = layer(4, 6, 3, 3, 1, 2, 2, dilation=2, dtype="float64")
    assert conv.weight.shape == (4, 3, *[3] * count)
    assert conv.bias.shape == (6,)
    x = image(count)
    right = op(x, conv.weight, conv.bias, 3, 1, 2, 2, 2)
    assert conv(x).tolist() == right.tolist()
    assert conv(x[0]).shape == right.shape[1:]


@pytest.mark.parametrize("count", LAYERS)
def test_it_is_the_transpose_of_a_convolution(count):
    kinds = {1: nt_nn.Conv1d, 2: nt_nn.Conv2d, 3: nt_nn.Conv3d}
    back = LAYERS[count][0](4, 6, 3, 2, 1, bias=False, dtype="float64")
    conv = kinds[count](6, 4, 3, 2, 1, bias=False, dtype="float64")
    conv.weight = back.weight
    x = image(count)
    y = back(x)
    z = tensor(np.random.default_rng(1).standard_normal(y.shape))
    np.testing.assert_allclose((y * z).sum().item(), (x * conv(z)).sum().item(), rtol=1e-11)


@pytest.mark.parametrize("extra", [0, 1, 2])
@pytest.mark.parametrize("count", LAYERS)
def test_the_size_may_be_asked_for(count, extra):
    layer, op = LAYERS[count]
    conv = layer(4, 2, 3, stride=3, padding=1, dtype="float64")
    x = image(count)
    least = [(n - 1) * 3 - 2 + 3 for n in x.shape[2:]]
    size = [n + extra for n in least]
    right = op(x, conv.weight, conv.bias, 3, 1, extra)
    assert conv(x, output_size=size).tolist() == right.tolist()
    assert conv(x, output_size=(2, 2, *size)).shape == (2, 2, *size)
    for wrong in ([n + 3 for n in least], [n - 1 for n in least], [*size, 1]):
        with pytest.raises(ValueError, match=r"output_size .* must be from"):
            conv(x, output_size=wrong)


def test_gradients_agree_with_finite_differences():
    conv = ConvTranspose2d(4, 2, 2, 2, groups=2, dtype="float64")

    def by_parts(x, weight, bias):
        conv.weight, conv.bias = weight, bias
        return conv(x)

    parts = [Parameter(p.data) for p in (conv.weight, conv.bias)]
    assert gradcheck(by_parts, image(2).requires_grad_(), *parts)


def test_first_values_fill_pytorchs_interval():
    conv = ConvTranspose1d(16, 64, 3, groups=4, generator=Generator(0))
    bound = 1 / math.sqrt(16 * 3)  # PyTorch counts the weight's second axis as inputs
    for parameter in (conv.weight, conv.bias):
        assert 0.9 * bound < np.abs(parameter.detach().numpy()).max() <= bound


def test_options_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"padding_mode .'reflect'. .* must be 'zeros'"):
        ConvTranspose2d(1, 1, 3, padding_mode="reflect")
    with pytest.raises(ValueError, match="output_padding"):
        ConvTranspose2d(1, 1, 3, output_padding=-1)
    with pytest.raises(ValueError, match=r"groups \(2\) must divide"):
        ConvTranspose1d(3, 4, 3, groups=2)
    assert repr(ConvTranspose2d(2, 3, 3, 2, 1, 1)) == (
        "ConvTranspose2d(2, 3, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), "
        "output_padding=(1, 1))"
    )


@pytest.mark.goldens("conv", "convT.*")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_agrees_with_pytorch(as_pytorch, dtype):
    as_pytorch(dtype)
