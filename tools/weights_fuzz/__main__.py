"""Try random checkpoints of every published architecture: `python -m tools.weights_fuzz`.

A Python with PyTorch and transformers (`--torch-python`) draws configs over all options that change
what is computed, writes checkpoints with `save_pretrained` (some in half precision, in shards, or
spelled as older files are) and what they answer in float64: outputs, the gradient of each
parameter, generated tokens. nt reads them, answers in float64 and float32, and writes them anew;
transformers reads that and answers again. What nt refuses is told with its reason.
"""

from __future__ import annotations

import argparse
import collections
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from nt_autograd import Tensor, tensor
from nt_models import from_pretrained, save_pretrained
from nt_models.weights import ARCHITECTURES
from nt_nn import Module, checkpoint

from .options import NAMES

LIMIT = 1e-10  # in float64; in float32 1e-5, or four times what PyTorch's own float32 is off


def answers(name: str, model: Any, given: dict[str, Tensor]) -> list[Tensor]:
    """What a model says, as a list for all architectures."""
    images, tokens = given.get("pixel_values"), given.get("input_ids")
    stretched = {"interpolate_positions": True} if "interpolate_pos_encoding" in given else {}
    mask = given.get("attention_mask")
    if name == "CLIPModel":
        return [model(images, tokens, mask, **stretched)]
    if name.startswith("T5For"):
        return [model(tokens, given["decoder_input_ids"], mask)]
    if name.startswith("Bert"):
        y = model(tokens, mask, given["token_type_ids"])
        return [y, model.pooled(y)] if name == "BertModel" else [*y] if type(y) is tuple else [y]
    if images is None:
        further = [given["position_ids"]] if "position_ids" in given else []
        return [model(tokens, mask, *further)]
    y = model(images, **stretched)
    return [y, model.pooled(y)] if name == "ViTModel" else [y]


def real(y: Tensor, given: dict[str, Tensor]) -> Tensor:
    """The answer with zeros at padding."""
    mask = given.get("attention_mask")
    if "decoder_input_ids" in given or mask is None or y.ndim < 3:
        return y
    return y * mask[..., None].to(y.dtype)


def off(found: np.ndarray, right: np.ndarray, floor: float = 1e-30) -> float:
    """The largest difference, relative to the largest value."""
    if found.shape != right.shape:
        return float("inf")
    return float(np.abs(found - right).max() / max(np.abs(right).max(), floor))


def compare(folder: Path, dtype: str, device: str) -> dict[str, float]:
    """How far nt is from a checkpoint's answers."""
    about = json.loads((folder / "about.json").read_text())
    name, kept = about["name"], checkpoint.load(folder / "answers.safetensors").tensors
    model = from_pretrained(folder, dtype=dtype, device=device)
    given = {n[6:]: tensor(x, device=device) for n, x in kept.items() if n.startswith("input.")}
    given = {n: x.to(dtype) if x.dtype.kind == "float" else x for n, x in given.items()}
    said = [real(y, given) for y in answers(name, model, given)]
    right = [kept[f"output.{i}"] for i in range(len(said))]
    told = {"output": max(map(off, (y.detach().numpy() for y in said), right))}
    cosines = (np.cos(np.arange(y.numel())).reshape(y.shape).astype(dtype) for y in said)
    sum((y * tensor(c, device=device)).sum() for y, c in zip(said, cosines, strict=True)).backward()
    told["gradient"] = gradients(name, model, kept)
    if dtype == "float64" and "generated" in kept:
        told["generated"] = written(about, model, given, kept)
    if dtype == "float64" and device == "cpu":
        save_pretrained(model, folder / "nt", architecture=name)
        again = from_pretrained(folder / "nt")
        told["read again"] = max(
            off(y.detach().numpy(), x.detach().numpy())
            for y, x in zip(answers(name, again, given), answers(name, model, given), strict=True)
        )
    return told


