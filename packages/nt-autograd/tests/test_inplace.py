"""Writing in place: what changes, who sees it, and when it is refused."""

import numpy as np
import pytest
from nt_autograd import grad, no_grad, ones, tensor, zeros


@pytest.mark.parametrize(
    ("index", "value"),
    [
        (0, 7.0),
        (-1, 7),
        (slice(1, None), 0),
        ((0, 1), -1.5),
        ((slice(None), 2), [1.0, 2.0]),
        (..., 3),
        ((..., 0), 4),
        (tensor([1, 0]), 5),
        (([0, 1], [2, 0]), [8.0, 9.0]),
        (tensor([[True, False, True], [False, False, True]]), 6),
    ],
)
def test_what_is_written_is_what_numpy_writes(index, value, device):
    x = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)
    expected = x.cpu().numpy().copy()
    plain = (
        tuple(i.numpy() if hasattr(i, "numpy") else i for i in index)
        if isinstance(index, tuple)
        else index.numpy()
        if hasattr(index, "numpy")
        else index
    )
    expected[plain] = value
    x[index] = tensor(value, device=device) if isinstance(value, list) else value
    assert x.tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda x: x.add_(1), [2, 3]),
        (lambda x: x.add_(x, alpha=3), [4, 8]),
        (lambda x: x.sub_([1.0, 1.0]), [0, 1]),
        (lambda x: x.sub_(2, alpha=0.5), [0, 1]),
        (lambda x: x.mul_(-2), [-2, -4]),
        (lambda x: x.div_(4), [0.25, 0.5]),
        (lambda x: x.fill_(9), [9, 9]),
        (lambda x: x.zero_(), [0, 0]),
        (lambda x: x.copy_(x * 10), [10, 20]),
        (lambda x: x.copy_(5), [5, 5]),
    ],
)
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_each_writes_and_gives_the_tensor_back(write, expected, dtype, device):
    x = tensor([1.0, 2.0], dtype=dtype, device=device)
    assert write(x) is x
    assert x.tolist() == expected
    assert str(x.dtype) == dtype


def test_a_view_sees_the_write_where_memory_is_shared():
    x = zeros(2, 3)
    row, turned = x[0], x.T
    x.add_(1)
    row.mul_(5)
    assert x.tolist() == [[5, 5, 5], [1, 1, 1]]
    assert turned[0].tolist() == [5, 1]


def test_where_arrays_cannot_be_written_only_this_tensor_changes():
    pytest.importorskip("mlx.core")
    x = zeros(2, device="mlx")
    before = x.detach()
    x.add_(1)
    x[0] = 7
    x.mul_(2)
    assert x.tolist() == [14, 2]
    assert before.tolist() == [0, 0]


def test_what_requires_gradients_is_written_only_under_no_grad(device):
    x = ones(2, device=device, requires_grad=True)
    y = x * 2
    for t in (x, y):
        for write in (
            lambda t: t.add_(1),
            lambda t: t.zero_(),
            lambda t: t.copy_(t.detach()),
            lambda t: t.__setitem__(0, 1),
        ):
            with pytest.raises(RuntimeError, match=r"requires gradients.*no_grad\(\)"):
                write(t)
    with no_grad():
        x.sub_(0.5)
        x[0] = 3
    assert x.tolist() == [3, 0.5]
    assert x.requires_grad
    assert x.is_leaf


def test_a_value_that_requires_gradients_is_not_written(device):
    x, v = zeros(2, device=device), ones(2, device=device, requires_grad=True)
    for write in (
        lambda: x.add_(v),
        lambda: x.copy_(v),
        lambda: x.__setitem__(slice(None), v * 2),
    ):
        with pytest.raises(RuntimeError, match="would lose the gradients"):
            write()
    assert x.tolist() == [0, 0]
    with no_grad():
        x.copy_(v)
    assert x.tolist() == [1, 1]


