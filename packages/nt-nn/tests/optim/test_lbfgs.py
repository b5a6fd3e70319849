"""LBFGS: against the dense BFGS matrix, on valleys and bowls, and what its closure must do."""

import numpy as np
import pytest
from nt_autograd import Tensor
from nt_nn import Parameter, checkpoint
from nt_nn.optim import LBFGS


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def run(optimizer, loss, steps):
    found = []

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        found.append(value.item())
        return value

    for _ in range(steps):
        optimizer.step(closure)
    return found


def test_it_walks_through_rosenbrocks_valley():
    x = Parameter(np.array([-1.2, 1.0, -0.5, 0.8]))
    losses = run(LBFGS([x], line_search_fn="strong_wolfe"), lambda: rosenbrock(x), 20)
    assert losses[-1] < 1e-9
    np.testing.assert_allclose(x.detach().numpy(), 1.0, atol=1e-4)


def test_a_bowl_of_n_axes_takes_about_n_steps():
    a = np.diag([1.0, 10.0, 100.0, 1000.0])
    x = Parameter(np.ones(4))
    losses = run(
        LBFGS([x], line_search_fn="strong_wolfe", tolerance_change=0.0),
        lambda: (x @ Tensor(a) @ x) / 2,
        2,
    )
    assert losses[-1] < 1e-8


def test_its_steps_are_those_of_the_dense_matrix():
    """Nocedal and Wright, equation 6.17, with the whole matrix."""
    a, start = np.array([[3.0, 1.0], [1.0, 2.0]]), np.array([1.0, -2.0])
    x = Parameter(start.copy())
    run(LBFGS([x], lr=0.3, max_iter=5), lambda: (x @ Tensor(a) @ x) / 2, 1)
    y, h, g, pairs = start, np.eye(2), a @ start, []
    for i in range(5):
        step = -(min(1.0, 1 / abs(g).sum()) if i == 0 else 1.0) * 0.3 * (h @ g)
        y, change = y + step, a @ step
        pairs.append((step, change, 1 / (change @ step)))
        h = np.eye(2) * (change @ step) / (change @ change)
        for s, c, rho in pairs:
            left = np.eye(2) - rho * np.outer(s, c)
            h = left @ h @ left.T + rho * np.outer(s, s)
        g = g + change
    np.testing.assert_allclose(x.detach().numpy(), y, rtol=1e-9)


def test_maximizing_is_minimizing_the_negative_bit_for_bit():
    ends = []
    for sign, maximize in ((1, False), (-1, True)):
        x = Parameter(np.array([-1.2, 1.0]))
        optimizer = LBFGS([x], line_search_fn="strong_wolfe", maximize=maximize, max_iter=7)
        run(optimizer, lambda x=x, sign=sign: rosenbrock(x) * sign, 2)
        ends.append(x.tolist())
    assert ends[0] == ends[1]


def test_only_so_many_pairs_are_remembered_and_evaluations_are_counted():
    x = Parameter(np.array([-1.2, 1.0, 0.3]))
    optimizer = LBFGS([x], lr=1e-3, history_size=3, max_iter=6)
    found = run(optimizer, lambda: rosenbrock(x), 2)
    state = optimizer.state[x]
    assert len(state["old_dirs"]) == len(state["old_stps"]) == len(state["ro"]) == 3
    assert state["func_evals"] == len(found)
    assert state["n_iter"] == 12


def test_at_the_minimum_nothing_moves_and_parameters_without_gradient_stay():
    x, still = Parameter(np.zeros(3)), Parameter(np.ones((2, 2)))
    optimizer = LBFGS([x, still], line_search_fn="strong_wolfe")
    assert len(run(optimizer, lambda: (x * x).sum(), 1)) == 1
    assert x.tolist() == [0.0, 0.0, 0.0]
    x.data[...] = 2.0
    run(optimizer, lambda: (x * x).sum(), 2)
    assert np.allclose(x.tolist(), 0.0, atol=1e-6)
    assert still.tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_a_closure_and_a_single_group_are_needed():
    x, y = Parameter([1.0]), Parameter([1.0])
    with pytest.raises(TypeError, match="needs a closure"):
        LBFGS([x]).step()
    with pytest.raises(ValueError, match="takes one group"):
        LBFGS([{"params": [x]}, {"params": [y]}])
    with pytest.raises(ValueError, match=r'line_search_fn \(armijo\) must be "strong_wolfe"'):
        LBFGS([x], line_search_fn="armijo")
    with pytest.raises(ValueError, match=r"max_iter \(0\) must be at least 1"):
        LBFGS([x], max_iter=0)


def test_float32_and_float16_parameters_keep_their_dtype():
    for dtype in ("float16", "float32"):
        x = Parameter(np.array([3.0, -1.0], dtype))
        run(LBFGS([x], line_search_fn="strong_wolfe"), lambda x=x: ((x - 1.0) ** 2).sum(), 3)
        assert str(x.dtype) == dtype
        assert np.allclose(x.tolist(), 1.0, atol=1e-3)


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_a_state_from_a_file_goes_on_bit_for_bit(search, tmp_path):
    make = lambda x: LBFGS([("x", x)], 1e-3, max_iter=4, line_search_fn=search)  # noqa: E731
    x, y = Parameter(np.array([-1.2, 1.0, 0.5])), Parameter(np.zeros(3))
    whole, resumed = make(x), make(y)
    run(whole, lambda: rosenbrock(x), 3)
    checkpoint.save_state(tmp_path / "state.safetensors", whole.state_dict())
    resumed.load_state_dict(checkpoint.load_state(tmp_path / "state.safetensors"))
    y.data[...] = x.data
    assert run(whole, lambda: rosenbrock(x), 3) == run(resumed, lambda: rosenbrock(y), 3)
    assert x.tolist() == y.tolist()
    state = whole.state_dict()
    state["state"]["x"]["old_stps"][1] = np.zeros(4)
    with pytest.raises(ValueError, match=r"old_stps of x is \(4,\), not \(3,\)"):
        resumed.load_state_dict(state)
