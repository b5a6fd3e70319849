"""What each rank of test_parallel_ranks.py runs: a training, written down by the first rank.

ranks.py ENGINE THREADS DEVICE FILE
"""

import sys

import nt_autograd as ag
import nt_tensor as nt
import numpy as np
from nt_nn import Dropout, Linear, Parallel, Sequential, Tanh, clip_grad_norm_
from nt_nn.optim import AdamW
from nt_tensor.distributed import connect

STEPS, GLOBAL = 12, 10


def train(group, threads, device):
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
    draws = nt.default_generator().uniform((3,))  # ranks' streams stay one
    everyone = group.all_gather_object([nt.to_numpy(p.data) for p in parameters])
    for theirs in everyone:
        for a, b in zip(everyone[0], theirs, strict=True):
            assert np.array_equal(a, b), "ranks have come apart"
    streams = group.all_gather_object(draws)
    assert all(np.array_equal(streams[0], each) for each in streams)
    return np.array(losses), everyone[0]


def main(engine, threads, device, file):
    group = connect(engine, timeout=20)
    losses, weights = train(group, int(threads), device)
    if group.rank == 0:
        np.savez(file, *weights, losses=losses)


if __name__ == "__main__":
    main(*sys.argv[1:])
