"""What a random published config is drawn from: every option that changes what is computed."""

from __future__ import annotations

import random
from typing import Any

ACTIVATIONS = [
    "gelu", "gelu_10", "gelu_accurate", "gelu_fast", "gelu_new", "gelu_python",
    "gelu_pytorch_tanh", "laplace", "leaky_relu", "linear", "mish", "quick_gelu", "relu", "relu2",
    "relu6", "sigmoid", "silu", "swish", "tanh",
]  # fmt: skip
EPS = [1e-12, 1e-6, 1e-5, 1e-3]
BERTS = [
    "BertModel", "BertForMaskedLM", "BertForPreTraining", "BertForNextSentencePrediction",
    "BertForSequenceClassification", "BertForTokenClassification", "BertForQuestionAnswering",
]  # fmt: skip
CLIPS = [
    "CLIPModel", "CLIPTextModel", "CLIPTextModelWithProjection", "CLIPVisionModel",
    "CLIPVisionModelWithProjection",
]  # fmt: skip
DECODERS = ["Llama", "Mistral", "Mixtral", "Qwen2", "Qwen3", "Gemma", "Gemma2"]
NAMES = [
    "GPT2LMHeadModel", *BERTS, "ViTForImageClassification", "ViTModel", *CLIPS,
    "ResNetForImageClassification", "ResNetModel", *(f"{each}ForCausalLM" for each in DECODERS),
    "T5ForConditionalGeneration", "T5EncoderModel",
]  # fmt: skip


def gpt2(rng: random.Random) -> dict[str, Any]:
    """GPT-2's."""
    heads = rng.choice([1, 2, 3])
    return {
        "vocab_size": rng.randint(20, 60), "n_positions": rng.randint(19, 30),
        "n_embd": heads * rng.choice([4, 5, 8]), "n_head": heads, "n_layer": rng.randint(1, 3),
        "n_inner": rng.choice([None, 7, 24]), "activation_function": rng.choice(ACTIVATIONS),
        "layer_norm_epsilon": rng.choice(EPS), "scale_attn_weights": rng.choice([True, False]),
        "scale_attn_by_inverse_layer_idx": rng.choice([True, False]),
        "reorder_and_upcast_attn": rng.choice([True, False]),
        "tie_word_embeddings": rng.choice([True, True, False]),
        "bos_token_id": 1, "eos_token_id": rng.choice([2, [2, 3]]),
    }  # fmt: skip


def bert(rng: random.Random) -> dict[str, Any]:
    """BERT's, whatever stands on it."""
    heads = rng.choice([1, 2, 3])
    return {
        "vocab_size": rng.randint(20, 60), "max_position_embeddings": rng.randint(12, 30),
        "hidden_size": heads * rng.choice([4, 5, 8]), "num_attention_heads": heads,
        "num_hidden_layers": rng.randint(1, 3), "intermediate_size": rng.choice([7, 24]),
        "hidden_act": rng.choice(ACTIVATIONS), "layer_norm_eps": rng.choice(EPS),
        "type_vocab_size": rng.choice([1, 2, 3]), "pad_token_id": rng.choice([0, 1, None]),
        "tie_word_embeddings": rng.choice([True, True, False]),
        "classifier_dropout": rng.choice([None, 0.3]), "num_labels": rng.choice([1, 2, 5]),
        "chunk_size_feed_forward": rng.choice([0, 0, 1]), "hidden_dropout_prob": 0.2,
    }  # fmt: skip


def vit(rng: random.Random) -> dict[str, Any]:
    """The Vision Transformer's."""
    heads, patch = rng.choice([1, 2, 3]), rng.choice([2, 3, 4])
    size: Any = patch * rng.randint(2, 4) + rng.choice([0, 0, 1])
    if rng.random() < 0.2:
        size = [size, size + patch]
    return {
        "hidden_size": heads * rng.choice([4, 8]), "num_attention_heads": heads,
        "num_hidden_layers": rng.randint(1, 3), "intermediate_size": rng.choice([7, 24]),
        "hidden_act": rng.choice(ACTIVATIONS), "layer_norm_eps": rng.choice(EPS),
        "image_size": size, "patch_size": patch, "num_channels": rng.choice([1, 3, 4]),
        "qkv_bias": rng.choice([True, False]), "num_labels": rng.choice([1, 2, 5]),
        "pooler_act": rng.choice(["tanh", "gelu", "linear"]),
        "pooler_output_size": rng.choice([None, 9]),
    }  # fmt: skip