def gradients(name: str, model: Module, kept: dict[str, np.ndarray]) -> float:
    """How far the worst gradient is, relative to its largest value or 1e-3 of the model's."""
    architecture = next(each for each in ARCHITECTURES if name in each.names)
    table = architecture.table_for(model.config)
    own = dict(model.named_parameters())
    buffers = {n: x.shape for n, x in model.state_dict().items()}
    published = {n[5:]: x for n, x in kept.items() if n.startswith("grad.")}
    right = table.to_ours(published, buffers)
    floor = 1e-3 * max(np.abs(right[n]).max() for n in own)
    return max(
        off(np.zeros(p.shape) if p.grad is None else p.grad.numpy(), right[n], floor)
        for n, p in own.items()
    )


def written(
    about: dict[str, Any], model: Any, given: dict[str, Tensor], kept: dict[str, np.ndarray]
) -> float:
    """How many generated tokens differ."""
    told = about["generate"]
    text = model.generate(
        given["input_ids"], 7, attention_mask=tensor(kept["asked.attention_mask"]),
        **({} if told["num_beams"] > 1 else {"temperature": 0.0}), **told,
    ).numpy()  # fmt: skip
    right = kept["generated"]
    return float(np.sum(text != right)) if text.shape == right.shape else float("inf")


def judged(folder: Path, device: str) -> tuple[str, str]:
    """What became of one checkpoint, and why."""
    if (refused := folder / "refused.json").exists():
        return "refused by transformers", json.loads(refused.read_text()).splitlines()[0]
    kept = checkpoint.load(folder / "answers.safetensors").tensors
    if not all(np.isfinite(x).all() for n, x in kept.items() if n.startswith("output.")):
        return "not finite", ""
    worst: dict[str, float] = {}
    for dtype in ("float64", "float32") if device == "cpu" else ("float32",):
        try:
            found = compare(folder, dtype, device)
        except (ValueError, TypeError, IndexError, NotImplementedError) as error:
            return "refused", f"{type(error).__name__}: {error}"
        worst |= {f"{what} {dtype}": far for what, far in found.items()}
    (folder / "errors.json").write_text(json.dumps(worst))
    own = json.loads((folder / "about.json").read_text())["float32"]
    limits = {f"{what} float32": max(1e-5, 4.0 * far) for what, far in own.items()}
    wrong = {
        what: (far, limits.get(what, LIMIT))
        for what, far in worst.items()
        if not far <= limits.get(what, LIMIT)
    }
    return ("different", str(wrong)) if wrong else ("equal", "")


def main() -> None:
    """Draw, compare, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--torch-python", default=sys.executable)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--names", nargs="*", default=NAMES)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--folder", type=Path, help="keep the checkpoints here, or use them anew")
    asked = parser.parse_args()
    root = asked.folder or Path(tempfile.mkdtemp())
    oracle = [asked.torch_python, str(Path(__file__).with_name("published.py"))]
    if not root.is_dir() or not any(root.iterdir()):
        drawn = ["--count", str(asked.count), "--seed", str(asked.seed), "--names", *asked.names]
        subprocess.run([*oracle, "make", str(root), *drawn], check=True)
    folders = [
        each for each in sorted(root.iterdir()) if each.name.rpartition("-")[0] in asked.names
    ]
    table: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for folder in folders:
        what, why = judged(folder, asked.device)
        table[folder.name.rpartition("-")[0]][what] += 1
        if what not in ("equal", "not finite"):
            print(f"{folder.name}: {what}: {why}", flush=True)
    if asked.device == "cpu":
        subprocess.run([*oracle, "check", str(root)], check=True)
        for folder in folders:
            if (said := folder / "checked.json").exists():
                far = json.loads(said.read_text())
                wrong = isinstance(far, str) or not far <= LIMIT
                table[folder.name.rpartition("-")[0]][
                    "wrong in transformers" if wrong else "back"
                ] += 1
                if wrong:
                    print(f"{folder.name}: what nt wrote, in transformers: {far}")
    for name in asked.names:
        print(f"| {name} | {', '.join(f'{n} {what}' for what, n in sorted(table[name].items()))} |")


if __name__ == "__main__":
    main()
