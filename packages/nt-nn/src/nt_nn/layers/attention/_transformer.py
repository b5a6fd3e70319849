"""Transformer: the encoder and decoder of 2017, from embeddings to the decoder's last vectors."""

from __future__ import annotations

import math

from nt_autograd import Tensor, triu
from nt_tensor import DeviceLike, DTypeLike, Generator, float32, full

from ... import init
from ...module import Module
from ..norms import LayerNorm
from ._attention import Mask
from ._decoder import TransformerDecoder, TransformerDecoderLayer
from ._encoder import TransformerEncoder, TransformerEncoderLayer
from ._feed_forward import Activation


class Transformer(Module):
    """The encoder-decoder of "Attention is all you need", between embeddings and the last product.

      src (batch, S, d_model) -> encoder layers -> norm -> memory (batch, S, d_model)
      tgt (batch, T, d_model), memory -> decoder layers -> norm -> (batch, T, d_model)

    All matrices are drawn Xavier-uniform. Embeddings and positions
    (`SinusoidalPositionalEncoding`) are the caller's.

    Shapes: src (batch, S, d_model), tgt (batch, T, d_model) -> (batch, T, d_model).

    Args:
        d_model: the width.
        nhead: how many heads.
        num_encoder_layers: how many layers the encoder has.
        num_decoder_layers: how many the decoder has.
        dim_feedforward: the width inside the two-layer networks.
        dropout: the share that is dropped in each place of a layer.
        activation: "relu", "gelu" or a function of a tensor.
        custom_encoder: called as the encoder instead, with (src, mask, src_key_padding_mask,
            is_causal).
        custom_decoder: called as the decoder instead, with the arguments of `TransformerDecoder`.
        layer_norm_eps: added to variances in the norms.
        batch_first: False for (T, batch, d_model).
        norm_first: whether a layer's norms stand in front.
        bias: whether linear maps and norms have one.
        device: where the parameters lie; None for the current device.
        dtype: of the parameters; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: sizes that do not fit, or an unknown activation; in a call, widths or batches
            that do not.

    Example:
        >>> from nt_autograd import randn
        >>> model = Transformer(8, 2, 1, 1, dim_feedforward=32)
        >>> model(randn(3, 7, 8), randn(3, 5, 8), tgt_is_causal=True).shape
        (3, 5, 8)

    Source: Vaswani et al., Attention is all you need (2017), section 3; PyTorch's
        `torch.nn.Transformer`, whose batch_first is False unless asked for.
    """

    encoder: Module
    decoder: Module

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = "relu",
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = True,
        norm_first: bool = False,
        bias: bool = True,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

        def last_norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype)

        sizes = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps)
        options = (batch_first, norm_first, bias)
        if custom_encoder is None:
            encoder_layer = TransformerEncoderLayer(
                *sizes, *options, device=device, dtype=dtype, generator=generator
            )
            self.encoder = TransformerEncoder(encoder_layer, num_encoder_layers, last_norm())
        else:
            self.encoder = custom_encoder
        if custom_decoder is None:
            decoder_layer = TransformerDecoderLayer(
                *sizes, *options, device=device, dtype=dtype, generator=generator
            )
            self.decoder = TransformerDecoder(decoder_layer, num_decoder_layers, last_norm())
        else:
            self.decoder = custom_decoder
        for parameter in self.parameters():  # the layers are copies so far
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter, generator=generator)

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Mask = None,
        tgt_mask: Mask = None,
        memory_mask: Mask = None,
        src_key_padding_mask: Mask = None,
        tgt_key_padding_mask: Mask = None,
        memory_key_padding_mask: Mask = None,
        src_is_causal: bool = False,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Encode src, and decode tgt with it.

        Args:
            src: (batch, S, d_model).
            tgt: (batch, T, d_model).
            src_mask: (S, S) or as in `MultiHeadAttention`; True where a position may *not* attend.
            tgt_mask: (T, T), likewise.
            memory_mask: (T, S), likewise.
            src_key_padding_mask: (batch, S), True at padding.
            tgt_key_padding_mask: (batch, T), likewise.
            memory_key_padding_mask: (batch, S), likewise; usually `src_key_padding_mask` again.
            src_is_causal: no position of src sees a later one.
            tgt_is_causal: no position of tgt sees a later one, as a decoder wants it.
            memory_is_causal: no position of tgt sees a later one of src; then S must be T.

        Returns:
            (batch, T, d_model).
        """
        for name, x in (("src", src), ("tgt", tgt)):
            if x.ndim not in (2, 3) or x.shape[-1] != self.d_model:
                raise ValueError(
                    f"{name} must be (batch, time, {self.d_model}) or without a batch, "
                    f"got shape {x.shape}"
                )
        batch = 0 if self.batch_first else 1
        if src.ndim != tgt.ndim or (src.ndim == 3 and src.shape[batch] != tgt.shape[batch]):
            raise ValueError(f"src {src.shape} and tgt {tgt.shape} must have the same batch")
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        y: Tensor = self.decoder(
            tgt,
            memory,
            tgt_mask,
            memory_mask,
            tgt_key_padding_mask,
            memory_key_padding_mask,
            tgt_is_causal,
            memory_is_causal,
        )
        return y

    @staticmethod
    def generate_square_subsequent_mask(
        sz: int, device: DeviceLike | None = None, dtype: DTypeLike = None
    ) -> Tensor:
        """A mask (sz, sz) that hides the future: 0 up to the diagonal, minus infinity above it.

        Example:
            >>> Transformer.generate_square_subsequent_mask(2)
            tensor([[  0., -inf],
                    [  0.,   0.]])
        """
        mask: Tensor = triu(Tensor(full((sz, sz), -math.inf, dtype or float32, device)), 1)
        return mask
