"""Positions that are added to embeddings: sinusoids, or one learned vector each."""

from __future__ import annotations

from nt_autograd import Tensor, dropout, stack
from nt_tensor import DeviceLike, DTypeLike, Generator, float32

from ... import init
from ..._skeleton import empty
from ...module import Module
from ...parameter import Parameter
from ._angles import Angles


class SinusoidalPositionalEncoding(Module):
    r"""Adds sines and cosines of the position, of wavelengths from $2\pi$ to $b \cdot 2\pi$.

    $$PE_{t, 2i} = \sin(t / b^{2i/d}), \qquad PE_{t, 2i+1} = \cos(t / b^{2i/d})$$

    Nothing is learned, and no length is set. An odd width ends in a sine.

    Shapes: (…, T, d_model) -> the same.

    Args:
        d_model: the width.
        dropout: the share of the sums that is dropped while training.
        base: $b$.

    Raises:
        ValueError: `d_model` is not positive or `dropout` no probability; in a call, x has another
            width.

    Example:
        >>> from nt_autograd import zeros
        >>> SinusoidalPositionalEncoding(4)(zeros(2, 4)).numpy().round(3)
        array([[0.   , 1.   , 0.   , 1.   ],
               [0.841, 0.54 , 0.01 , 1.   ]], dtype=float32)

    Source: Vaswani et al., Attention is all you need (2017), sections 3.5 and 5.4.
    """

    def __init__(self, d_model: int, dropout: float = 0.0, *, base: float = 10000.0) -> None:
        if d_model < 1:
            raise ValueError(f"d_model ({d_model}) must be positive")
        if not 0.0 <= dropout <= 1.0:
            raise ValueError(f"dropout ({dropout}) must be a probability, 0 to 1")
        self.d_model = d_model
        self.dropout = dropout
        self._frequencies = tuple(base ** (-2 * i / d_model) for i in range((d_model + 1) // 2))
        self._angles = Angles()

    def forward(self, x: Tensor, *, offset: int = 0) -> Tensor:
        """Add to x (…, T, d_model) the encodings of its positions, which begin at `offset`."""
        if x.ndim < 2 or x.shape[-1] != self.d_model:
            raise ValueError(f"x must be (…, time, {self.d_model}), got shape {x.shape}")
        end = offset + x.shape[-2]
        cos, sin = self._angles.tables(self._frequencies, end, 1.0, x)
        pairs = stack([Tensor(sin[offset:end]), Tensor(cos[offset:end])], -1)  # (T, pairs, 2)
        encoding = pairs.reshape(end - offset, 2 * len(self._frequencies))[:, : self.d_model]
        y: Tensor = x + encoding
        return dropout(y, self.dropout) if self.training and self.dropout else y

    def extra_repr(self) -> str:
        """The width and the dropout."""
        return f"{self.d_model}, dropout={self.dropout}"


class LearnedPositionalEmbedding(Module):
    """Adds a learned vector to each position.

    Shapes: (…, T, d_model) -> the same, where T is at most `num_positions`.

    Args:
        num_positions: how many positions there are.
        d_model: the width.
        std: of the normal distribution that the vectors are first drawn from.
        device: where they lie; None for the current device.
        dtype: of them; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: a size is not positive; in a call, x has another width or is too long.

    Example:
        >>> from nt_autograd import zeros
        >>> positions = LearnedPositionalEmbedding(16, 4)
        >>> positions(zeros(2, 3, 4), offset=5)[1].tolist() == positions.weight[5:8].tolist()
        True

    Source: Gehring et al., Convolutional sequence to sequence learning (2017), section 3.1; GPT-2,
        BERT and ViT use it.
    """

    weight: Parameter  # (num_positions, d_model)

    def __init__(
        self,
        num_positions: int,
        d_model: int,
        *,
        std: float = 0.02,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        if num_positions < 1 or d_model < 1:
            raise ValueError(
                f"num_positions ({num_positions}) and d_model ({d_model}) must be positive"
            )
        self.num_positions = num_positions
        self.d_model = d_model
        self.weight = Parameter(empty((num_positions, d_model), dtype or float32, device))
        init.normal_(self.weight, std=std, generator=generator)

    def forward(self, x: Tensor, *, offset: int = 0) -> Tensor:
        """Add to x (…, T, d_model) the vectors of its positions, which begin at `offset`."""
        if x.ndim < 2 or x.shape[-1] != self.d_model:
            raise ValueError(f"x must be (…, time, {self.d_model}), got shape {x.shape}")
        end = offset + x.shape[-2]
        if offset < 0 or end > self.num_positions:
            raise ValueError(
                f"positions {offset} to {end - 1} do not all lie in 0 to {self.num_positions - 1}"
            )
        y: Tensor = x + self.weight[offset:end]
        return y

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{self.num_positions}, {self.d_model}"
