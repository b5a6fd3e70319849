"""Who takes part in a run: one process, or the ranks that a launcher started."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from nt_nn.parallel import cores
from nt_tensor.distributed import Group, RankLostError, SingleProcess, connect, launched

from nt_apps.errors import UserError, telling

__all__ = ["Ranks", "join"]

LOST, REFUSED = 3, 2  # exit statuses
PATIENCE = 120.0  # seconds: no rank is busy alone for longer than it takes to write a checkpoint


class Ranks:
    """The processes of one run, as the loop needs them.

    The loader of each gives its share of the same global batches, so a run can go on with another
    number of ranks. Every rank takes every step and looks at the same figures; one writes.

    Args:
        group: the ranks; this process alone by default.

    Example:
        >>> alone = Ranks()
        >>> alone.sum(2.5), alone.any(False), alone.writes
        (2.5, False, True)
    """

    def __init__(self, group: Group | None = None) -> None:
        self.group = SingleProcess() if group is None else group
        self.rank, self.size = self.group.rank, self.group.size
        machines = self.group.all_gather_object(platform.node())
        self._neighbours = [r for r, name in enumerate(machines) if name == platform.node()]

    @property
    def writes(self) -> bool:
        """Whether this process writes logs, checkpoints and plots, and talks to the person."""
        return self.rank == 0

    def sum(self, value: float) -> float:
        """The sum of all ranks' values, the same on all of them."""
        if self.size == 1:
            return value
        return float(self.group.all_reduce(np.array([value], np.float64))[0])

    def any(self, value: bool) -> bool:
        """Whether it is true on any rank: all stop where one is asked to."""
        return self.sum(float(value)) > 0

    def agreed(self, value: Any) -> Any:
        """What the first rank has: decisions must be one, whatever the machines' last bits say."""
        return value if self.size == 1 else self.group.broadcast_object(value)

    def cores(self) -> int:
        """The processor cores that this rank may use: its part of those of its machine."""
        return max(1, cores() // len(self._neighbours))

    def device(self, name: str) -> str:
        """This rank's device: of several on one machine, each takes a GPU of its own."""
        if self.size == 1 or name not in ("cuda", "gpu"):
            return name
        return f"cuda:{self._neighbours.index(self.rank)}"

    @contextmanager
    def ending_together(self) -> Iterator[None]:
        """End all ranks where one cannot go on, with its reason in one line.

        What every rank refuses, the first one tells: the others leave it the time to.
        """
        try:
            yield
        except BaseException as error:
            if self.size == 1:
                raise
            if self.rank and not isinstance(error, RankLostError):
                time.sleep(1.0)
            told = (
                str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            )
            print(f"nt: error: rank {self.rank}: {' '.join(told.split())}", file=sys.stderr)
            sys.stderr.flush()
            self.group.abort(LOST if isinstance(error, RankLostError) else REFUSED)
            raise


def join(device: str) -> Ranks:
    """Join the ranks that `mpiexec` or `mlx.launch` started; alone where none did.

    Args:
        device: where the arrays of the run lie: it decides which engine sums them.

    Raises:
        UserError: the engine's library is missing or cannot connect.

    Example:
        >>> join("cpu").size
        1
    """
    engine = launched()
    if engine == "mpi" and device.startswith(("cuda", "gpu")):
        engine = "nccl"
    with telling(ImportError, RuntimeError, ValueError):
        return Ranks(connect(engine, timeout=PATIENCE))
