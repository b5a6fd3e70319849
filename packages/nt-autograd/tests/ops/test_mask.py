"""nonzero and masked_select against NumPy."""

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, masked_select, nonzero, tensor


@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (2, 3, 2), (0, 3), (3, 0)])
@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_nonzero_lists_the_places_row_by_row(shape, chance, device):
    x = (np.random.default_rng(0).random(shape) < chance).astype(np.float32) * 3
    y = nonzero(tensor(x, device=device))
    np.testing.assert_array_equal(y.numpy(), np.argwhere(x))
    assert y.shape == np.argwhere(x).shape
    assert str(y.dtype) == "int64"


def test_nan_is_not_zero():
    assert nonzero(tensor([0.0, float("nan"), -0.0])).tolist() == [[1]]


@pytest.mark.parametrize(
    ("shape", "mask_shape"), [((3, 4), (3, 4)), ((3, 1), (4,)), ((4,), (3, 1)), ((), (2,))]
)
def test_masked_select_takes_what_the_mask_says(shape, mask_shape, device):
    rng = np.random.default_rng(0)
    x, mask = rng.standard_normal(shape).astype(np.float32), rng.random(mask_shape) < 0.5
    t = tensor(x, device=device, requires_grad=True)
    y = masked_select(t, tensor(mask, device=device))
    wide, hits = np.broadcast_arrays(x, mask)
    np.testing.assert_array_equal(y.detach().numpy(), wide[hits])
    (g,) = grad(y, t, tensor(np.ones(y.shape, np.float32), device=device))
    expected = np.zeros(shape)
    for at in np.argwhere(hits):
        at = at[len(at) - len(shape) :]
        expected[tuple(i if n > 1 else 0 for i, n in zip(at, shape, strict=True))] += 1
    np.testing.assert_array_equal(g.numpy(), expected)


def test_the_way_back_agrees_with_differences():
    x = tensor(np.random.default_rng(0).standard_normal((3, 1)), requires_grad=True)
    mask = np.array([[True, False], [False, False], [True, True]])
    assert gradcheck(lambda x: masked_select(x, mask), x)
    assert gradgradcheck(lambda x: masked_select(x * x, mask), x)


def test_a_mask_holds_booleans():
    with pytest.raises(TypeError, match="mask must hold booleans, not int64"):
        masked_select(tensor([1.0, 2.0]), tensor([1, 0]))
