"""PyTorch's stored answers for functions of images."""

import nt_autograd
import numpy as np
import pytest
from nt_autograd import tensor


@pytest.fixture
def as_pytorch(goldens):
    """A function: are the value and the gradients of a stored case ours too?"""

    def check(case):
        about, arrays = goldens("conv")[case]
        xs = {n: tensor(arrays[f"input.{n}"].astype(np.float64)) for n in about["inputs"]}
        for name in about["grad_inputs"]:
            xs[name].requires_grad_()
        y = getattr(nt_autograd, about["op"])(*xs.values(), **about["kwargs"])
        y.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
        np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-9, atol=1e-10)
        for name in about["grad_inputs"]:
            np.testing.assert_allclose(
                xs[name].grad.numpy(), arrays[f"grad.input.{name}"], rtol=1e-9, atol=1e-9
            )

    return check
