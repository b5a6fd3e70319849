"""one_hot: rows of the identity."""

import numpy as np
import pytest
from nt_autograd import one_hot, tensor


@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (0,)])
@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
def test_they_are_rows_of_the_identity(shape, dtype, device):
    ids = np.random.default_rng(0).integers(0, 4, shape)
    y = one_hot(tensor(ids, device=device).to(dtype), 4)
    np.testing.assert_array_equal(y.numpy(), np.eye(4, dtype=np.int64)[ids])
    assert str(y.dtype) == "int64"
    assert not y.requires_grad


def test_the_largest_class_says_how_many_there_are(device):
    assert one_hot(tensor([1, 0, 2], device=device)).shape == (3, 3)


def test_it_is_pytorchs(goldens):
    case, arrays = goldens("embedding")["one_hot"]
    y = one_hot(tensor(arrays["input.ids"]), **case["kwargs"])
    np.testing.assert_array_equal(y.numpy(), arrays["output.0"])


def test_without_a_class_the_number_must_be_said():
    with pytest.raises(ValueError, match="num_classes must be given"):
        one_hot(tensor(np.zeros(0, np.int64)))
