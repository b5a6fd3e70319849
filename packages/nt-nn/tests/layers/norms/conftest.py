"""Any normalisation against PyTorch's stored answers."""

import nt_nn
import pytest


@pytest.fixture
def pytorchs(agree):
    """A function: value, gradients and buffers of a golden case are PyTorch's."""

    def check(golden, dtype, limit):
        about = golden.about
        if dtype == "float32" and "smallvar" in about["case"]:
            limit = 1e-3
        norm = getattr(nt_nn, about["op"])(**about["ctor"]).to(dtype).train(about["train"])
        norm.load_state_dict({n: golden.arrays[f"param.{n}"] for n in about["params"]})
        x = golden.leaf("input.x", dtype)
        y = norm(x)
        agree(y, golden.arrays["output.0"], limit)
        (y * golden.tensor("cotangent.0", dtype)).sum().backward()
        agree(x.grad, golden.arrays["grad.input.x"], limit * 10)
        for name in about["grad_params"]:
            agree(getattr(norm, name).grad, golden.arrays[f"grad.param.{name}"], limit * 10)
        for name in about.get("buffers_after", []):
            agree(norm.state_dict()[name], golden.arrays[f"buffer_after.{name}"], limit)

    return check
