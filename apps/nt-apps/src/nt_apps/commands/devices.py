"""`nt devices`: what computes here, and what could."""

from __future__ import annotations

__all__ = ["devices"]


def devices() -> None:
    """List the devices, their libraries, and what to install for the rest."""
    from importlib.metadata import PackageNotFoundError, version

    from nt_tensor import Device
    from rich.console import Console
    from rich.table import Table

    def version_of(*distributions: str) -> str:
        for name in distributions:
            try:
                return version(name)
            except PackageNotFoundError:
                continue
        return "-"

    table = Table(box=None, padding=(0, 2), pad_edge=False)
    for heading in ("device", "library", "version", "here"):
        table.add_column(heading, no_wrap=heading != "here", overflow="fold")
    for kind, library, distributions in (
        ("cpu", "NumPy", ("numpy",)),
        ("cuda", "CuPy", ("cupy-cuda13x", "cupy-cuda12x", "cupy")),
        ("mlx", "MLX", ("mlx",)),
    ):
        try:
            found = Device(kind).backend.devices()
        except ImportError as error:
            here = f"no: {error}"
        else:
            here = f"yes: {', '.join(map(str, found))}" if found else "no: it finds no such device"
        table.add_row(kind, library, version_of(*distributions), here)
    numba = version_of("numba")
    here = "yes" if numba != "-" else 'no: pip install "nt-tensor[jit]" for faster kernels on cpu'
    table.add_row("", "Numba", numba, here)
    Console().print(table, markup=False)
