"""Every op, mapped over samples, gives what it gives for each: values and gradients."""

from typing import Any

import nt_autograd as ag
import nt_tensor
import numpy as np
import pytest
from nt_autograd import Tensor

from tools.op_table.samples import SAMPLES, Sample

# How many they find depends on the values; what they draw, on the dtype and shape.
REFUSED = {"nonzero"}
each = pytest.mark.parametrize("name", sorted(set(SAMPLES) - REFUSED))


def answer(sample: Sample, *xs: Tensor) -> Tensor:
    """The op's answer as a tensor."""
    y = sample.function(*xs)
    return y if isinstance(y, Tensor) else ag.tensor(y)


def arguments(sample: Sample, dtype: str, device: str) -> list[Tensor]:
    """Three samples that differ a little, so that no order and no side of a kink changes."""
    stacks = [np.stack([a, a * 1.01 + 0.003, a * 0.99 - 0.002]) for a in sample.arrays]
    options: dict[str, Any] = {"dtype": dtype, "device": device, "requires_grad": True}
    return [ag.tensor(values, **options) for values in stacks]


@each
@pytest.mark.parametrize(
    ("device", "dtype", "limit"), [("cpu", "float64", 1e-7), ("mlx", "float32", 1e-4)]
)
def test_a_mapped_op_is_a_loop(name: str, device: str, dtype: str, limit: float) -> None:
    try:
        nt_tensor.zeros(1, device=device)
    except (ImportError, RuntimeError) as missing:
        pytest.skip(f"no device {device} here: {missing}")
    sample = SAMPLES[name]
    xs = arguments(sample, dtype, device)
    looped = ag.stack([answer(sample, *[x[i] for x in xs]) for i in range(3)])
    mapped = ag.vmap(lambda *one: answer(sample, *one))(*xs)
    near(mapped, looped, limit)
    if looped.node is None:
        return
    values = np.random.default_rng(1).standard_normal(looped.shape)
    v = ag.tensor(values, dtype=dtype, device=device)
    pairs = [ag.grad(y, xs, v, allow_unused=True) for y in (mapped, looped)]
    for ours, theirs in zip(*pairs, strict=True):
        if theirs is not None and ours is not None:
            near(ours, theirs, limit)


def near(found: Tensor, right: Tensor, limit: float) -> None:
    """The largest difference is small beside the largest value."""
    right_values = right.detach().numpy()
    scale = max(1.0, float(np.abs(right_values).max(initial=0)))
    np.testing.assert_allclose(found.detach().numpy(), right_values, rtol=0, atol=limit * scale)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_cannot_be_mapped_says_so(name: str) -> None:
    sample = SAMPLES[name]
    with pytest.raises(TypeError, match=name):
        ag.vmap(lambda *one: answer(sample, *one))(*arguments(sample, "float64", "cpu"))
