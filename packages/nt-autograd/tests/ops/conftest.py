"""Roads to one number: each library, with compiled bodies and without, against float64 on NumPy."""

import nt_tensor
import numpy as np
import pytest
from nt_autograd import grad, tensor


@pytest.fixture(params=["numpy", "numba", "mlx", pytest.param("cuda", marks=pytest.mark.cuda)])
def road(request):
    """A device, and whether Numba's bodies are used on it; gives the device."""
    name = request.param
    device = "cpu" if name in ("numpy", "numba") else name
    try:
        nt_tensor.zeros(1, device=device)
    except (ImportError, RuntimeError) as missing:
        pytest.skip(f"no device {device} here: {missing}")
    if name == "numba":
        pytest.importorskip("numba")
    before = nt_tensor.jit()
    nt_tensor.jit(name != "numpy")
    yield device
    nt_tensor.jit(before)


@pytest.fixture(params=["numpy", "numba"])
def bodies(request):
    """NumPy without Numba's bodies, then with them."""
    if request.param == "numba":
        pytest.importorskip("numba")
    before = nt_tensor.jit()
    nt_tensor.jit(request.param == "numba")
    yield request.param
    nt_tensor.jit(before)


@pytest.fixture
def walk():
    """A function: there and back through `fn`. It gives the value and the arguments' gradients."""

    def there_and_back(fn, *arrays, dtype="float32", device="cpu"):
        xs = [tensor(a, dtype=dtype, device=device, requires_grad=True) for a in arrays]
        y = fn(*xs)
        v = np.random.default_rng(7).standard_normal(y.shape)
        gradients = grad(y, xs, tensor(v, dtype=dtype, device=device))
        for found in (y, *gradients):
            assert str(found.dtype) == dtype
        return [found.detach().numpy().astype(np.float64) for found in (y, *gradients)]

    return there_and_back


@pytest.fixture
def agree(walk):
    """A function: do value and gradients of `fn` on a road agree with float64 on NumPy?"""

    def check(fn, *arrays, device, dtype="float32", limit=2e-6):
        before = nt_tensor.jit()
        nt_tensor.jit(False)
        try:
            expected = walk(fn, *arrays, dtype="float64")
        finally:
            nt_tensor.jit(before)
        for found, right in zip(
            walk(fn, *arrays, dtype=dtype, device=device), expected, strict=True
        ):
            np.testing.assert_allclose(
                found, right, rtol=0, atol=limit * max(1.0, float(abs(right).max(initial=0)))
            )

    return check


@pytest.fixture
def elementwise(road, agree, rng):
    """A function: what holds for every op that works on one number, for numbers in a range."""

    def check(fn, formula, low, high, limit=2e-6):
        x = rng.uniform(low, high, (3, 5))
        right = np.array([formula(v) for v in x.ravel()]).reshape(3, 5)
        np.testing.assert_allclose(fn(tensor(x)).numpy(), right, rtol=1e-13, atol=1e-15)
        agree(fn, x, device=road, limit=limit)
        agree(fn, x[1, 2], device=road, limit=limit)
        agree(lambda t: fn(t.transpose(0, 1)[::2]), x, device=road, limit=limit)
        for shape in ((0,), (2, 0, 3)):
            agree(fn, np.zeros(shape), device=road)
        agree(fn, x, device=road, dtype="float16", limit=1e-2)

    return check


@pytest.fixture
def rng():
    """The same random numbers in every test."""
    return np.random.default_rng(0)
