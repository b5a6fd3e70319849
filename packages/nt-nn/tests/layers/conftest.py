"""What the tests of layers over images share: a check against PyTorch's stored answers."""

import nt_nn
import pytest


@pytest.fixture
def as_pytorch(golden, agree):
    """A function: do the layer's output and gradients agree with those stored?"""

    def check(dtype):
        limit = {"float64": 1e-9, "float32": 1e-5}[dtype]
        layer = getattr(nt_nn, golden.about["op"])(**golden.about["ctor"]).to(dtype)
        layer.load_state_dict(
            {n: golden.tensor(f"param.{n}", dtype) for n in golden.about["params"]}
        )
        x = golden.leaf("input.x", dtype)
        y = layer(x)
        y = y[0] if isinstance(y, tuple) else y
        agree(y, golden.arrays["output.0"], limit)
        (y * golden.tensor("cotangent.0", dtype)).sum().backward()
        agree(x.grad, golden.arrays["grad.input.x"], limit * 10)
        for name, parameter in layer.named_parameters():
            agree(parameter.grad, golden.arrays[f"grad.param.{name}"], limit * 10)

    return check
