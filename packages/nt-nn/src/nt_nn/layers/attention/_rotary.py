"""RotaryEmbedding: positions as rotations of queries and keys."""

from __future__ import annotations

from nt_autograd import Tensor, concat, rotary_embedding
from nt_tensor import namespace

from ...module import Module
from ._angles import Angles
from ._rope_scaling import FIXED, RopeScaling, known_frequencies


class RotaryEmbedding(Module):
    r"""Turns each pair of features at position $t$ by the angle $t \, \theta_i$.

    $$(a, b) \mapsto (a \cos t\theta_i - b \sin t\theta_i,\; b \cos t\theta_i + a \sin t\theta_i),
    \qquad \theta_i = b^{-2i/d}$$

    The product of a query and a key turned so depends on their distance alone. Nothing is learned.

    Shapes: (…, T, width) -> the same; features beyond `dim` are left as they are.

    Args:
        dim: how many features are turned, an even number: a head's width, or less.
        base: $b$.
        interleaved: pairs are (2i, 2i + 1), as in the paper and GPT-J, instead of (i, i + dim/2),
            as in GPT-NeoX and LLaMA.
        scaling: how the frequencies are changed for sequences longer than those of training:
            `LinearRopeScaling`, `DynamicNTKRopeScaling`, `YarnRopeScaling`, `Llama3RopeScaling`,
            `LongRopeScaling`.

    Raises:
        ValueError: `dim` is not even and positive, or `base` not above 1; in a call, x is narrower,
            or `positions` do not fit it.
        TypeError: `positions` are no integers.

    Example:
        >>> from nt_autograd import ones
        >>> rotary = RotaryEmbedding(4)
        >>> q = rotary(ones(2, 3, 4))  # (heads, time, width)
        >>> q[0, 0].tolist()  # position 0 is not turned
        [1.0, 1.0, 1.0, 1.0]
        >>> rotary(ones(2, 1, 4), offset=2)[0, 0].tolist() == q[0, 2].tolist()
        True

    Source: Su et al., RoFormer: Enhanced Transformer with Rotary Position Embedding (2021), section
        3.2.2.
    """

    def __init__(
        self,
        dim: int,
        base: float = 10000.0,
        *,
        interleaved: bool = False,
        scaling: RopeScaling | None = None,
    ) -> None:
        if dim < 2 or dim % 2:
            raise ValueError(f"dim ({dim}) must be even and positive")
        if not base > 1:
            raise ValueError(f"base ({base}) must be above 1")
        self.dim = dim
        self.base = base
        self.interleaved = interleaved
        self.scaling = scaling or RopeScaling()
        self._angles = Angles()

    def forward(self, x: Tensor, positions: Tensor | None = None, *, offset: int = 0) -> Tensor:
        """Turn x (…, T, width) by its positions.

        Args:
            x: queries or keys, (…, T, width).
            positions: integers (T,), or what broadcasts to (…, T); None for `offset`, `offset` + 1,
                …
            offset: the first position, where there are no `positions`.
        """
        width, time = x.shape[-1], x.shape[-2]
        if width < self.dim:
            raise ValueError(f"x must be (…, time, {self.dim} or more), got shape {x.shape}")
        if positions is None:
            cos, sin = self._tables(offset + time, x)
            cos, sin = cos[offset : offset + time], sin[offset : offset + time]
        else:
            cos, sin = self._rows(positions, x)
        turned: Tensor = rotary_embedding(
            x if width == self.dim else x[..., : self.dim], cos, sin, interleaved=self.interleaved
        )
        if width == self.dim:
            return turned
        whole: Tensor = concat([turned, x[..., self.dim :]], -1)
        return whole

    def _tables(self, length: int, x: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines of at least `length` positions."""
        asked = 1 if type(self.scaling) in FIXED else length
        frequencies = known_frequencies(self.scaling, self.dim, self.base, asked)
        cos, sin = self._angles.tables(frequencies, length, self.scaling.magnitude(), x)
        return Tensor(cos), Tensor(sin)

    def _rows(self, positions: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines (…, T, dim / 2) of any positions."""
        if positions.dtype.kind not in ("int", "uint"):
            raise TypeError(f"positions must be integers, not {positions.dtype}")
        if positions.ndim < 1 or positions.shape[-1] != x.shape[-2]:
            raise ValueError(f"positions {positions.shape} must be ({x.shape[-2]},) or (…, T)")
        array = positions.data
        xp = namespace(array)
        if positions.numel() and int(xp.min(array)) < 0:
            raise ValueError(f"positions must not be negative, got {int(xp.min(array))}")
        length = int(xp.max(array)) + 1 if positions.numel() else 1
        cos, sin = self._tables(length, x)
        at = xp.reshape(array, (-1,))
        shape = (*positions.shape, self.dim // 2)
        return (
            Tensor(xp.reshape(xp.take(cos.data, at, axis=0), shape)),
            Tensor(xp.reshape(xp.take(sin.data, at, axis=0), shape)),
        )

    def extra_repr(self) -> str:
        """The width, the base, the layout of pairs and the scaling."""
        said = f"{self.dim}, base={self.base}, interleaved={self.interleaved}"
        return said if type(self.scaling) is RopeScaling else f"{said}, scaling={self.scaling}"
