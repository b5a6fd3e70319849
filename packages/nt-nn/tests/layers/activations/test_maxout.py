"""Maxout as a module: after a Linear it is a maximum of lines."""

import numpy as np
import pytest
from nt_autograd import maxout, tensor
from nt_nn import Linear, Maxout, Sequential
from nt_tensor import Generator


def test_it_is_its_op_with_its_settings():
    x = tensor(np.random.default_rng(0).standard_normal((4, 6)))
    assert Maxout(3)(x).tolist() == maxout(x, 3).tolist()
    assert Maxout(2, 0)(x).tolist() == maxout(x, 2, 0).tolist()
    assert repr(Maxout(2, 0)) == "Maxout(k=2, dim=0)"


def test_a_unit_is_convex():
    net = Sequential(Linear(1, 5, generator=Generator(0)), Maxout(5))
    y = net(tensor(np.linspace(-9, 9, 201)[:, None].astype(np.float32))).detach().numpy()[:, 0]
    assert (y[2:] - 2 * y[1:-1] + y[:-2] > -1e-5).all()
    assert len(set(np.diff(y).round(4).tolist())) > 1


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"k \(0\) must be positive"):
        Maxout(0)
    with pytest.raises(ValueError, match=r"k \(4\) must be positive and divide axis -1"):
        Maxout(4)(tensor([1.0] * 6))
