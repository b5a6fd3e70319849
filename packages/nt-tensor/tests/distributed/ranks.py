"""What each rank of test_ranks.py runs: every collective, on data of which the result is known."""

import sys
import time

import numpy as np
import pytest
from nt_tensor.distributed import RankLostError, connect


def main(engine):
    group = connect(engine, timeout=2.0)
    rank, size = group.rank, group.size

    for shape in [(), (0,), (5,), (300, 7)]:
        for dtype in ("float32", "float64", "int64", "float16"):
            if engine == "mlx" and dtype == "float64":
                continue
            mine = np.full(shape, rank + 1, dtype)
            total = group.all_reduce(mine)
            assert total.dtype == dtype, (total.dtype, dtype)
            assert total.shape == shape, (total.shape, shape)
            assert (total == size * (size + 1) // 2).all(), total

    turned = group.all_reduce(np.arange(6.0, dtype="float32").reshape(2, 3).T)  # not contiguous
    assert (turned == size * np.arange(6.0).reshape(2, 3).T).all(), turned

    several = [group.start_all_reduce(np.full(70_000, rank + i, "float32")) for i in range(4)]
    for i, pending in enumerate(several):
        pending.poke()
        assert (pending.wait() == sum(r + i for r in range(size))).all()

    for root in range(size):
        mine = np.full(3, rank, "float32")
        assert (group.broadcast(mine, root) == root).all()
        assert (mine == rank).all(), "the array that was given is not written over"
        assert group.broadcast_object({"rank": rank}, root) == {"rank": root}
    with pytest.raises(ValueError, match=rf"root \({size}\)"):
        group.broadcast(np.zeros(1), size)

    for dtype in ("float32", "float64", "int64", "float16", "bool"):
        mine = np.full((3 * rank, 2, 4), rank + 1).astype(dtype)  # the first brings nothing
        for r, theirs in enumerate(group.all_gather(mine)):
            assert theirs.dtype == dtype, (theirs.dtype, dtype)
            assert np.array_equal(theirs, np.full((3 * r, 2, 4), r + 1).astype(dtype)), theirs
    assert [each.shape for each in group.all_gather(np.zeros((0, 3), "float32"))] == [(0, 3)] * size
    for r, rows in enumerate(group.all_gather(np.arange(6).reshape(3, 2).T + rank)):
        assert np.array_equal(rows, [[r, r + 2, r + 4], [r + 1, r + 3, r + 5]])  # not contiguous
    if size > 1:
        for wrong in (np.zeros((2, rank)), np.zeros(2, f"float{32 * (1 + (rank == 0))}")):
            with pytest.raises(ValueError, match="must differ in their length alone"):
                group.all_gather(wrong)

    everyone = group.all_gather_object("x" * rank)  # of different lengths
    assert everyone == ["x" * r for r in range(size)], everyone
    group.barrier()

    if engine == "mpi" and size > 1:
        if rank == 0:
            with pytest.raises(RankLostError, match="all_reduce"):
                group.all_reduce(np.ones(3))
            print("rank 0 did not wait for ever", flush=True)
            group.abort(3)
        time.sleep(60)  # ended by the abort

    print(f"rank {rank} of {size} is content", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