@pytest.mark.parametrize(
    "write",
    [
        lambda x: x.add_(1),
        lambda x: x.zero_(),
        lambda x: x.copy_(0),
        lambda x: x.__setitem__(0, 9),
        lambda x: x[1:].fill_(3),
        lambda x: x.reshape(3, 1)[:1].mul_(2),
        lambda x: x.__setitem__(tensor([0]), 2),
        lambda x: x.__setitem__(x > 0, 2),
    ],
)
def test_a_walk_that_still_needs_the_old_value_says_so(write):
    x = tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * x
    with no_grad():
        write(x)
    with pytest.raises(RuntimeError, match=r"overwritten in place.*clone"):
        y.sum().backward()


def test_a_write_into_another_part_is_not_in_the_way():
    x = tensor([[1.0, 2.0], [3.0, 4.0]])
    w = tensor([5.0, 6.0], requires_grad=True)
    y = (w * x[0]).sum()
    x[1] = 0
    y.backward()
    assert w.grad.tolist() == [1, 2]


def test_the_old_value_stays_where_arrays_cannot_be_written():
    pytest.importorskip("mlx.core")
    x = tensor([3.0], device="mlx", requires_grad=True)
    y = x * x
    with no_grad():
        x.fill_(100)
    assert grad(y, x, tensor([1.0], device="mlx"))[0].tolist() == [6]


def test_a_gradient_can_be_written_into_without_touching_another(device):
    x, y = ones(2, 2, device=device, requires_grad=True), ones(4, device=device, requires_grad=True)
    (x.reshape(4) + y).sum().backward()
    x.grad.mul_(3)
    assert y.grad.tolist() == [1] * 4
    assert x.grad.tolist() == [[3, 3], [3, 3]]
    x.sum().backward()
    assert x.grad.tolist() == [[4, 4], [4, 4]]


def test_a_number_and_an_expanded_tensor_can_be_written_too(device):
    total = ones(3, device=device).sum()
    assert total.fill_(7).item() == 7
    wide = zeros(1, device=device).expand(3)
    wide[0] = 1
    assert wide.tolist() == [1, 0, 0]


def test_copy_comes_from_any_device_and_broadcasts(device):
    x = zeros(2, 3, device=device)
    x.copy_(tensor([1.0, 2.0, 3.0], dtype="float64"))
    assert x.tolist() == [[1, 2, 3], [1, 2, 3]]
    assert (x.device.type, str(x.dtype)) == (device, "float32")


@pytest.mark.parametrize(
    ("write", "error", "message"),
    [
        (lambda: tensor([1]).add_(0.5), TypeError, "float32 does not go into a tensor of int64"),
        (lambda: tensor([1]).fill_(0.5), TypeError, "float32 does not go"),
        (lambda: tensor([True]).copy_(3), TypeError, "int64 does not go into a tensor of bool"),
        (lambda: tensor([1]).div_(2), TypeError, "fractions"),
        (lambda: zeros(2).__setitem__(0, [1.0, 2.0]), ValueError, "sequence|shape"),
        (lambda: zeros(2).__setitem__(5, 1), IndexError, "out of bounds"),
        (lambda: zeros(2).copy_(zeros(3)), ValueError, "broadcast"),
        (lambda: zeros(2).add_(zeros(3, 2)), ValueError, "broadcast"),
    ],
)
def test_what_does_not_fit_is_refused(write, error, message):
    with pytest.raises(error, match=message):
        write()


def test_tensors_of_another_library_are_refused():
    pytest.importorskip("mlx.core")
    with pytest.raises(TypeError, match=r"the value is on mlx, the tensor on cpu"):
        zeros(2).add_(ones(2, device="mlx"))


def test_zeros_go_into_every_dtype(device):
    for dtype in ("bool", "int8", "float16"):
        assert ones(2, dtype=dtype, device=device).zero_().tolist() == [0, 0]


def test_writing_into_nothing_writes_nothing(device):
    x = zeros(0, 3, device=device)
    x.add_(1)
    x[:] = 5
    assert np.array_equal(x.numpy(), np.zeros((0, 3)))
