"""The same elements in another shape, and back."""

import numpy as np
import pytest
from nt_autograd import (
    flatten,
    gradcheck,
    gradgradcheck,
    reshape,
    squeeze,
    tensor,
    unflatten,
    unsqueeze,
    view,
    zeros,
)

CASES = [
    (lambda t: reshape(t, (4, -1)), (4, 6)),
    (lambda t: reshape(t, (2, 1, 3, 4, 1)), (2, 1, 3, 4, 1)),
    (lambda t: view(t, [24]), (24,)),
    (lambda t: t.reshape(3, 8), (3, 8)),
    (lambda t: t.view(-1), (24,)),
    (lambda t: t.reshape([6, 4]), (6, 4)),
    (flatten, (24,)),
    (lambda t: flatten(t, 1), (2, 12)),
    (lambda t: flatten(t, -2, -1), (2, 12)),
    (lambda t: flatten(t, 1, 1), (2, 3, 4)),
    (lambda t: unflatten(t, 2, (2, -1)), (2, 3, 2, 2)),
    (lambda t: unflatten(t, -2, (3, 1)), (2, 3, 1, 4)),
    (lambda t: unsqueeze(t, 0), (1, 2, 3, 4)),
    (lambda t: unsqueeze(t, -1), (2, 3, 4, 1)),
    (lambda t: squeeze(unsqueeze(t, 2)), (2, 3, 4)),
]


@pytest.mark.parametrize(("fn", "shape"), CASES)
def test_the_elements_keep_their_order(fn, shape, road, agree, rng):
    x = rng.standard_normal((2, 3, 4))
    found = fn(tensor(x))
    assert found.shape == shape
    np.testing.assert_array_equal(found.numpy().ravel(), x.ravel())
    agree(fn, x, device=road)
    agree(lambda t: fn(t.permute(2, 0, 1).permute(1, 2, 0)), x, device=road)


@pytest.mark.parametrize(("fn", "shape"), CASES)
def test_both_derivatives_agree_with_differences(fn, shape, rng):
    x = tensor(rng.standard_normal((2, 3, 4)), requires_grad=True)
    assert gradcheck(fn, x)
    assert gradgradcheck(lambda t: fn(t * t), x)


def test_axes_of_length_one_go_where_asked():
    x = zeros(1, 3, 1, 1)
    assert squeeze(x).shape == (3,)
    assert squeeze(x, 0).shape == (3, 1, 1)
    assert squeeze(x, (0, -1)).shape == (3, 1)
    assert squeeze(x, 1).shape == x.shape
    assert squeeze(zeros(1, 1)).shape == squeeze(tensor(1.0)).shape == ()


def test_a_0d_tensor_flattens_to_one_element(road, agree):
    agree(flatten, np.float64(3), device=road)
    assert flatten(tensor(3.0)).shape == (1,)
    assert unsqueeze(tensor(3.0), -1).shape == (1,)


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 5, 2)])
def test_empty_tensors_have_shapes_too(shape, road, agree):
    agree(lambda t: reshape(t, (7, 0)), np.zeros(shape), device=road)
    agree(flatten, np.zeros(shape), device=road)
    agree(lambda t: unflatten(t, 0, (1, shape[0])), np.zeros(shape), device=road)


def test_memory_is_shared_where_it_can_be():
    x = tensor([1.0, 2.0, 3.0, 4.0])
    y = x.reshape(2, 2)
    x[0] = 9
    assert y[0, 0].item() == 9


@pytest.mark.parametrize(
    ("fn", "message"),
    [
        (lambda: reshape(zeros(2, 3), (4, 2)), r"reshape\(x: float32 \(2, 3\)\)"),
        (lambda: reshape(zeros(2, 3), (-1, -1)), "reshape"),
        (lambda: flatten(zeros(2, 3), 1, 0), r"start_dim \(1\) comes after end_dim \(0\)"),
        (lambda: unflatten(zeros(2, 3), 1, (2, 2)), r"sizes \(2, 2\) do not fill dim 1"),
        (lambda: unflatten(zeros(2, 3), 1, (2, -1)), "do not fill"),
    ],
)
def test_what_does_not_fit_is_told(fn, message):
    with pytest.raises(ValueError, match=message):
        fn()


def test_an_axis_that_is_not_there_is_told():
    for fn in (flatten, squeeze, lambda x, d: unsqueeze(x, d + 1)):
        with pytest.raises(IndexError, match="not an axis"):
            fn(zeros(2, 3), 2)
