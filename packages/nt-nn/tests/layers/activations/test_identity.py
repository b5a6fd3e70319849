"""Identity as a module: nothing happens, whatever it is made with."""

from nt_autograd import tensor
from nt_nn import Identity, Sequential


def test_what_comes_in_goes_out():
    x = tensor([-1e30, -0.0, 1e30])
    assert Identity()(x) is x
    assert Identity(54, unused=True)(x) is x
    assert Sequential(Identity(), Identity())(x) is x
    assert list(Identity().parameters()) == []
