"""spectral_norm: a weight divided by the most that it stretches anything."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

import nt_autograd as ag
from nt_autograd import Tensor, no_grad
from nt_tensor import Generator, default_generator

from ..._computed import compute, parameter_of, settle
from ..._share import first_share
from ...module import Module
from ...parameter import Buffer
from ..convolution import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d

M = TypeVar("M", bound=Module)

TRANSPOSED = (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)
_START = 15  # iterations at the beginning, as in PyTorch
_lock = Lock()


def spectral_norm(
    module: M,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
    *,
    generator: Generator | None = None,
) -> M:
    r"""Let a module's weight be computed as $w / \sigma(w)$, with its largest singular value.

    $$\sigma(w) = u^\top W v, \qquad u \leftarrow \frac{W v}{\lVert W v \rVert}, \qquad
      v \leftarrow \frac{W^\top u}{\lVert W^\top u \rVert}$$

    $W$ is the weight as a matrix of `dim` by all other axes. Each time that `weight` is asked for
    in training, power iterations bring $u$ and $v$ nearer to the singular vectors; in evaluation
    they stay. A weight of one axis is divided by its length.

    The parameter is then `weight_orig`, the buffers `weight_u` and `weight_v`, under which names
    published checkpoints hold them. In `Parallel` the first share of a batch iterates, and others
    take what is there when they come: results then differ from run to run by as much as an
    iteration changes.

    Args:
        module: has a parameter of this name.
        name: which parameter.
        n_power_iterations: how many at a time.
        eps: the least length that is divided by.
        dim: the axis of outputs; None for 1 in transposed convolutions and 0 elsewhere.
        generator: where the first u and v come from; None for the thread's own.

    Returns:
        The module, changed.

    Raises:
        ValueError: the module has no such parameter, or it is computed already;
            `n_power_iterations` is not positive.
        IndexError: `dim` is not an axis of it.

    Example:
        >>> from nt_nn import Linear
        >>> layer = spectral_norm(Linear(3, 2))
        >>> {name: value.shape for name, value in layer.state_dict().items()}
        {'bias': (2,), 'weight_orig': (2, 3), 'weight_u': (2,), 'weight_v': (3,)}

    Source: Miyato et al., Spectral normalization for generative adversarial networks (2018),
        algorithm 1; PyTorch's `torch.nn.utils.parametrizations.spectral_norm`, with the names of
        `torch.nn.utils.spectral_norm`.
    """
    weight = parameter_of("spectral_norm", module, name)
    if n_power_iterations < 1:
        raise ValueError(f"n_power_iterations ({n_power_iterations}) must be positive")
    if dim is None:
        dim = 1 if isinstance(module, TRANSPOSED) else 0
    if not -weight.ndim <= dim < weight.ndim:
        raise IndexError(f"spectral_norm: dim ({dim}) is no axis of weight {weight.shape}")
    rule = _SpectralNorm(name, dim % weight.ndim, n_power_iterations, eps)
    parts: dict[str, Tensor] = {f"{name}_orig": weight}
    if weight.ndim > 1:
        matrix = rule.matrix(weight).detach()
        source = generator or default_generator()
        u, v = [
            Tensor(source.normal((n,), dtype=weight.dtype, device=weight.device))
            for n in matrix.shape
        ]
        u, v = rule.iterated(matrix, u, v, _START)
        parts |= {f"{name}_u": Buffer(u), f"{name}_v": Buffer(v)}
    compute(module, name, rule, **parts)
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Make the weight that `spectral_norm` computes a parameter again, of the value that it has.

    Args:
        module: what `spectral_norm` changed.
        name: which parameter.

    Returns:
        The module, changed back.

    Raises:
        ValueError: the weight is not computed by `spectral_norm`.

    Example:
        >>> from nt_nn import Linear
        >>> layer = remove_spectral_norm(spectral_norm(Linear(3, 2)))
        >>> [name for name, _ in layer.named_parameters()]
        ['bias', 'weight']

    Source: PyTorch's `torch.nn.utils.remove_spectral_norm`.
    """
    parts = [f"{name}_{end}" for end in ("orig", "u", "v")]
    settle("remove_spectral_norm", module, name, _SpectralNorm, *parts)
    return module


@dataclass(frozen=True)
class _SpectralNorm:
    name: str
    dim: int
    iterations: int
    eps: float

    def value(self, module: Module) -> Tensor:
        parts = vars(module)
        weight = parts[f"{self.name}_orig"]
        if weight.ndim == 1:
            y: Tensor = ag.normalize(weight, dim=0, eps=self.eps)
            return y
        matrix = self.matrix(weight)
        here, there = parts[f"{self.name}_u"], parts[f"{self.name}_v"]
        with _lock:
            if module.training and first_share():
                u, v = self.iterated(
                    matrix.detach(), here.detach(), there.detach(), self.iterations
                )
                here.data, there.data = u.data, v.data  # new arrays: graphs keep the old ones
            u, v = Tensor(here.data), Tensor(there.data)
        w: Tensor = weight / (u * (matrix @ v)).sum()
        return w

    def take(self, module: Module, value: Tensor) -> None:
        with no_grad():
            vars(module)[f"{self.name}_orig"].copy_(value)

    def matrix(self, weight: Tensor) -> Tensor:
        """The weight as a matrix of `dim` by all other axes."""
        others = [axis for axis in range(weight.ndim) if axis != self.dim]
        flat: Tensor = weight.permute(self.dim, *others).reshape(weight.shape[self.dim], -1)
        return flat

    def iterated(self, matrix: Tensor, u: Tensor, v: Tensor, times: int) -> tuple[Tensor, Tensor]:
        """The vectors after power iterations."""
        with no_grad():
            for _ in range(times):
                u = ag.normalize(matrix @ v, dim=0, eps=self.eps)
                v = ag.normalize(matrix.T @ u, dim=0, eps=self.eps)
        return u, v
