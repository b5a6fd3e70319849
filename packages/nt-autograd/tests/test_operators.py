"""Everything that a tensor can do is an op; every op that belongs to a tensor is its method."""

import inspect

import pytest
from nt_autograd import Tensor, ones, ops, tensor, zeros

# What PyTorch has no method for, or what takes no single tensor first.
FUNCTIONS_ONLY = """
    fused_update newton_schulz
    cat concat stack hstack vstack einsum tensordot where embedding one_hot dropout linear
    pad alias astype getitem sum_to to_device column_sums bilinear embedding_bag
    alpha_dropout feature_alpha_dropout dropout1d dropout2d dropout3d stochastic_depth
""".split()  # noqa: SIM905 (words read better than quoted strings)


def test_an_op_that_pytorch_has_as_a_method_is_one():
    functions = {n for n in ops.__all__ if not isinstance(getattr(ops, n), type)}
    missing = {n for n in functions if n not in dir(Tensor)}
    assert missing <= set(FUNCTIONS_ONLY)


def test_a_method_is_documented_as_its_op():
    for name in ("sum", "exp", "reshape", "matmul"):
        assert getattr(Tensor, name).__doc__ == getattr(ops, name).__doc__
    assert "Example" in (inspect.getdoc(Tensor.to) or "")


def test_methods_take_what_their_functions_take():
    x = tensor([[1.0, 4.0], [9.0, 16.0]])
    assert x.sum(dim=0, keepdim=True).tolist() == [[10, 20]]
    assert x.sqrt().mean().item() == 2.5
    assert x.reshape(4).tolist() == x.view((4,)).tolist() == x.flatten().tolist()
    assert x.permute(1, 0).tolist() == x.t().tolist() == x.T.tolist() == x.mT.tolist()
    assert x.expand(3, -1, -1).shape == (3, 2, 2)
    assert x.max(1).indices.tolist() == [1, 1]
    assert x.pow(0.5).tolist() == (x**0.5).tolist()
    assert x.clamp(max=5).max().item() == 5
    assert x.view_as(zeros(4)).shape == x.reshape_as(zeros(4)).shape == (4,)


def test_the_transpose_turns_all_axes_round():
    assert zeros(2, 3, 4).T.shape == (4, 3, 2)
    assert zeros(2, 3, 4).mT.shape == (2, 4, 3)


def test_a_size_may_be_a_tensor_of_one_integer():
    assert zeros(6).reshape(tensor(2), -1).shape == (2, 3)
    with pytest.raises(TypeError):
        zeros(6).reshape(2.0, 3)


def test_adding_on_the_spot_makes_a_new_tensor():
    x = ones(2, requires_grad=True)
    y = x
    y += 1
    assert x.tolist() == [1, 1]
    assert y.requires_grad


def test_python_functions_on_tensors():
    x = tensor([-2.0, 3.0])
    assert abs(x).tolist() == [2, 3]
    assert sum(x).item() == 1
    assert max(x).item() == 3
    assert (7 // tensor([2]) * 2 + 7 % tensor([2])).item() == 7
    assert list(range(tensor(3))) == [0, 1, 2]


def test_none_is_no_operand():
    for compute in (lambda x: x * None, lambda x: None + x, lambda x: x / None):
        with pytest.raises(TypeError, match="None"):
            compute(ones(2))
