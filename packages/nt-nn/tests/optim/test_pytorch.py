"""Thirty steps of every optimizer that PyTorch has, and of Lion, against its numbers."""

import nt_tensor
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter, optim


@pytest.mark.goldens("optim", "(?!mlp_|clip_|newton_).*")
def test_thirty_steps_agree_with_pytorch(golden, agree, road):
    dtype, device = road
    about = golden.about
    limit = 1e-9 if dtype == "float64" else 1e-3
    if about["op"] == "Muon":  # whose Newton-Schulz PyTorch computes in bfloat16
        limit = 2e-2

    def array(values):
        return nt_tensor.asarray(values.copy(), dtype=dtype, device=device)

    parameters = [Parameter(array(golden.arrays[f"init.{j}"])) for j in (0, 1)]
    groups = parameters
    if "group1" in about:
        groups = [{"params": parameters[:1]}, {"params": parameters[1:], **about["group1"]}]
    optimizer = getattr(optim, about["op"])(groups, **about["ctor"])
    for t in range(about["steps"]):
        for j, parameter in enumerate(parameters):
            skipped = "group1" in about and j == 1 and t % 3 == 2
            g = array(golden.arrays[f"grads.{j}"][t])
            parameter.grad = None if skipped else Tensor(g)
        optimizer.step()
        for j, parameter in enumerate(parameters):
            found = nt_tensor.to_numpy(parameter.data)
            agree(found, golden.arrays[f"after.{j}"][t], limit)
