"""What holds for every activation as a module, on each library."""

import nt_nn
import nt_tensor
import numpy as np
import pytest
from nt_autograd import tensor
from nt_nn import Sequential

NEEDS = {"Threshold": (0.5, 2.0), "Maxout": (2,)}


@pytest.mark.parametrize("device", ["cpu", "mlx", pytest.param("cuda", marks=pytest.mark.cuda)])
@pytest.mark.parametrize("name", nt_nn.activations.__all__)
def test_it_runs_as_a_layer_keeps_the_dtype_and_passes_a_gradient(name, device):
    try:
        nt_tensor.zeros(1, device=device)
    except (ImportError, RuntimeError) as missing:
        pytest.skip(f"no device {device} here: {missing}")
    layer = getattr(nt_nn, name)(*NEEDS.get(name, ())).to(device)
    numbers = np.linspace(-2, 3, 24).reshape(2, 3, 4)
    x = tensor(numbers, dtype="float32", device=device, requires_grad=True)
    y = Sequential(layer)(x)
    y.sum().backward()
    assert y.dtype == x.dtype
    assert y.shape[:2] == (2, 3)
    assert np.isfinite(y.detach().numpy()).all()
    assert np.isfinite(x.grad.numpy()).all()
    assert repr(layer).startswith(f"{name}(")