def clip_text(rng: random.Random, projection: int) -> dict[str, Any]:
    """CLIP's text tower's."""
    heads, vocabulary = rng.choice([1, 2, 3]), rng.randint(20, 60)
    return {
        "vocab_size": vocabulary, "max_position_embeddings": rng.randint(12, 30),
        "hidden_size": heads * rng.choice([4, 8]), "num_attention_heads": heads,
        "num_hidden_layers": rng.randint(1, 3), "intermediate_size": rng.choice([7, 24]),
        "hidden_act": rng.choice(ACTIVATIONS), "layer_norm_eps": rng.choice(EPS),
        "projection_dim": projection, "bos_token_id": 0, "pad_token_id": 1,
        "eos_token_id": rng.choice([2, vocabulary - 1, 7]),
    }  # fmt: skip


def clip_vision(rng: random.Random, projection: int) -> dict[str, Any]:
    """CLIP's image tower's."""
    heads, patch = rng.choice([1, 2, 3]), rng.choice([2, 3, 4])
    return {
        "hidden_size": heads * rng.choice([4, 8]), "num_attention_heads": heads,
        "num_hidden_layers": rng.randint(1, 3), "intermediate_size": rng.choice([7, 24]),
        "hidden_act": rng.choice(ACTIVATIONS), "layer_norm_eps": rng.choice(EPS),
        "image_size": patch * rng.randint(2, 4) + rng.choice([0, 0, 1]), "patch_size": patch,
        "num_channels": rng.choice([1, 3]), "projection_dim": projection,
    }  # fmt: skip


def clip(rng: random.Random) -> dict[str, Any]:
    """CLIP's with both towers."""
    projection = rng.choice([5, 8])
    return {
        "text_config": clip_text(rng, projection), "vision_config": clip_vision(rng, projection),
        "projection_dim": projection, "logit_scale_init_value": 1.5,
    }  # fmt: skip


def resnet(rng: random.Random) -> dict[str, Any]:
    """ResNet's."""
    stages = rng.randint(1, 4)
    return {
        "num_channels": rng.choice([1, 3]), "embedding_size": rng.choice([4, 6, 8]),
        "hidden_sizes": [4 * rng.randint(1, 4) for _ in range(stages)],
        "depths": [rng.randint(1, 3) for _ in range(stages)],
        "layer_type": rng.choice(["basic", "bottleneck"]),
        "hidden_act": rng.choice(ACTIVATIONS), "num_labels": rng.choice([1, 2, 5]),
        "downsample_in_first_stage": rng.choice([True, False]),
        "downsample_in_bottleneck": rng.choice([True, False]),
    }  # fmt: skip


def rope(rng: random.Random, trained: int, pairs: int) -> dict[str, Any]:
    """How positions turn queries and keys."""
    kind = rng.choice(["default", "default", "linear", "dynamic", "yarn", "longrope", "llama3"])
    made: dict[str, Any] = {"rope_type": kind}
    if kind != "default":
        made["factor"] = rng.choice([1.5, 2.0, 4.0])
    if kind in ("yarn", "llama3", "longrope"):
        made["original_max_position_embeddings"] = trained // 2
    if kind == "yarn" and rng.random() < 0.6:
        made |= {"beta_fast": 3.0, "beta_slow": 0.5}
        made |= rng.choice([{}, {"attention_factor": 0.8}, {"mscale": 0.7, "mscale_all_dim": 0.3}])
        made |= rng.choice([{}, {"truncate": False}])
    if kind == "llama3":
        made |= {"low_freq_factor": 1.0, "high_freq_factor": rng.choice([2.0, 4.0])}
    if kind == "longrope":
        if rng.random() < 0.5:
            del made["factor"]
        for each in ("short_factor", "long_factor"):
            made[each] = [1 + rng.randint(0, 8) / 4 for _ in range(pairs)]
        made |= rng.choice([{}, {"attention_factor": 0.8}])
    return made


