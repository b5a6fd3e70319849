"""The closed formulas of those that write: GPT-2 and the LLaMA family."""

from __future__ import annotations

from collections.abc import Iterator

from ...gpt2 import GPT2
from ...modern import Modern
from .._records import Shape
from ._blocks import block, scores
from ._formula import Formula


def gpt2(model: GPT2, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    c, (b, t) = model.config, shapes[0]
    yield from block("blocks", c.layers, b, t, c.width, c.inner or 4 * c.width)
    head = b * t * c.width * c.vocab_size
    yield Formula("head", "n w V", head, 1, ("token_embedding.weight",))


def modern(model: Modern, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    c, (b, t) = model.config, shapes[0]
    n, w, f = b * t, c.width, c.hidden
    mambas = sum(c.mixer(i) == "mamba" for i in range(c.layers))
    layers, hd, kd = c.layers - mambas, c.heads * c.head_width, c.key_heads * c.head_width
    at = "blocks.*.attention"
    if layers:
        rows = hd + 2 * kd
        yield Formula("QKV", "n w (h + 2 k) d", n * w * rows, layers, (f"{at}.qkv.weight",))
        yield from scores(at, "h d", layers, n, t, hd)
    if mambas:
        yield from _mamba(n, w, c.expand * w, c.state, c.kernel, mambas)
    outputs = layers * n * hd * w + mambas * n * c.expand * w * w
    yield Formula("output", "n h d w" if layers else "n w c", outputs, 1, (f"{at}.out.weight",))
    within = "blocks.*.feed_forward.experts.*" if c.experts else "blocks.*.feed_forward"
    patterns = tuple([f"{within}.{name}.weight" for name in ("gate", "up", "down")])
    if c.experts:
        router = ("blocks.*.feed_forward.router.weight",)
        yield Formula("router", "n w experts", n * w * c.experts, c.layers, router)
        macs = c.experts_per_token * 3 * n * w * f
        yield Formula("experts", "chosen 3 n w f", macs, c.layers, patterns)
    else:
        yield Formula("feed-forward", "3 n w f", 3 * n * w * f, c.layers, patterns)
    patterns = ("head.weight", "token_embedding.weight")
    yield Formula("head", "n w V", n * w * c.vocab_size, 1, patterns)


def _mamba(n: int, w: int, c: int, state: int, kernel: int, layers: int) -> Iterator[Formula]:
    """Mamba's products over c channels, but for the last (r = w / 16, rounded up)."""
    at, rank = "blocks.*.attention", -(-w // 16)
    for part, expression, macs, name in (
        ("Mamba into", "2 n w c", 2 * n * w * c, "into.weight"),
        ("Mamba convolution", "n c kernel", n * c * kernel, "conv.weight"),
        ("Mamba select", "n c (r + 2 state)", n * c * (rank + 2 * state), "select.weight"),
        ("Mamba step", "n r c", n * rank * c, "step.weight"),
        ("Mamba readout", "n c state", n * c * state, "product"),
    ):
        yield Formula(part, expression, macs, layers, (f"{at}.{name}",))
