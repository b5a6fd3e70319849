"""TransformerEncoder: layers in which every position looks at all others, then thinks alone."""

from __future__ import annotations

import copy

from nt_autograd import Tensor
from nt_tensor import DeviceLike, DTypeLike, Generator

from ...module import Module
from .._containers import ModuleList
from ..norms import LayerNorm
from ._attention import Mask, MultiHeadAttention
from ._feed_forward import Activation, Layer


class TransformerEncoderLayer(Layer):
    r"""Self-attention, then a two-layer network, each added to what came in and normalised.

    $$x' = \mathrm{norm}_1(x + \mathrm{attention}(x)), \qquad
      y = \mathrm{norm}_2(x' + W_2 f(W_1 x' + b_1) + b_2)$$

    With `norm_first` (pre-norm, as in GPT-2 and ViT) the norms stand in front instead: $x' = x +
    \mathrm{attention}(\mathrm{norm}_1(x))$, and likewise below.

    Shapes: (batch, T, d_model) -> the same.

    Args:
        d_model: the width.
        nhead: how many heads.
        dim_feedforward: the width inside the two-layer network.
        dropout: the share that is dropped of attention weights, inside the network, and of what is
            added.
        activation: $f$: "relu", "gelu" or a function of a tensor.
        layer_norm_eps: the norms' $\epsilon$.
        batch_first: False for (T, batch, d_model).
        norm_first: whether the norms stand in front.
        bias: whether linear maps and norms have one.
        device: where the parameters lie; None for the current device.
        dtype: of the parameters; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: `nhead` does not divide `d_model`, another size does not fit, or an unknown
            activation.

    Example:
        >>> from nt_autograd import randn
        >>> layer = TransformerEncoderLayer(8, nhead=2, dim_feedforward=32)
        >>> layer(randn(3, 5, 8)).shape
        (3, 5, 8)

    Source: Vaswani et al., Attention is all you need (2017), section 3.1; pre-norm: Xiong et al.,
        On Layer Normalization in the Transformer Architecture (2020); PyTorch's
        `torch.nn.TransformerEncoderLayer`, whose batch_first is False unless asked for.
    """

    self_attn: MultiHeadAttention
    norm1: LayerNorm
    norm2: LayerNorm

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = True,
        norm_first: bool = False,
        bias: bool = True,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        self.self_attn = MultiHeadAttention(
            d_model,
            nhead,
            dropout,
            bias,
            batch_first=batch_first,
            device=device,
            dtype=dtype,
            generator=generator,
        )
        super().__init__(
            d_model,
            dim_feedforward,
            dropout,
            activation,
            norm_first,
            bias,
            device,
            dtype,
            generator,
        )
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype)

    def forward(
        self,
        src: Tensor,
        src_mask: Mask = None,
        src_key_padding_mask: Mask = None,
        is_causal: bool = False,
    ) -> Tensor:
        """Map src (batch, T, d_model) to the same shape.

        Args:
            src: what comes in.
            src_mask: (T, T) or as in `MultiHeadAttention`; True where a position may *not* attend.
            src_key_padding_mask: (batch, T), True at padding.
            is_causal: no position sees a later one, with or without a mask.
        """

        def attended(x: Tensor) -> Tensor:
            y = self.self_attn(
                x, attn_mask=src_mask, key_padding_mask=src_key_padding_mask, is_causal=is_causal
            )
            return self.dropout(y)

        x = src
        if self.norm_first:
            x = x + attended(self.norm1(x))
            return x + self.network(self.norm2(x))
        x = self.norm1(x + attended(x))
        return self.norm2(x + self.network(x))


class TransformerEncoder(Module):
    """A stack of encoder layers, and a norm where one is given.

    Shapes: (batch, T, d_model) -> the same.

    Args:
        encoder_layer: the layer that is copied, values included: draw others where the layers shall
            begin apart, as `Transformer` does.
        num_layers: how many copies.
        norm: what the last layer's output goes through.

    Raises:
        ValueError: `num_layers` is negative.

    Example:
        >>> from nt_autograd import randn
        >>> encoder = TransformerEncoder(TransformerEncoderLayer(8, 2, 32), num_layers=2)
        >>> encoder(randn(3, 5, 8), is_causal=True).shape
        (3, 5, 8)

    Source: Vaswani et al. (2017), section 3.1; PyTorch's `torch.nn.TransformerEncoder`.
    """

    layers: ModuleList[TransformerEncoderLayer]
    norm: Module | None

    def __init__(
        self, encoder_layer: TransformerEncoderLayer, num_layers: int, norm: Module | None = None
    ) -> None:
        if num_layers < 0:
            raise ValueError(f"num_layers ({num_layers}) must not be negative")
        self.layers = ModuleList(copy.deepcopy(encoder_layer) for _ in range(num_layers))
        self.norm = norm

    def forward(
        self,
        src: Tensor,
        mask: Mask = None,
        src_key_padding_mask: Mask = None,
        is_causal: bool = False,
    ) -> Tensor:
        """Map src (batch, T, d_model) to the same shape; masks are those of the layers."""
        x = src
        for layer in self.layers:
            x = layer(x, mask, src_key_padding_mask, is_causal)  # (batch, T, d_model)
        return x if self.norm is None else self.norm(x)
