"""ctc: against a program that sums over all paths, on every library; its states."""

import itertools
import math

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor.kernels import ctc, ctc_paths


def all_paths(logp, labels, blank):
    """The likelihood of the labels and each class's share of it at each time, path by path."""
    time, classes = logp.shape
    total, share = 0.0, np.zeros((time, classes))
    for path in itertools.product(range(classes), repeat=time):
        once = [c for i, c in enumerate(path) if i == 0 or c != path[i - 1]]
        if [c for c in once if c != blank] == list(labels):
            p = math.exp(sum(logp[t, c] for t, c in enumerate(path)))
            total += p
            for t, c in enumerate(path):
                share[t, c] += p
    return total, share / total if total else share * math.nan


@pytest.mark.parametrize("blank", [0, 2])
def test_it_is_the_sum_over_all_paths(blank, backend, device):
    source = np.random.default_rng(0)
    x = source.standard_normal((4, 3, 3)) * 2
    logp = x - np.log(np.exp(x).sum(-1, keepdims=True))
    labels, steps, lengths = np.array([[1, 1], [1, 1], [1, 1]]), [4, 3, 2], [2, 1, 0]
    arrays = [logp.astype(np.float32), labels, np.array(steps), np.array(lengths)]
    losses, slope = ctc(*(nt.asarray(a, device=device) for a in arrays), blank)
    losses, slope = nt.to_numpy(losses), nt.to_numpy(slope)
    for n, (t, s) in enumerate(zip(steps, lengths, strict=True)):
        total, share = all_paths(logp[:t, n], labels[n, :s], blank)
        assert losses[n] == pytest.approx(-math.log(total), rel=1e-5)
        np.testing.assert_allclose(slope[:t, n], np.exp(logp[:t, n]) - share, atol=1e-5)
        assert (slope[t:, n] == 0).all()


def test_what_cannot_be_aligned_is_infinitely_improbable(backend, device):
    logp = np.full((2, 2, 3), math.log(1 / 3), np.float32)
    labels = np.array([[1, 1], [1, 2]])
    arrays = [
        nt.asarray(a, device=device) for a in (logp, labels, np.array([2, 2]), np.array([2, 2]))
    ]
    losses, slope = (nt.to_numpy(a) for a in ctc(*arrays, 0))
    assert losses[0] == math.inf  # the same label twice needs a blank between
    assert losses[1] == pytest.approx(2 * math.log(3), rel=1e-6)
    assert np.isnan(slope[:, 0]).all()
    assert np.isfinite(slope[:, 1]).all()


def test_states_and_which_may_be_skipped(backend, device):
    labels = nt.asarray(np.array([[1, 1, 2], [2, 1, 2]]), device=device)
    states, skips = (nt.to_numpy(a) for a in ctc_paths(labels, 0))
    assert states.tolist() == [[0, 1, 0, 1, 0, 2, 0], [0, 2, 0, 1, 0, 2, 0]]
    assert [np.flatnonzero(row).tolist() for row in skips] == [[5], [3, 5]]
    states, skips = ctc_paths(labels[:, :0], 0)
    assert nt.to_numpy(states).tolist() == [[0], [0]]
    assert not nt.to_numpy(skips).any()
