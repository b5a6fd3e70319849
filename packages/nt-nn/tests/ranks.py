"""What each rank of test_parallel_ranks.py runs: a training, written down by the first rank.

ranks.py LESSON ENGINE THREADS DEVICE FILE
"""

import sys

import nt_autograd as ag
import nt_tensor as nt
import numpy as np
from nt_nn import Dropout, Linear, Parallel, Sequential, Tanh, clip_grad_norm_, gather_shares
from nt_nn._buckets import planned
from nt_nn.optim import AdamW
from nt_tensor.distributed import connect

STEPS, GLOBAL = 12, 10


def classes(group, threads, device):
    """The losses and the last weights of a small training, whoever shares in it."""
    nt.manual_seed(0)
    random = nt.Generator(group.rank)  # ranks begin apart, and are brought together
    options = {"generator": random, "device": device}
    model = Sequential(Linear(6, 40, **options), Tanh(), Dropout(0.0), Linear(40, 4, **options))
    unused = Linear(3, 3, **options)
    rank_only = Linear(6, 4, **options)  # of use to the last rank alone
    parameters = [*model.parameters(), *unused.parameters(), *rank_only.parameters()]
    optimizer = AdamW(parameters, lr=1e-2)
    rng = np.random.default_rng(5)
    losses = []
    with Parallel(parameters, threads=threads, group=group) as parallel:
        parallel.broadcast(parameters)

        def loss_of(x, y, mask):
            x = ag.tensor(x, device=device)
            z = model(x) + rank_only(x) * ag.tensor(mask, device=device)
            return ag.cross_entropy(z, ag.tensor(y, device=device))

        for step in range(STEPS):
            x = rng.standard_normal((GLOBAL, 6)).astype(np.float32)
            y = rng.integers(0, 4, GLOBAL)
            y[rng.random(GLOBAL) < 0.3] = -100  # so that means are not over equal counts
            y[:2] = 1
            mask = np.zeros((GLOBAL, 1), np.float32)
            mask[-1] = 1
            count = GLOBAL if step % 3 else 3  # fewer samples than shares, sometimes
            edges = [count * r // group.size for r in range(group.size + 1)]
            mine = slice(edges[group.rank], edges[group.rank + 1])
            optimizer.zero_grad()
            loss = parallel.backward(
                loss_of, x[mine], y[mine], mask[mine], weigh=lambda x, y, m: (y != -100).sum()
            )
            assert unused.weight.grad is None
            clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            losses.append(loss)
    return np.array(losses), agreed(group, parameters)


def pairs(group, threads, device):
    """Two towers learn to bring pairs together: each item is compared with those of all ranks."""
    nt.manual_seed(0)
    options = {"generator": nt.Generator(1), "device": device}
    left = Sequential(Linear(6, 40, **options), Tanh(), Linear(40, 5, **options))
    right = Sequential(Linear(3, 40, **options), Tanh(), Linear(40, 5, **options))
    parameters = [*left.parameters(), *right.parameters()]
    optimizer = AdamW(parameters, lr=1e-2)
    rng = np.random.default_rng(5)
    losses = []

    def loss_of(x, y, name):
        here = {"device": device}
        u, v = left(ag.tensor(x, **here)), right(ag.tensor(y, **here))
        u, v = gather_shares(u), gather_shares(v)
        names = gather_shares(ag.tensor(name, **here)).numpy()
        assert (names == np.arange(len(names))).all(), "rows are not in the batch's order"
        z, right_ones = u @ v.transpose(0, 1), ag.tensor(names, **here)
        return ag.cross_entropy(z, right_ones) + ag.cross_entropy(z.transpose(0, 1), right_ones)

    with Parallel(parameters, threads=threads, group=group) as parallel:
        parallel._plan = planned(parameters, limit=500)  # sums that could cross those of rows
        for step in range(STEPS):
            count = GLOBAL - step % 3
            x = rng.standard_normal((count, 6)).astype(np.float32)
            edges = [count * r // group.size for r in range(group.size + 1)]
            mine = slice(edges[group.rank], edges[group.rank + 1])
            batch = x[mine], x[mine, ::2] ** 2, np.arange(count)[mine]
            optimizer.zero_grad()
            losses.append(parallel.backward(loss_of, *batch))
            optimizer.step()
    return np.array(losses), agreed(group, parameters)


def agreed(group, parameters):
    """The parameters, once all ranks are seen to have the same, and the same random stream."""
    draws = nt.default_generator().uniform((3,))  # ranks' streams stay one
    everyone = group.all_gather_object([nt.to_numpy(p.data) for p in parameters])
    for theirs in everyone:
        for a, b in zip(everyone[0], theirs, strict=True):
            assert np.array_equal(a, b), "ranks have come apart"
    streams = group.all_gather_object(draws)
    assert all(np.array_equal(streams[0], each) for each in streams)
    return everyone[0]


def main(lesson, engine, threads, device, file):
    group = connect(engine, timeout=20)
    losses, weights = {"classes": classes, "pairs": pairs}[lesson](group, int(threads), device)
    if group.rank == 0:
        np.savez(file, *weights, losses=losses)


if __name__ == "__main__":
    main(*sys.argv[1:])
