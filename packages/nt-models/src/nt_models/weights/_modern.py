"""The LLaMA family's published weights: Llama, Mistral, Mixtral, Qwen 2 and 3, Gemma 1 and 2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from .._activations import activation
from ..modern import Modern, ModernConfig
from ._architecture import Architecture, read_options
from ._rope import OPTIONS as ROPE
from ._rope import read_rope, write_rope
from ._table import IGNORED, REPEATED, Line, Table, stacked

NAMES = {  # published -> ours, in all of them
    "vocab_size": "vocab_size",
    "hidden_size": "width",
    "intermediate_size": "hidden",
    "num_hidden_layers": "layers",
    "num_attention_heads": "heads",
    "num_key_value_heads": "kv_heads",
    "head_dim": "head_dim",
    "hidden_act": "activation",
    "max_position_embeddings": "trained_length",
    "rms_norm_eps": "eps",
    "tie_word_embeddings": "tied",
    "pad_token_id": "padding_token",
}
DEFAULTS = {  # what transformers takes for what is absent
    "num_key_value_heads": None,
    "head_dim": None,
    "hidden_act": "silu",
    "max_position_embeddings": 2048,
    "rms_norm_eps": 1e-6,
    "tie_word_embeddings": False,
    "pad_token_id": None,
    "attention_bias": False,
    "mlp_bias": False,
}
WINDOWS: dict[str, tuple[str, ...]] = {  # what tells which layers have a window
    "none": (),
    "all": ("sliding_window",),
    "last": ("sliding_window", "use_sliding_window", "max_window_layers", "layer_types"),
    "every other": ("sliding_window", "layer_types"),
}
UNUSED = {  # of training, or of how it is computed alone
    "attention_dropout",
    "cache_implementation",
    "output_router_logits",
    "pretraining_tp",
    "router_jitter_noise",
}


@dataclass(frozen=True)
class Family:
    """What one published architecture has of what `Modern` can do.

    Attributes:
        name: as `architectures` has it.
        model_type: as configs have it.
        names: published -> ours, of further options that are read.
        fixed: our options that this architecture always has so.
        defaults: by published name, what transformers takes for absent options, where it is other
            than for Llama.
        only: by published name, the values supported of options that are not read.
        window: which layers have the `sliding_window` where no `layer_types` tell: "none", "all",
            "last" (from `max_window_layers` on, if `use_sliding_window`) or "every other".
    """

    name: str
    model_type: str
    names: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    only: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    window: str = "none"

    def read(self, published: Mapping[str, Any]) -> ModernConfig:
        """A published config as ours. Dropout is left at 0: it is for training."""
        defaults, gemma = {**DEFAULTS, **self.defaults}, "offset_norm" in self.fixed
        names = {**NAMES, **self.names}
        defaults = {name: value for name, value in defaults.items() if name in names}
        options = read_options(
            published,
            names,
            defaults=defaults,
            only={"partial_rotary_factor": (1.0, None), **self.only},
            unused={
                *UNUSED,
                *ROPE,
                *WINDOWS[self.window],
                *(("hidden_activation",) if gemma else ()),
            },
        )
        if "attention_bias" in names:
            options["qkv_bias"] = options["out_bias"]
        if options["kv_heads"] is None:
            options["kv_heads"] = options["heads"]
        if gemma and (newer := published.get("hidden_activation")):
            options["activation"] = newer  # what Gemma's hidden_act said was put right so
        activation(options["activation"], "hidden_act")  # refused by its published name
        theta, scaling = read_rope(
            published, options["trained_length"], self.defaults.get("rope_theta", 10000.0)
        )
        return ModernConfig(
            **options,
            **self.fixed,
            theta=theta,
            rope_scaling=scaling,
            windows=self._windows(published, options["layers"]),
        )

    def _windows(self, published: Mapping[str, Any], layers: int) -> tuple[int | None, ...]:
        """How far back each layer sees."""
        if self.window == "none":
            return (None,)
        given = {"sliding_window": 4096, "max_window_layers": 28, **self.defaults, **published}
        window = given["sliding_window"]
        if self.window == "last" and not given.get("use_sliding_window"):
            window = None
        if "layer_types" in WINDOWS[self.window] and (kinds := given.get("layer_types")):
            if strange := sorted({*kinds} - {"full_attention", "sliding_attention"}):
                raise ValueError(f"not supported: layer_types {', '.join(strange)}")
            if len(kinds) != layers:
                raise ValueError(f"layer_types has {len(kinds)} entries for {layers} layers")
            if "sliding_attention" in kinds and window is None:
                raise ValueError("missing: the sliding_window of layer_types' sliding_attention")
            slides = [kind == "sliding_attention" for kind in kinds]
        elif self.window == "last":
            slides = [i >= given["max_window_layers"] for i in range(layers)]
        else:
            slides = [self.window == "all" or i % 2 == 0 for i in range(layers)]
        return shortest(tuple(window if each else None for each in slides))

    def write(self, config: ModernConfig) -> dict[str, Any]:
        """Our config as a published one; refused where reading it would not give it back."""
        config = plain(config)
        names = {**NAMES, **self.names}
        written = {published: getattr(config, ours) for published, ours in names.items()}
        if (scalar := written.get("query_pre_attn_scalar")) is not None:
            written["query_pre_attn_scalar"] = int(scalar)  # transformers takes no other
        written |= write_rope(config.theta, config.rope_scaling, config.trained_length)
        windows = [config.window(i) for i in range(config.layers)]
        if self.window != "none":
            window = next((each for each in windows if each is not None), None)
            written["sliding_window"] = window
            if self.window != "all":
                written["layer_types"] = [
                    "full_attention" if each is None else "sliding_attention" for each in windows
                ]
            if self.window == "last":
                written["use_sliding_window"] = window is not None
        if "offset_norm" in self.fixed:
            written["hidden_activation"] = config.activation
        got = plain(self.read(written))
        other = [
            f"{each.name} ({getattr(config, each.name)!r})"
            for each in fields(config)
            if each.name != "balance" and getattr(config, each.name) != getattr(got, each.name)
        ]
        if other:
            raise ValueError(f"{self.name} has no such {', '.join(other)}")
        if self.model_type not in ("qwen3", "gemma") and config.width % config.heads:
            raise ValueError(f"heads ({config.heads}) must divide width ({config.width})")
        return written

    def table(self, config: ModernConfig) -> Table:
        """The names of the weights."""
        layer, ours = "model.layers.*", "blocks.*"
        wide, narrow = (n * config.head_width for n in (config.heads, config.key_heads))
        qkv = (f"{layer}.self_attn.{each}_proj" for each in "qkv")
        lines: list[Line] = [
            ("model.embed_tokens", "token_embedding"),
            (f"{layer}.input_layernorm", f"{ours}.norm1"),
            (stacked(*qkv, sizes=(wide, narrow, narrow)), f"{ours}.attention.qkv"),
            (f"{layer}.self_attn.q_norm", f"{ours}.attention.q_norm"),
            (f"{layer}.self_attn.k_norm", f"{ours}.attention.k_norm"),
            (f"{layer}.self_attn.o_proj", f"{ours}.attention.out"),
        ]
        if config.post_norms:
            lines += [
                (f"{layer}.post_attention_layernorm", f"{ours}.post_norm1"),
                (f"{layer}.pre_feedforward_layernorm", f"{ours}.norm2"),
                (f"{layer}.post_feedforward_layernorm", f"{ours}.post_norm2"),
            ]
        else:
            lines.append((f"{layer}.post_attention_layernorm", f"{ours}.norm2"))
        if config.experts:
            moe, expert = f"{layer}.block_sparse_moe", f"{ours}.feed_forward.experts.*"
            lines += [
                (f"{moe}.gate", f"{ours}.feed_forward.router"),
                (f"{moe}.experts.*.w1", f"{expert}.gate"),
                (f"{moe}.experts.*.w3", f"{expert}.up"),
                (f"{moe}.experts.*.w2", f"{expert}.down"),
            ]
        else:
            lines += [
                (f"{layer}.mlp.gate_proj", f"{ours}.feed_forward.gate"),
                (f"{layer}.mlp.up_proj", f"{ours}.feed_forward.up"),
                (f"{layer}.mlp.down_proj", f"{ours}.feed_forward.down"),
            ]
        return Table(
            *lines,
            ("model.norm", "norm"),
            ("lm_head.weight", "token_embedding.weight", REPEATED)
            if config.tied
            else ("lm_head", "head"),
            (f"{layer}.self_attn.rotary_emb.inv_freq", IGNORED),  # older files have it
            prefix="model.",
        )


def shortest(pattern: tuple[Any, ...]) -> tuple[Any, ...]:
    """The shortest beginning that, repeated, is the whole."""
    n = len(pattern)
    sizes = (k for k in range(1, n) if all(pattern[i] == pattern[i % k] for i in range(n)))
    return pattern[: next(sizes, n)]


def plain(config: ModernConfig) -> ModernConfig:
    """The same config with all that may be left open filled in, and without dropout."""
    scaling = config.rope_scaling
    return replace(
        config,
        kv_heads=config.key_heads,
        head_dim=config.head_width,
        query_scale=float(config.query_scale or config.head_width),
        windows=shortest(tuple(config.window(i) for i in range(config.layers))),
        mixers=shortest(tuple(config.mixer(i) for i in range(config.layers))),
        rope_scaling=None if scaling is not None and not fields(scaling) else scaling,
        experts_per_token=config.experts_per_token if config.experts else 2,
        dropout=0.0,
    )


BIASED = {"attention_bias": "out_bias"}  # and qkv_bias
FAMILIES = (
    Family("LlamaForCausalLM", "llama", {**BIASED, "mlp_bias": "mlp_bias"}),
    Family(
        "MistralForCausalLM",
        "mistral",
        defaults={"num_key_value_heads": 8, "max_position_embeddings": 131072},
        window="all",
    ),
    Family(
        "Qwen2ForCausalLM",
        "qwen2",
        fixed={"qkv_bias": True},
        defaults={"num_key_value_heads": 32, "max_position_embeddings": 32768},
        window="last",
    ),
    Family(
        "Qwen3ForCausalLM",
        "qwen3",
        BIASED,
        fixed={"qk_norm": True},
        defaults={"num_key_value_heads": 32, "head_dim": 128, "max_position_embeddings": 32768},
        window="last",
    ),
    Family(
        "MixtralForCausalLM",
        "mixtral",
        {
            "num_local_experts": "experts",
            "num_experts_per_tok": "experts_per_token",
            "router_aux_loss_coef": "balance",
        },
        defaults={
            "num_key_value_heads": 8,
            "max_position_embeddings": 131072,
            "rms_norm_eps": 1e-5,
            "rope_theta": 1e6,
            "sliding_window": None,
            "num_local_experts": 8,
            "num_experts_per_tok": 2,
            "router_aux_loss_coef": 0.001,
        },
        window="all",
    ),
    Family(
        "GemmaForCausalLM",
        "gemma",
        BIASED,
        fixed={"scaled_embedding": True, "offset_norm": True},
        defaults={
            "num_key_value_heads": 16,
            "head_dim": 256,
            "hidden_act": "gelu_pytorch_tanh",
            "max_position_embeddings": 8192,
            "tie_word_embeddings": True,
            "pad_token_id": 0,
        },
        only={"use_bidirectional_attention": (None, False)},
    ),
    Family(
        "Gemma2ForCausalLM",
        "gemma2",
        {
            **BIASED,
            "query_pre_attn_scalar": "query_scale",
            "attn_logit_softcapping": "attention_softcap",
            "final_logit_softcapping": "logit_softcap",
        },
        fixed={"scaled_embedding": True, "offset_norm": True, "post_norms": True},
        defaults={
            "num_key_value_heads": 4,
            "head_dim": 256,
            "hidden_act": "gelu_pytorch_tanh",
            "max_position_embeddings": 8192,
            "tie_word_embeddings": True,
            "pad_token_id": 0,
            "query_pre_attn_scalar": 256,
            "attn_logit_softcapping": 50.0,
            "final_logit_softcapping": 30.0,
        },
        only={"use_bidirectional_attention": (None, False)},
        window="every other",
    ),
)
ARCHITECTURES = tuple(
    Architecture((each.name,), each.model_type, Modern, each.read, each.write, each.table)
    for each in FAMILIES
)
