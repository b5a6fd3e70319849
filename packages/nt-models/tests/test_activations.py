"""The activations of published configs are what transformers calls so."""

import math

import numpy as np
import pytest
from nt_autograd import gradcheck, tensor
from nt_models._activations import ACTIVATIONS, activation

erf = np.vectorize(math.erf)


def gelu(x):
    return x * (1 + erf(x / math.sqrt(2))) / 2


def gelu_tanh(x):
    return x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


RIGHT = {
    "gelu": gelu,
    "gelu_python": gelu,
    "gelu_new": gelu_tanh,
    "gelu_fast": gelu_tanh,
    "gelu_accurate": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "quick_gelu": lambda x: x * sigmoid(1.702 * x),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "silu": lambda x: x * sigmoid(x),
    "swish": lambda x: x * sigmoid(x),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "hardswish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "gelu_python_tanh": gelu_tanh,
    "gelu_10": lambda x: np.clip(gelu(x), -10, 10),
    "relu2": lambda x: np.maximum(x, 0) ** 2,
    "laplace": lambda x: (1 + erf((x - 0.707107) / (0.282095 * math.sqrt(2)))) / 2,
    "linear": lambda x: x,
    "sqrtsoftplus": lambda x: np.sqrt(np.log1p(np.exp(x))),
}


def test_every_name_is_checked():
    assert set(RIGHT) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", RIGHT)
def test_a_name_stands_for_its_function(name):
    x = np.linspace(-12, 12, 41)
    np.testing.assert_allclose(activation(name)(tensor(x)).numpy(), RIGHT[name](x), atol=1e-12)
    assert gradcheck(activation(name), tensor(x + 0.01, requires_grad=True))


def test_an_unknown_name_is_refused_under_the_options_name():
    with pytest.raises(ValueError, match=r"hidden_act \('xielu'\) must be one of gelu, "):
        activation("xielu", "hidden_act")
