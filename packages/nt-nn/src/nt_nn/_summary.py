"""The table that `Module.summary` prints: a row a module, indented by depth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from nt_autograd import Tensor, no_grad

if TYPE_CHECKING:
    from .module import Module

_HEAD = ("layer", "output", "parameters")


def summarize(root: Module, inputs: tuple[Any, ...], depth: int | None) -> str:
    """The table for a module, with output shapes if there are inputs to call it with."""
    if depth is not None and depth < 0:
        raise ValueError(f"depth ({depth}) must not be negative")
    outputs = _outputs(root, inputs) if inputs else {}
    body = list(_rows(root, "", 0, depth, outputs, set()))
    table = [_HEAD, *body]
    wide = [max(len(row[i]) for row in table) for i in range(3)]
    lines = [f"{a:<{wide[0]}}  {b:<{wide[1]}}  {c:>{wide[2]}}" for a, b, c in table]
    if not inputs:
        lines = [f"{a:<{wide[0]}}  {c:>{wide[2]}}" for a, _, c in table]
    rule = "-" * len(lines[0])
    tensors = list(root.parameters())
    total = sum(t.numel() for t in tensors)
    trainable = sum(t.numel() for t in tensors if t.requires_grad)
    size = sum(t.numel() * t.dtype.itemsize for t in tensors)
    foot = f"total {total:,} parameters, {trainable:,} of them trainable, {_bytes(size)}"
    return "\n".join([lines[0], rule, *lines[1:], rule, foot])


def _rows(
    module: Module,
    name: str,
    level: int,
    depth: int | None,
    outputs: dict[int, str],
    seen: set[int],
) -> Iterator[tuple[str, str, str]]:
    """The row of a module and those below; a parameter is counted in the first row that has it."""
    seen.add(id(module))
    deepest = level == depth
    count = 0
    for parameter in module.parameters(recurse=deepest):
        if id(parameter) not in seen:
            seen.add(id(parameter))
            count += parameter.numel()
    label = "  " * level + (f"{name}: " if name else "") + type(module).__name__
    yield label, outputs.get(id(module), ""), f"{count:,}"
    if not deepest:
        for child_name, child in module.named_children():
            if id(child) not in seen:
                yield from _rows(child, child_name, level + 1, depth, outputs, seen)


def _outputs(root: Module, inputs: tuple[Any, ...]) -> dict[int, str]:
    """What each module gives, at its first call, when the root is called with the inputs."""
    found: dict[int, str] = {}

    def note(module: Module, _: tuple[Any, ...], output: Any) -> None:
        found.setdefault(id(module), _shape(output))

    modes = [(module, module.training) for module in root.modules()]
    handles = [module.register_forward_hook(note) for module, _ in modes]
    try:
        root.eval()
        with no_grad():
            root(*inputs)
    finally:
        for handle in handles:
            handle.remove()
        for module, mode in modes:
            module.training = mode
    return found


def _shape(output: Any) -> str:
    if isinstance(output, Tensor):
        return str(output.shape)
    if isinstance(output, tuple | list):
        return ", ".join(map(_shape, output))
    return type(output).__name__


def _bytes(size: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.4g} {unit}"
        size /= 1024
    return f"{size:.4g} GiB"
