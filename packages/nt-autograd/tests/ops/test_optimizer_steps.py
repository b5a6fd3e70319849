"""adamw_update and sgd_update: against the published equations, in place, and noticed by graphs."""

import math

import nt_tensor
import numpy as np
import pytest
from nt_autograd import adamw_update, gradcheck, sgd_update, tensor

ADAMW = {"lr": 0.1, "beta1": 0.8, "beta2": 0.9, "eps": 1e-6, "weight_decay": 0.3}


def adamw_by_hand(p, gradients, lr, beta1, beta2, eps, weight_decay):
    """One number, step by step in Python's floats."""
    m = v = 0.0
    for t, g in enumerate(gradients, 1):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        p = p * (1 - lr * weight_decay)
        p -= lr * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + eps)
    return p


def sgd_by_hand(p, gradients, lr, momentum=0.0, dampening=0.0, nesterov=False, weight_decay=0.0):
    b = None
    for g in gradients:
        g = g + weight_decay * p
        b = g if b is None else momentum * b + (1 - dampening) * g
        step = (g + momentum * b if nesterov else b) if momentum else g
        p -= lr * step
    return p


def arrays(values, dtype, device):
    return nt_tensor.asarray(np.array(values), dtype=dtype, device=device)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1, 3, 70000])
def test_adamw_follows_its_equations(dtype, size, road, rng):
    if dtype == "float64" and road != "cpu":
        pytest.skip("float64 is checked on the CPU")
    start, gradients = rng.standard_normal(size), rng.standard_normal((4, size))
    p, m, v = (arrays(a, dtype, road) for a in (start, start * 0, start * 0))
    for t, g in enumerate(gradients, 1):
        p, m, v = adamw_update(p, arrays(g, dtype, road), m, v, step=t, **ADAMW)
    found = nt_tensor.to_numpy(p)
    assert found.dtype == dtype
    for i in {0, size // 2, size - 1}:
        expected = adamw_by_hand(start[i], gradients[:, i].tolist(), **ADAMW)
        assert found[i] == pytest.approx(
            expected, rel=1e-12 if dtype == "float64" else 2e-5, abs=1e-6
        )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1},
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        {"weight_decay": 0.1},
    ],
)
def test_sgd_follows_its_equations(options, road, rng):
    start, gradients = rng.standard_normal(5), rng.standard_normal((4, 5))
    p, buffer = arrays(start, "float32", road), None
    for g in gradients:
        p, buffer = sgd_update(p, arrays(g, "float32", road), buffer, lr=0.1, **options)
    expected = [
        sgd_by_hand(s, g.tolist(), 0.1, **options) for s, g in zip(start, gradients.T, strict=True)
    ]
    np.testing.assert_allclose(nt_tensor.to_numpy(p), expected, rtol=1e-5, atol=1e-6)


def test_a_gradient_is_left_as_it_was(road):
    for update in ("adamw", "sgd"):
        p, g, m, v = (arrays([1.0, 2.0], "float32", road) for _ in range(4))
        for step in (1, 2):
            if update == "adamw":
                p, m, v = adamw_update(p, g, m, v, step=step, **ADAMW)
            else:
                p, m = sgd_update(
                    p, g, None if step == 1 else m, lr=0.1, momentum=0.9, weight_decay=0.1
                )
        assert nt_tensor.to_numpy(g).tolist() == [1.0, 2.0]


def test_numpy_writes_in_place_views_too(bodies):
    for view in (np.s_[:], np.s_[::2]):
        whole = np.ones(6)
        p = whole[view]
        found, _, _ = adamw_update(
            p, np.ones_like(p), np.zeros_like(p), np.zeros_like(p), step=1, **ADAMW
        )
        assert found is p
        assert (whole[view] != 1).all()
        again, _ = sgd_update(p, np.ones_like(p), None, lr=1.0)
        assert again is p


@pytest.mark.parametrize("size", [0, 1])
def test_no_numbers_and_single_ones(size, road):
    shape = (0,) if size == 0 else ()
    p, g, m, v = (arrays(np.ones(shape), "float32", road) for _ in range(4))
    p, m, v = adamw_update(p, g, m, v, step=1, **ADAMW)
    assert p.shape == m.shape == v.shape == shape


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_the_dtype_stays(dtype, road):
    p, g, m, v = (arrays([1.0], dtype, road) for _ in range(4))
    for found in (
        *adamw_update(p, g, m, v, step=1, **ADAMW),
        *sgd_update(p, g, m, lr=0.1, momentum=0.9),
    ):
        assert str(nt_tensor.dtype_of(found)) == dtype


@pytest.mark.parametrize("update", ["adamw", "sgd"])
def test_a_graph_notices_that_its_parameter_was_overwritten(update, bodies):
    w = tensor([2.0, 3.0], requires_grad=True)
    old, new = (w * w).sum(), None
    g, zeros = np.ones(2, np.float32), np.zeros((2, 2), np.float32)
    if update == "adamw":
        w.data, *_ = adamw_update(w.data, g, *zeros, step=1, **ADAMW)
    else:
        w.data, _ = sgd_update(w.data, g, None, lr=0.1)
    with pytest.raises(RuntimeError, match="backward of mul needs was overwritten in place"):
        old.backward()
    w.grad = None
    new = (w * w).sum()  # a graph made after the step is fine
    new.backward()
    np.testing.assert_allclose(w.grad.numpy(), 2 * w.data)


def test_a_step_down_a_bowl_goes_down():
    x = tensor([3.0, -4.0], dtype="float64", requires_grad=True)
    assert gradcheck(lambda x: (x * x).sum(), x)
    m, v = np.zeros((2, 2))
    losses = []
    for step in range(1, 60):
        loss = (x * x).sum()
        losses.append(loss.item())
        x.grad = None
        loss.backward()
        x.data, m, v = adamw_update(
            x.data, x.grad.data, m, v, step=step, **{**ADAMW, "weight_decay": 0.0}
        )
    assert losses[-1] < 1e-2 * losses[0]
