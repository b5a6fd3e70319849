"""connect: find the other ranks, through an engine that exists."""

from __future__ import annotations

import importlib.util
import os

from nt_tensor.distributed._group import Group
from nt_tensor.distributed._single import SingleProcess

__all__ = ["connect", "launched"]

ENGINES = ("single", "mpi", "nccl", "mlx")

# What launchers tell the processes that they start: how many ranks there are.
_MPI_SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE")
_MLX_RANK = "MLX_RANK"


def connect(engine: str = "single", *, timeout: float = 60.0) -> Group:
    """Join the ranks of this run.

    Args:
        engine: `"single"` (this process alone), `"mpi"` (started by `mpiexec`; arrays on the CPU,
            others by way of it), `"nccl"` (started by `mpiexec`; CuPy's arrays, a GPU a rank), or
            `"mlx"` (started by `mlx.launch`).
        timeout: seconds after which ranks that do not answer count as lost (MPI; the other
            engines' libraries have limits of their own).

    Raises:
        ValueError: an unknown engine, or a timeout that is not above 0.
        ImportError: the engine's library is not installed; names what to install.
        RuntimeError: the engine is there and cannot connect.

    Example:
        >>> connect()
        SingleProcess(rank=0, size=1)
        >>> connect("pigeons")
        Traceback (most recent call last):
        ...
        ValueError: engine 'pigeons' is not one of: single, mpi, nccl, mlx
    """
    if engine not in ENGINES:
        raise ValueError(f"engine {engine!r} is not one of: {', '.join(ENGINES)}")
    if not timeout > 0:
        raise ValueError(f"timeout ({timeout}) must be above 0 seconds")
    if engine == "single":
        return SingleProcess()
    if engine == "mlx":
        _need("mlx", 'pip install "nt-tensor[mlx]"', engine)
        from nt_tensor.backends.mlx.distributed import MLXGroup

        return MLXGroup()
    _need("mpi4py", 'pip install "nt-tensor[mpi]"', engine)
    from nt_tensor.distributed._mpi import MPIGroup

    group = MPIGroup(timeout)
    if engine == "mpi":
        return group
    _need("cupy", 'pip install "nt-tensor[cuda12]" (or "nt-tensor[cuda13]")', engine)
    from nt_tensor.backends.cupy.distributed import NCCLGroup

    return NCCLGroup(group)


def launched() -> str:
    """Tell which launcher started this process: `"mpi"`, `"mlx"`, or `"single"` for none.

    Example:
        >>> launched()
        'single'
    """
    if _MLX_RANK in os.environ:
        return "mlx"
    if any(int(os.environ.get(name) or 1) > 1 for name in _MPI_SIZES):
        return "mpi"
    return "single"


def _need(library: str, install: str, engine: str) -> None:
    if importlib.util.find_spec(library) is None:
        raise ImportError(f"engine {engine!r} needs {library}, which is not installed: {install}")
