"""T5's published names and options beside ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nt_tensor import Array, namespace

from nt_models.t5 import T5, T5Config, T5Encoder

from ._architecture import Architecture, read_options
from ._table import COPIED, IGNORED, REPEATED, Line, Table, stacked

__all__ = ["ARCHITECTURES"]

ENCODER: tuple[Line, ...] = (
    ("shared", "encoder.embedding"),
    ("encoder.embed_tokens", "encoder.embedding", REPEATED),
    ("encoder.block.0.layer.0.SelfAttention.relative_attention_bias", "encoder.bias"),
    ("encoder.block.*.layer.0.layer_norm", "encoder.blocks.*.norm1"),
    (
        stacked(
            "encoder.block.*.layer.0.SelfAttention.q",
            "encoder.block.*.layer.0.SelfAttention.k",
            "encoder.block.*.layer.0.SelfAttention.v",
        ),
        "encoder.blocks.*.attention.qkv",
    ),
    ("encoder.block.*.layer.0.SelfAttention.o", "encoder.blocks.*.attention.out"),
    ("encoder.block.*.layer.1.layer_norm", "encoder.blocks.*.norm3"),
    ("encoder.block.*.layer.1.DenseReluDense.wo", "encoder.blocks.*.network.down"),
    ("encoder.final_layer_norm", "encoder.norm"),
)
DECODER: tuple[Line, ...] = (
    ("decoder.embed_tokens", "encoder.embedding", REPEATED),
    ("decoder.block.0.layer.0.SelfAttention.relative_attention_bias", "decoder.bias"),
    ("decoder.block.*.layer.0.layer_norm", "decoder.blocks.*.norm1"),
    (
        stacked(
            "decoder.block.*.layer.0.SelfAttention.q",
            "decoder.block.*.layer.0.SelfAttention.k",
            "decoder.block.*.layer.0.SelfAttention.v",
        ),
        "decoder.blocks.*.attention.qkv",
    ),
    ("decoder.block.*.layer.0.SelfAttention.o", "decoder.blocks.*.attention.out"),
    ("decoder.block.*.layer.1.layer_norm", "decoder.blocks.*.norm2"),
    ("decoder.block.*.layer.1.EncDecAttention.q", "decoder.blocks.*.cross.query"),
    (
        stacked(
            "decoder.block.*.layer.1.EncDecAttention.k",
            "decoder.block.*.layer.1.EncDecAttention.v",
        ),
        "decoder.blocks.*.cross.key_value",
    ),
    ("decoder.block.*.layer.1.EncDecAttention.o", "decoder.blocks.*.cross.out"),
    # in the files of version 1.0, and never used
    ("decoder.block.0.layer.1.EncDecAttention.relative_attention_bias", IGNORED),
    ("decoder.block.*.layer.2.layer_norm", "decoder.blocks.*.norm3"),
    ("decoder.block.*.layer.2.DenseReluDense.wo", "decoder.blocks.*.network.down"),
    ("decoder.final_layer_norm", "decoder.norm"),
)
PLAIN: tuple[Line, ...] = (
    ("encoder.block.*.layer.1.DenseReluDense.wi", "encoder.blocks.*.network.up"),
    ("decoder.block.*.layer.2.DenseReluDense.wi", "decoder.blocks.*.network.up"),
)
GATED: tuple[Line, ...] = (  # the value, then the gate, which is the first in the file
    (
        stacked(
            "encoder.block.*.layer.1.DenseReluDense.wi_1",
            "encoder.block.*.layer.1.DenseReluDense.wi_0",
        ),
        "encoder.blocks.*.network.up",
    ),
    (
        stacked(
            "decoder.block.*.layer.2.DenseReluDense.wi_1",
            "decoder.block.*.layer.2.DenseReluDense.wi_0",
        ),
        "decoder.blocks.*.network.up",
    ),
)


def t5_table(config: T5Config) -> Table:
    """Published names -> ours; what they are depends on the version."""
    # a tied head of version 1.1 must be there for transformers 4, to which "tied" means 1.0
    how = REPEATED if config.scaled else COPIED
    head: Line = ("lm_head", "encoder.embedding", how) if config.tied else ("lm_head", "head")
    return Table(*ENCODER, *DECODER, *(GATED if config.gated else PLAIN), head)


def encoder_table(config: T5Config) -> Table:
    """The names of the encoder alone, which in our model stand without `encoder.` in front."""
    network = GATED if config.gated else PLAIN

    def alone(line: Line) -> Line:
        ours = line[1].removeprefix("encoder.")
        return (line[0], ours, line[2]) if len(line) == 3 else (line[0], ours)

    rest: list[Line] = [(line[0], IGNORED) for line in (*DECODER, network[1], ("lm_head", ""))]
    return Table(*map(alone, ENCODER), alone(network[0]), *rest)


OPTIONS = {  # published -> ours
    "vocab_size": "vocab_size",
    "d_model": "width",
    "num_heads": "heads",
    "d_kv": "head_dim",
    "d_ff": "hidden",
    "num_layers": "encoder_layers",
    "num_decoder_layers": "decoder_layers",
    "relative_attention_num_buckets": "buckets",
    "relative_attention_max_distance": "max_distance",
    "dense_act_fn": "activation",
    "is_gated_act": "gated",
    "tie_word_embeddings": "tied",
    "scale_decoder_outputs": "scaled",
    "dropout_rate": "dropout",
    "layer_norm_epsilon": "norm_eps",
    "decoder_start_token_id": "start",
    "pad_token_id": "pad",
    "eos_token_id": "eos",
}
DEFAULTS = {  # what stands for an option that older configs do not have
    "relative_attention_num_buckets": 32,
    "relative_attention_max_distance": 128,
    "dropout_rate": 0.1,
    "layer_norm_epsilon": 1e-6,
    "pad_token_id": 0,
    "eos_token_id": 1,
}
UNUSED = ("classifier_dropout", "feed_forward_proj", "n_positions")


def t5_config(published: Mapping[str, Any]) -> T5Config:
    """Our config of a published one."""
    network = published.get("feed_forward_proj", "relu")  # "relu", "gated-gelu"
    gate, _, activation = network.rpartition("-")
    if gate not in ("", "gated"):
        raise ValueError(f"feed_forward_proj ({network!r}) must be like 'gelu' or 'gated-gelu'")
    tied = published.get("tie_word_embeddings", True)
    derived = {
        "num_decoder_layers": published.get("num_layers"),
        "dense_act_fn": "gelu_new" if network == "gated-gelu" else activation,
        "is_gated_act": gate == "gated",
        "tie_word_embeddings": tied,
        "scale_decoder_outputs": tied,
        "decoder_start_token_id": published.get("pad_token_id", 0),
    }
    given = {name: value for name, value in published.items() if value is not None}
    return T5Config(**read_options(given, OPTIONS, defaults={**DEFAULTS, **derived}, unused=UNUSED))


def own_head(config: T5Config, weights: Mapping[str, Array]) -> tuple[T5Config, dict[str, Any]]:
    """Whether the head is the embedding's, as the weights tell.

    Transformers 5 says so of every T5, and means it where the file has no other.
    """
    names = ("lm_head.weight", "shared.weight")
    if not all(name in weights for name in names):
        return replace(config, tied="lm_head.weight" not in weights), {}
    head, shared = (weights[name] for name in names)
    own = head.shape != shared.shape or bool(namespace(head).any(head != shared))
    return replace(config, tied=not own), {}


def published_config(config: T5Config) -> dict[str, Any]:
    """The published config of ours."""
    if config.scaled and not config.tied:
        raise ValueError("scaled needs tied: a published config that says so means no own head")
    written = {name: getattr(config, ours) for name, ours in OPTIONS.items()}
    written["tie_word_embeddings"] = config.scaled  # so says transformers 4; 5 reads the weights
    named = {"gelu_new": "gelu"}.get(config.activation, config.activation)
    plain = config.activation
    written["feed_forward_proj"] = f"gated-{named}" if config.gated else plain
    return {**written, "is_encoder_decoder": True}


def encoder_config(config: T5Config) -> dict[str, Any]:
    """The published config of an encoder alone."""
    return {**published_config(config), "is_encoder_decoder": False}


ARCHITECTURES = (
    Architecture(
        names=("T5ForConditionalGeneration", "T5WithLMHeadModel"),
        model_type="t5",
        model=T5,
        read_config=t5_config,
        write_config=published_config,
        table=t5_table,
        settle=own_head,
    ),
    Architecture(
        names=("T5EncoderModel",),
        model_type="t5",
        model=T5Encoder,
        read_config=t5_config,
        write_config=encoder_config,
        table=encoder_table,
    ),
)
