"""The side of transformers of `python -m tools.weights_fuzz`, which runs it.

`published.py make FOLDER` writes random checkpoints and what they answer, `check` reads what nt
wrote of them and compares. Needs PyTorch and transformers, of version 4 or 5.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
import transformers
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(Path(__file__).parent))
from options import NAMES, drawn

NEWER = int(transformers.__version__.split(".")[0]) >= 5
BARE = {"GPT2": "transformer.", "Bert": "bert.", "ViT": "vit."}  # what older files leave out


@contextmanager
def wide() -> Iterator[None]:
    """Where transformers goes to float32 in between, float64 is meant."""
    before, wider = torch.get_default_dtype(), torch.float64
    with (
        patch.object(torch, "float32", torch.float64),
        patch.object(torch, "float", torch.float64),
        patch.object(torch.Tensor, "float", torch.Tensor.double),
    ):
        torch.set_default_dtype(wider)
        try:
            yield
        finally:
            torch.set_default_dtype(before)


def config_of(name: str, options: dict[str, Any]) -> Any:
    """The config of these options, in the spelling of this version."""
    options = dict(options)
    family = re.split("For|LMHead|Encoder|Model", name)[0]
    if (turned := options.pop("rope", None)) is not None:
        theta = options.pop("rope_theta")
        if NEWER:
            options["rope_parameters"] = {"rope_theta": theta, **turned}
        else:
            turned.pop("truncate", None)  # which version 5 brought
            if "factor" in turned and turned["rope_type"] == "yarn":
                turned["factor"] = 2.0  # the ratio of the lengths, whatever is said
            if turned["rope_type"] == "longrope":
                turned.pop("factor", None)
                options["original_max_position_embeddings"] = turned.pop(
                    "original_max_position_embeddings"
                )
            scaled = None if turned["rope_type"] == "default" else turned
            options |= {"rope_theta": theta, "rope_scaling": scaled}
    return getattr(transformers, f"{family}Config")(**options)


def model_of(name: str, config: Any) -> Any:
    """A model in float64, with lively weights of float32 values."""
    if "Mixtral" in name and NEWER:
        config._experts_implementation = "eager"
    with wide():
        model = getattr(transformers, name)._from_config(config, attn_implementation="eager")
        model = model.double().eval()
    for module in model.modules():
        if hasattr(module, "embed_scale"):  # Gemma's, which is made as float32
            module.embed_scale.fill_(config.hidden_size**0.5)
    state = dict(model.named_parameters()) | {
        name: x for name, x in model.named_buffers() if name.endswith(("_mean", "_var"))
    }
    for each, x in state.items():
        values = torch.randn(x.shape, dtype=torch.float32) * 0.5
        one = x.ndim == 1 and each.endswith("weight") and not name.startswith("Gemma")
        values = values * 0.4 + 1 if one else values
        x.data = (values.abs() + 0.3 if each.endswith("_var") else values).double()
    return model


def inputs_of(name: str, config: Any) -> dict[str, torch.Tensor]:
    """What the model is asked."""
    if name.startswith("ResNet"):
        return {"pixel_values": torch.randn(2, config.num_channels, 40, 33)}
    given = {}
    if name.startswith("ViT") or "Vision" in name or name == "CLIPModel":
        seen = getattr(config, "vision_config", config)
        size = seen.image_size
        high, across = size if isinstance(size, list | tuple) else (size, size)
        if not isinstance(size, list | tuple) and random.random() < 0.4:
            high, across = high + seen.patch_size, across + 2 * seen.patch_size
        given["pixel_values"] = torch.randn(2, seen.num_channels, high, across)
        if (high, across) != (size, size) and not isinstance(size, list | tuple):
            given["interpolate_pos_encoding"] = torch.tensor(True)
    if name.startswith("ViT") or "Vision" in name:
        return given
    text = getattr(config, "text_config", config)
    most = getattr(text, "n_positions", None) or getattr(text, "max_position_embeddings", 20)
    time = min(most, 11) if name.startswith(("GPT2", "Bert", "CLIP")) else 11
    ids = torch.randint(4, text.vocab_size - 1, (3, time))
    mask = torch.ones_like(ids)
    mask[1, -3:] = 0
    if name.startswith("CLIP"):
        end = text.vocab_size - 1 if text.eos_token_id == 2 else text.eos_token_id
        ids[ids == end] -= 1
        ids[torch.arange(3), torch.tensor([time - 1, time - 4, 5])] = end
    else:
        mask[2, :2] = 0
        ids[mask == 0] = 0
    given |= {"input_ids": ids, "attention_mask": mask}
    if name.endswith(("ForCausalLM", "LMHeadModel")):
        given["position_ids"] = (mask.cumsum(1) - 1).clamp(0)
    if name.startswith("Bert"):
        given["token_type_ids"] = torch.randint(0, config.type_vocab_size, ids.shape)
    if name == "T5ForConditionalGeneration":
        given["decoder_input_ids"] = torch.randint(0, config.vocab_size, (3, 7))
    return given


def outputs_of(name: str, model: Any, given: dict[str, torch.Tensor]) -> list[torch.Tensor]:
    """What it answers: a list for all architectures."""
    kind = next(model.parameters()).dtype
    given = {n: x.to(kind) if x.is_floating_point() else x for n, x in given.items()}
    given = {n: bool(x) if n == "interpolate_pos_encoding" else x for n, x in given.items()}
    with wide() if kind == torch.float64 else nullcontext():
        y = model(**given)
    if name == "CLIPModel":
        return [y.logits_per_image]
    for kind in ("text_embeds", "image_embeds"):
        if getattr(y, kind, None) is not None:
            return [getattr(y, kind)]
    if name == "BertForQuestionAnswering":
        return [torch.stack([y.start_logits, y.end_logits], -1)]
    if name == "BertForPreTraining":
        return [y.prediction_logits, y.seq_relationship_logits]
    if name in ("BertModel", "ViTModel"):
        return [y.last_hidden_state, y.pooler_output]
    if name.startswith(("CLIP", "ResNetModel")):
        return [y.pooler_output.flatten(1)]
    return [y.last_hidden_state if name == "T5EncoderModel" else y.logits]


def answered(
    name: str, model: Any, given: dict[str, torch.Tensor]
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """What a model answers, and the gradients of its sum, each number times a cosine."""
    answers = [real(y, given) for y in outputs_of(name, model, given)]
    cosines = (torch.arange(y.numel(), dtype=torch.float64).cos().to(y.dtype) for y in answers)
    sum((y * c.reshape(y.shape)).sum() for y, c in zip(answers, cosines, strict=True)).backward()
    gradients = (torch.zeros_like(x) if x.grad is None else x.grad for x in model.parameters())
    return [y.detach() for y in answers], [x.clone() for x in gradients]


def far(found: list[torch.Tensor], right: list[torch.Tensor], floor: float = 0.0) -> float:
    """The worst difference, relative to the largest value of each array.

    That counts as at least `floor` times the largest of all.
    """
    most = max(float(x.abs().max()) for x in right)
    return max(
        float((a - b).abs().max()) / max(float(b.abs().max()), floor * most, 1e-30)
        for a, b in zip(found, right, strict=True)
    )


def real(y: torch.Tensor, given: dict[str, torch.Tensor]) -> torch.Tensor:
    """The answer with zeros at padding."""
    mask = given.get("attention_mask")
    if "decoder_input_ids" in given or mask is None or y.ndim < 3:
        return y
    return y * mask[..., None]


def written(model: Any, folder: Path) -> dict[str, torch.Tensor]:
    """What `save_pretrained` makes of the model as it is."""
    model.save_pretrained(folder)
    found = {n: x for f in folder.glob("*.safetensors") for n, x in load_file(f).items()}
    shutil.rmtree(folder)
    return found


def respelled(name: str, folder: Path, rng: random.Random) -> list[str]:
    """Change the file as older files are; what was done."""
    path, done = folder / "model.safetensors", []
    if not path.exists():
        return done
    held = load_file(path)
    prefix = next((p for start, p in BARE.items() if name.startswith(start)), None)
    if prefix and rng.random() < 0.4:
        held = {n.removeprefix(prefix): x for n, x in held.items()}
        done.append("without prefix")
    if name.startswith("Bert") and rng.random() < 0.4:
        for old, new in (("weight", "gamma"), ("bias", "beta")):
            held = {n.replace(f"LayerNorm.{old}", f"LayerNorm.{new}"): x for n, x in held.items()}
        done.append("gamma, beta")
    if name.startswith("GPT2") and rng.random() < 0.4:
        for n in [n for n in held if n.endswith("c_attn.weight")]:
            mask = torch.ones(9, 9).tril().bool()[None, None]
            held[n.replace("c_attn.weight", "bias")] = mask.to(
                rng.choice([torch.uint8, torch.bool])
            )
            held[n.replace("c_attn.weight", "masked_bias")] = torch.tensor(-1e4)
        done.append("masks")
    again = {
        "shared.weight": ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight"),
        "transformer.wte.weight": ("lm_head.weight",),
        "wte.weight": ("lm_head.weight",),
        "model.embed_tokens.weight": ("lm_head.weight",),
    }
    for first, others in again.items():
        if first in held and rng.random() < 0.3 and not {*others} & {*held}:
            tied = json.loads((folder / "config.json").read_text()).get("tie_word_embeddings", True)
            if others != ("lm_head.weight",) or tied:
                held |= {n: held[first].clone() for n in others}
                done.append("tied twice")
    save_file(held, path, {"format": "pt"})
    return done


def make(name: str, seed: int, folder: Path) -> None:
    """One checkpoint, what it was asked, what it answered."""
    rng = random.Random(f"{name} {seed}")
    random.seed(f"{name} {seed}")
    torch.manual_seed(seed)
    options = drawn(name, rng)
    kind = rng.choice(["float32"] * 4 + ["float16", "bfloat16"])
    model = model_of(name, config_of(name, options))
    for x in model.state_dict().values():
        if x.is_floating_point():
            x.copy_(x.to(getattr(torch, kind)).double())
    given = inputs_of(name, model.config)
    answers, gradients = answered(name, model, given)
    rounded = answered(name, copy.deepcopy(model).float(), given)
    narrow = {"output": far(rounded[0], answers), "gradient": far(rounded[1], gradients, 1e-3)}
    kept = {f"input.{n}": x for n, x in given.items()}
    kept |= {f"output.{i}": y for i, y in enumerate(answers)}
    about: dict[str, Any] = {"name": name, "options": options, "dtype": kind, "float32": narrow}
    if "Causal" in name or "LMHead" in name or "Conditional" in name:
        told = {"num_beams": rng.choice([1, 3]), "min_new_tokens": rng.choice([0, 4])}
        told |= {"eos_token_id": rng.choice([2, [2, 5, 9]]), "pad_token_id": 0}
        told |= {"length_penalty": rng.choice([1.0, 0.5])} if told["num_beams"] > 1 else {}
        left = given["attention_mask"].clone()
        left[1] = 1
        asked = {"input_ids": given["input_ids"], "attention_mask": left}
        with wide(), torch.no_grad():
            kept["generated"] = model.generate(
                **asked,
                max_new_tokens=7,
                do_sample=False,
                use_cache=not name.startswith("T5"),
                **told,
            )
        kept["asked.attention_mask"] = left
        about["generate"] = told
    model.to(getattr(torch, kind)).save_pretrained(
        folder, max_shard_size=rng.choice(["5GB", "5GB", "4KB"])
    )
    about["respelled"] = respelled(name, folder, rng)
    model.double()
    for x, gradient in zip(model.parameters(), gradients, strict=True):
        x.data = gradient
    kept |= {f"grad.{n}": x for n, x in written(model, folder / "gradients").items()}
    save_file({n: x.contiguous() for n, x in kept.items()}, folder / "answers.safetensors")
    (folder / "about.json").write_text(json.dumps(about))


def check(folder: Path) -> float:
    """How far the answers of what nt wrote are from the first ones, relative to the largest."""
    name = json.loads((folder / "about.json").read_text())["name"]
    kept = load_file(folder / "answers.safetensors")
    given = {n[6:]: x for n, x in kept.items() if n.startswith("input.")}
    eager = {"attn_implementation": "eager"}
    if "Mixtral" in name and NEWER:
        eager["experts_implementation"] = "eager"
    with wide():
        model, told = getattr(transformers, name).from_pretrained(
            folder / "nt", output_loading_info=True, **eager
        )
        model = model.double().eval()
    for module in model.modules():
        if hasattr(module, "embed_scale"):
            module.embed_scale.fill_(model.config.hidden_size**0.5)
    lost = {k: sorted(v) for k, v in told.items() if v and k in ("missing_keys", "mismatched_keys")}
    if lost:
        raise ValueError(f"{lost}")
    answers = [real(y, given).detach() for y in outputs_of(name, model, given)]
    return far(answers, [kept[f"output.{i}"] for i in range(len(answers))])


def main() -> None:
    """Make or check, and tell what could not be."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["make", "check"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--names", nargs="*", default=NAMES)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    if asked.what == "check":
        for folder in sorted(p.parent.parent for p in asked.folder.glob("*/nt/config.json")):
            try:
                told: Any = check(folder)
            except Exception as error:
                told = f"{type(error).__name__}: {error}"
            (folder / "checked.json").write_text(json.dumps(told))
        return
    for name in asked.names:
        for seed in range(asked.seed, asked.seed + asked.count):
            folder = asked.folder / f"{name}-{seed:03}"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            try:
                make(name, seed, folder)
            except Exception as error:
                (folder / "refused.json").write_text(json.dumps(f"{type(error).__name__}: {error}"))


if __name__ == "__main__":
    main()
