"""Recurrent layers by hand: one sequence after another, one number of the state at a time."""

import numpy as np
import pytest
from nt_autograd import cat, gru, lstm, rnn_relu, rnn_tanh, tensor

GATES = {"rnn_tanh": 1, "rnn_relu": 1, "lstm": 4, "gru": 3}
OPS = {"rnn_tanh": rnn_tanh, "rnn_relu": rnn_relu, "lstm": lstm, "gru": gru}


class Layers:
    """A call of one of the ops: its options, and random arrays that fit them."""

    def __init__(
        self, name, sizes=(2, 2, 2), width=3, hidden=4, layers=1, ways=1, bias=True, out=None
    ):
        self.name, self.sizes, self.width, self.hidden = name, sizes, width, hidden
        self.layers, self.ways, self.bias, self.out = layers, ways, bias, out or hidden
        self.projected = self.out != hidden
        rows, shapes = GATES[name] * hidden, []
        for layer in range(layers):
            for _ in range(ways):
                shapes += [(rows, width if layer == 0 else self.out * ways), (rows, self.out)]
                shapes += [(rows,), (rows,)] * bias + [(self.out, hidden)] * self.projected
        widths = (self.out, hidden) if name == "lstm" else (hidden,)
        states = [(layers * ways, sizes[0], n) for n in widths]
        self.shapes = [(sum(sizes), width), *states, *shapes]
        self.count = len(states)

    def arrays(self, scale=1.0, seed=0):
        """The input, the first states and the weights."""
        rng = np.random.default_rng([seed, self.layers, self.ways, self.hidden])
        return [rng.standard_normal(shape) * scale for shape in self.shapes]

    def __call__(self, x, *rest, **options):
        """All results of the op."""
        states, params = rest[: self.count], list(rest[self.count :])
        hx = states if self.name == "lstm" else states[0]
        options = {"batch_sizes": self.sizes, **options}
        return OPS[self.name](
            x, hx, params, self.bias, self.layers, bidirectional=self.ways == 2, **options
        )

    def flat(self, *arrays):
        """All results of the op, behind each other."""
        return cat([y.reshape(-1) for y in self(*arrays)])

    def by_hand(self, step, x, *rest):
        """The same, with `step(x, *states, *weights)` for one vector at a time.

        Every sequence is run through alone, from its own first to its own last step.
        """
        states = [np.array(state) for state in rest[: self.count]]
        params = list(rest[self.count :])
        each = len(params) // (self.layers * self.ways)
        starts = np.cumsum((0, *self.sizes))
        for layer in range(self.layers):
            y = np.zeros((len(x), self.out * self.ways))
            for way in range(self.ways):
                k = layer * self.ways + way
                weights = params[k * each : (k + 1) * each]
                for b in range(self.sizes[0]):
                    rows = [starts[t] + b for t, n in enumerate(self.sizes) if b < n]
                    for row in rows[::-1] if way else rows:
                        fresh = step(x[row], *[state[k, b] for state in states], *weights)
                        for state, new in zip(states, fresh, strict=True):
                            state[k, b] = new
                        y[row, way * self.out : (way + 1) * self.out] = fresh[0]
            x = y
        return x, *states


@pytest.fixture(scope="session")
def layers():
    """The class of calls."""
    return Layers


@pytest.fixture
def same_by_hand():
    """A function: does an op go as its equations do, one vector at a time?"""

    def check(case, step, scale=1.0):
        arrays = case.arrays(scale)
        found = case(*[tensor(a) for a in arrays])
        expected = case.by_hand(step, *arrays)
        for y, z in zip(found, expected, strict=True):
            np.testing.assert_allclose(y.numpy(), z, rtol=1e-10, atol=1e-12)

    return check


FORMS = {
    "plain": {},
    "packed": {"sizes": (3, 2, 2, 1)},
    "no bias": {"bias": False, "sizes": (2, 1)},
    "two ways": {"ways": 2, "sizes": (3, 3, 1)},
    "two layers": {"layers": 2},
    "all": {"layers": 2, "ways": 2, "sizes": (3, 2), "bias": False},
    "one of everything": {"sizes": (1,), "width": 1, "hidden": 1},
}


@pytest.fixture(params=FORMS)
def form(request):
    """Options of the layers."""
    return FORMS[request.param]
