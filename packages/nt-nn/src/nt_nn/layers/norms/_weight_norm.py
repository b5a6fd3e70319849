"""weight_norm: a weight's lengths and its directions learn apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import nt_autograd as ag
from nt_autograd import Tensor, no_grad

from ..._computed import compute, parameter_of, settle
from ...module import Module
from ...parameter import Parameter

M = TypeVar("M", bound=Module)


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    r"""Let a weight be computed from lengths and directions, $w = g \, v / \lVert v \rVert$.

    The parameters are then `weight_g` and `weight_v`, under which names published checkpoints hold
    them, and `weight` is what they make of each other at the time that it is asked for. A value
    that is assigned to it is taken apart.

    Args:
        module: has a parameter of this name.
        name: which parameter.
        dim: the axis along which each entry has a length of its own; None for one length of all.

    Returns:
        The module, changed.

    Raises:
        ValueError: the module has no such parameter, or it is computed already.
        IndexError: `dim` is not an axis of it.

    Example:
        >>> from nt_nn import Linear
        >>> layer = weight_norm(Linear(3, 2))
        >>> {name: value.shape for name, value in layer.named_parameters()}
        {'bias': (2,), 'weight_g': (2, 1), 'weight_v': (2, 3)}
        >>> layer.weight.shape
        (2, 3)

    Source: Salimans and Kingma, Weight normalization (2016), equation 2; PyTorch's
        `torch.nn.utils.weight_norm`, and `torch.nn.utils.parametrizations.weight_norm`, whose
        `original0` is g and `original1` v.
    """
    weight = parameter_of("weight_norm", module, name)
    rule = _WeightNorm(name, dim)
    with no_grad():
        g = Parameter(rule.lengths(weight), weight.requires_grad)
    compute(module, name, rule, **{f"{name}_g": g, f"{name}_v": weight})
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Make the weight that `weight_norm` computes a parameter again, of the value that it has now.

    Args:
        module: what `weight_norm` changed.
        name: which parameter.

    Returns:
        The module, changed back.

    Raises:
        ValueError: the weight is not computed by `weight_norm`.

    Example:
        >>> from nt_nn import Linear
        >>> layer = remove_weight_norm(weight_norm(Linear(3, 2)))
        >>> [name for name, _ in layer.named_parameters()]
        ['bias', 'weight']

    Source: PyTorch's `torch.nn.utils.remove_weight_norm`.
    """
    settle("remove_weight_norm", module, name, _WeightNorm, f"{name}_g", f"{name}_v")
    return module


@dataclass(frozen=True)
class _WeightNorm:
    name: str
    dim: int | None

    def value(self, module: Module) -> Tensor:
        parts = vars(module)
        w: Tensor = ag.weight_norm(parts[f"{self.name}_v"], parts[f"{self.name}_g"], self.dim)
        return w

    def take(self, module: Module, value: Tensor) -> None:
        parts = vars(module)
        with no_grad():
            parts[f"{self.name}_g"].copy_(self.lengths(value))
            parts[f"{self.name}_v"].copy_(value)

    def lengths(self, weight: Tensor) -> Tensor:
        """The lengths that a weight has."""
        if self.dim is None:
            found: Tensor = ag.norm(weight)
            return found
        if not -weight.ndim <= self.dim < weight.ndim:
            raise IndexError(f"weight_norm: dim ({self.dim}) is no axis of {weight.shape}")
        others = tuple([axis for axis in range(weight.ndim) if axis != self.dim % weight.ndim])
        kept: Tensor = ag.norm(weight, 2, others, True)
        return kept
