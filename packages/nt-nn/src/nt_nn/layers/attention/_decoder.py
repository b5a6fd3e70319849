"""TransformerDecoder: layers that look at their own sequence, then at another's encoding."""

from __future__ import annotations

import copy

from nt_autograd import Tensor
from nt_tensor import DeviceLike, DTypeLike, Generator

from ...module import Module
from .._containers import ModuleList
from ..norms import LayerNorm
from ._attention import Mask, MultiHeadAttention
from ._feed_forward import Activation, Layer


class TransformerDecoderLayer(Layer):
    r"""Self-attention, attention to a memory, then a two-layer network.

    $$x' = \mathrm{norm}_1(x + \mathrm{attention}(x)), \quad
      x'' = \mathrm{norm}_2(x' + \mathrm{attention}(x', m)), \quad
      y = \mathrm{norm}_3(x'' + W_2 f(W_1 x'' + b_1) + b_2)$$

    With `norm_first` the norms stand in front of each instead. It is causal where `tgt_mask` or
    `tgt_is_causal` says so.

    Shapes: tgt (batch, T, d_model), memory (batch, S, d_model) -> (batch, T, d_model).

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
        >>> layer = TransformerDecoderLayer(8, nhead=2, dim_feedforward=32)
        >>> layer(randn(3, 5, 8), randn(3, 7, 8), tgt_is_causal=True).shape
        (3, 5, 8)

    Source: Vaswani et al., Attention is all you need (2017), section 3.1; PyTorch's
        `torch.nn.TransformerDecoderLayer`, whose batch_first is False unless asked for.
    """

    self_attn: MultiHeadAttention
    multihead_attn: MultiHeadAttention  # from tgt to memory
    norm1: LayerNorm
    norm2: LayerNorm
    norm3: LayerNorm

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
        self.self_attn, self.multihead_attn = (
            MultiHeadAttention(
                d_model,
                nhead,
                dropout,
                bias,
                batch_first=batch_first,
                device=device,
                dtype=dtype,
                generator=generator,
            )
            for _ in range(2)
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
        self.norm1, self.norm2, self.norm3 = (
            LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype)
            for _ in range(3)
        )

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Mask = None,
        memory_mask: Mask = None,
        tgt_key_padding_mask: Mask = None,
        memory_key_padding_mask: Mask = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Map tgt (batch, T, d_model) to the same shape, with what it finds in memory.

        Args:
            tgt: what comes in.
            memory: what the encoder gave, (batch, S, d_model).
            tgt_mask: (T, T) or as in `MultiHeadAttention`; True where a position may *not* attend.
            memory_mask: (T, S), likewise.
            tgt_key_padding_mask: (batch, T), True at padding.
            memory_key_padding_mask: (batch, S), likewise.
            tgt_is_causal: no position sees a later one, with or without a mask.
            memory_is_causal: no position sees a later one of the memory; then S must be T.
        """

        def attended(x: Tensor) -> Tensor:
            y = self.self_attn(
                x,
                attn_mask=tgt_mask,
                key_padding_mask=tgt_key_padding_mask,
                is_causal=tgt_is_causal,
            )
            return self.dropout(y)

        def looked_up(x: Tensor) -> Tensor:
            y = self.multihead_attn(
                x,
                memory,
                attn_mask=memory_mask,
                key_padding_mask=memory_key_padding_mask,
                is_causal=memory_is_causal,
            )
            return self.dropout(y)

        x = tgt
        if self.norm_first:
            x = x + attended(self.norm1(x))
            x = x + looked_up(self.norm2(x))
            return x + self.network(self.norm3(x))
        x = self.norm1(x + attended(x))
        x = self.norm2(x + looked_up(x))
        return self.norm3(x + self.network(x))


class TransformerDecoder(Module):
    """A stack of decoder layers, and a norm where one is given.

    Shapes: tgt (batch, T, d_model), memory (batch, S, d_model) -> (batch, T, d_model).

    Args:
        decoder_layer: the layer that is copied, values included.
        num_layers: how many copies.
        norm: what the last layer's output goes through.

    Raises:
        ValueError: `num_layers` is negative.

    Example:
        >>> from nt_autograd import randn
        >>> decoder = TransformerDecoder(TransformerDecoderLayer(8, 2, 32), num_layers=2)
        >>> decoder(randn(3, 5, 8), randn(3, 7, 8), tgt_is_causal=True).shape
        (3, 5, 8)

    Source: Vaswani et al. (2017), section 3.1; PyTorch's `torch.nn.TransformerDecoder`.
    """

    layers: ModuleList[TransformerDecoderLayer]
    norm: Module | None

    def __init__(
        self, decoder_layer: TransformerDecoderLayer, num_layers: int, norm: Module | None = None
    ) -> None:
        if num_layers < 0:
            raise ValueError(f"num_layers ({num_layers}) must not be negative")
        self.layers = ModuleList(copy.deepcopy(decoder_layer) for _ in range(num_layers))
        self.norm = norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Mask = None,
        memory_mask: Mask = None,
        tgt_key_padding_mask: Mask = None,
        memory_key_padding_mask: Mask = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Map tgt (batch, T, d_model) to the same shape; masks are those of the layers."""
        x = tgt
        for layer in self.layers:
            x = layer(
                x,
                memory,
                tgt_mask,
                memory_mask,
                tgt_key_padding_mask,
                memory_key_padding_mask,
                tgt_is_causal,
                memory_is_causal,
            )  # (batch, T, d_model)
        return x if self.norm is None else self.norm(x)