def decoder(rng: random.Random, name: str) -> dict[str, Any]:
    """Those of a member of the LLaMA family."""
    shared, groups = rng.choice([1, 2]), rng.choice([1, 2, 3])
    heads = shared * groups
    width, head = heads * rng.choice([4, 8]), rng.choice([2, 4, 6])
    layers, trained = rng.randint(1, 4), rng.choice([8, 12, 40])
    own_head = name not in ("Qwen2", "Mixtral") and rng.random() < 0.6
    dim = head if own_head or name.startswith("Gemma") or name == "Qwen3" else width // heads
    made: dict[str, Any] = {
        "vocab_size": rng.randint(20, 60), "hidden_size": width,
        "intermediate_size": rng.choice([7, 24]), "num_hidden_layers": layers,
        "num_attention_heads": heads, "num_key_value_heads": shared,
        "max_position_embeddings": trained, "rms_norm_eps": rng.choice(EPS),
        "tie_word_embeddings": rng.choice([True, False]), "pad_token_id": rng.choice([None, 0]),
        "bos_token_id": 1, "eos_token_id": rng.choice([2, [2, 3]]), "head_dim": dim,
        "rope_theta": rng.choice([100.0, 10000.0, 1e6]), "rope": rope(rng, trained, dim // 2),
    }  # fmt: skip
    if not name.startswith("Gemma"):
        made["hidden_act"] = rng.choice(ACTIVATIONS)
    if name in ("Llama", "Qwen3", "Gemma", "Gemma2"):
        made["attention_bias"] = rng.choice([True, False])
    if name == "Llama":
        made["mlp_bias"] = rng.choice([True, False])
    if name in ("Mistral", "Mixtral"):
        made["sliding_window"] = rng.choice([None, 3, 5])
    if name in ("Qwen2", "Qwen3"):
        made |= {"use_sliding_window": rng.choice([True, True, False]), "sliding_window": 4}
        made["max_window_layers"] = rng.randint(0, layers)
    if name == "Gemma2":
        made |= {"sliding_window": 4, "query_pre_attn_scalar": rng.choice([4, 10])}
        made["hidden_activation"] = rng.choice(["gelu_pytorch_tanh", "gelu", "relu"])
        made["final_logit_softcapping"] = rng.choice([None, 3.0])
        made["attn_logit_softcapping"] = rng.choice([None, 2.0])
    if name == "Gemma":
        made["hidden_act"] = rng.choice(["gelu_pytorch_tanh", "gelu", "relu"])
    if name == "Mixtral":
        experts = rng.randint(2, 4)
        made |= {"num_local_experts": experts, "num_experts_per_tok": rng.randint(1, experts)}
    return made


def t5(rng: random.Random) -> dict[str, Any]:
    """T5's."""
    return {
        "vocab_size": rng.randint(20, 60), "d_model": rng.choice([6, 8, 12]),
        "d_kv": rng.choice([3, 4]), "d_ff": rng.choice([7, 24]), "num_heads": rng.choice([1, 2, 3]),
        "num_layers": rng.randint(1, 3), "num_decoder_layers": rng.choice([None, 1, 2, 3]),
        "relative_attention_num_buckets": rng.choice([4, 8, 32]),
        "relative_attention_max_distance": rng.choice([20, 128]),
        "layer_norm_epsilon": rng.choice(EPS[1:]),
        "feed_forward_proj": rng.choice([
            "relu", "gelu", "silu", "gelu_new", "gated-gelu", "gated-silu", "gated-relu",
        ]),
        "tie_word_embeddings": rng.choice([True, False]), "decoder_start_token_id": 0,
    }  # fmt: skip


def drawn(name: str, rng: random.Random) -> dict[str, Any]:
    """A random config's options, for one of `NAMES`."""
    if name.endswith("ForCausalLM"):
        return decoder(rng, name.removesuffix("ForCausalLM"))
    if name == "CLIPModel":
        return clip(rng)
    if name.startswith("CLIP"):
        return (clip_text if "Text" in name else clip_vision)(rng, rng.choice([5, 8]))
    if name == "BertForQuestionAnswering":
        return {**bert(rng), "num_labels": 2}
    kinds = {"GPT2": gpt2, "Bert": bert, "ViT": vit, "ResNet": resnet, "T5": t5}
    return next(draw for start, draw in kinds.items() if name.startswith(start))(rng)
