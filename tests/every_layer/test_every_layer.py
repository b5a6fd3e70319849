"""What holds for every public module of nt_nn: parameters, states, gradients."""

import copy
import inspect
from typing import Any

import nt_autograd as ag
import nt_nn as nn
import nt_tensor
import numpy as np
import pytest
from nt_autograd import Tensor
from nt_tensor import manual_seed

from .samples import NOT_CALLED, SAMPLES, Sample

CLASSES = {
    name: value
    for name in nn.__all__
    if inspect.isclass(value := getattr(nn, name)) and issubclass(value, nn.Module)
}
each = pytest.mark.parametrize("name", SAMPLES)
FLAT = {"BinaryStep"}  # its slope is zero
FROZEN = {"AveragedModel"}
CONSTANT = {"ALiBi"}  # nothing goes in but a length, and nothing is learned
DRAWN = {"GumbelSoftmax", "RReLU"}  # draws of another dtype are other draws


def arguments(sample: Sample, dtype: str, device: str) -> list[Any]:
    """The inputs as tensors; floats are leaves."""
    return [argument(value, dtype, device) for value in sample.inputs]


def argument(value: Any, dtype: str, device: str) -> Any:
    """One input."""
    if isinstance(value, tuple):
        return tuple(argument(each, dtype, device) for each in value)
    if not isinstance(value, np.ndarray):
        return value
    if value.dtype.kind != "f":
        return ag.tensor(value, device=device)
    return ag.tensor(value, dtype=dtype, device=device, requires_grad=True)


def outputs(y: Any) -> list[Tensor]:
    """All tensors of an answer that have a gradient."""
    if isinstance(y, tuple):
        return [x for part in y for x in outputs(part)]
    return [y] if y.node is not None else []


def walk(module: nn.Module, inputs: list[Any]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Values, and the gradients of the inputs and parameters."""
    manual_seed(5)
    found = outputs(module(*inputs))
    loss: Any = 0.0
    for y in found:
        values = np.random.default_rng(len(y.shape)).standard_normal(y.shape)
        loss = loss + (y * ag.tensor(values, dtype=y.dtype, device=y.device)).sum()
    loss.backward()
    leaves = [x for x in inputs if isinstance(x, Tensor) and x.requires_grad]
    gradients = [x.grad for x in (*leaves, *module.parameters())]
    return [y.detach().numpy() for y in found], [g.numpy() for g in gradients if g is not None]


def test_every_public_module_has_a_sample() -> None:
    missing = set(CLASSES) - set(SAMPLES) - NOT_CALLED
    assert missing == set(), "give these a sample in tests/every_layer/samples.py"
    assert set(SAMPLES) - set(CLASSES) == set()


@each
def test_every_parameter_and_input_gets_a_finite_gradient_that_is_not_zero(name: str) -> None:
    manual_seed(1)
    sample = SAMPLES[name]
    module, inputs = sample.build().to("float64"), arguments(sample, "float64", "cpu")
    if name in CONSTANT:
        assert outputs(module(*inputs)) == []
        return
    walk(module, inputs)
    first = {str(i): x.grad for i, x in enumerate(inputs[:1]) if isinstance(x, Tensor)}
    wanted = {i: g for i, g in first.items() if inputs[int(i)].requires_grad}
    wanted |= {} if name in FROZEN else {n: p.grad for n, p in module.named_parameters()}
    assert wanted
    for what, gradient in wanted.items():
        assert gradient is not None, f"{what} has no gradient"
        values = gradient.numpy()
        assert np.isfinite(values).all(), what
        assert (np.abs(values).max() > 0) == (name not in FLAT), f"the gradient of {what} is zero"


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - CONSTANT - DRAWN))
@pytest.mark.parametrize("road", ["numba", "mlx", pytest.param("cuda", marks=pytest.mark.cuda)])
def test_values_and_gradients_in_float32_are_those_of_float64(name: str, road: str) -> None:
    device = "cpu" if road == "numba" else road
    if road == "numba":
        pytest.importorskip("numba")
    try:
        nt_tensor.zeros(1, device=device)
    except (ImportError, RuntimeError) as missing:
        pytest.skip(f"no device {device} here: {missing}")
    sample = SAMPLES[name]
    manual_seed(1)
    module = sample.build()
    exact = copy.deepcopy(module).to("float64")
    right = walk(exact, arguments(sample, "float64", "cpu"))
    before = nt_tensor.jit()
    nt_tensor.jit(road == "numba")
    try:
        with nt_tensor.use_device(device):  # for what a layer makes itself, as positions
            found = walk(module.to(device), arguments(sample, "float32", device))
    finally:
        nt_tensor.jit(before)
    for ours, theirs in zip((*found[0], *found[1]), (*right[0], *right[1]), strict=True):
        assert ours.dtype == np.float32
        scale = max(1.0, float(np.abs(theirs).max(initial=0.0)))
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4 * scale)


@each
def test_a_state_goes_into_another_module_and_a_copy_is_independent(name: str) -> None:
    sample = SAMPLES[name]
    manual_seed(1)
    module = sample.build().eval()
    other = sample.build().eval()
    other.load_state_dict(module.state_dict())
    twin = copy.deepcopy(module)
    inputs = arguments(sample, "float32", "cpu")
    manual_seed(2)
    right = [y.detach().numpy() for y in outputs(module(*inputs))]
    for made in (other, twin):
        manual_seed(2)
        for a, b in zip(outputs(made(*inputs)), right, strict=True):
            np.testing.assert_array_equal(a.detach().numpy(), b)
    own = {id(p) for p in module.parameters()} | {id(b) for b in module.buffers()}
    assert own.isdisjoint({id(p) for p in (*twin.parameters(), *twin.buffers())})


@each
def test_its_repr_can_be_read(name: str) -> None:
    assert repr(SAMPLES[name].build()).startswith(name)
