"""The closed formulas of what all Transformers share: a block, its scores, attention across."""

from __future__ import annotations

from collections.abc import Iterator

from ._formula import Formula


def block(
    at: str, layers: int, b: int, t: int, w: int, f: int, inner: int | None = None
) -> Iterator[Formula]:
    """A Transformer's blocks whose queries, keys and values are one product (`inner` = h d)."""
    i, n = w if inner is None else inner, b * t
    hd = "w" if inner is None else "h d"
    square = "w²" if inner is None else "w h d"
    yield Formula("QKV", f"3 n {square}", 3 * n * w * i, layers, (f"{at}.*.attention.qkv.weight",))
    yield from scores(f"{at}.*.attention", hd, layers, n, t, i)
    yield Formula("output", f"n {square}", n * i * w, layers, (f"{at}.*.attention.out.weight",))
    if f:
        both = (f"{at}.*.up.weight", f"{at}.*.down.weight")
        yield Formula("feed-forward", "2 n w f", 2 * n * w * f, layers, both)


def scores(
    at: str, hd: str, layers: int, n: int, s: int, i: int, what: str = "", keys: str = "t"
) -> Iterator[Formula]:
    for product in ("QKᵀ", "AV"):
        name = f"{what} {product}".strip()
        yield Formula(name, f"n {keys} {hd}", n * s * i, layers, (f"{at}.{product}",))


def cross(at: str, layers: int, b: int, t: int, s: int, w: int, i: int) -> Iterator[Formula]:
    """The decoder's attention to what was read."""
    n, m = b * t, b * s
    yield Formula("cross query", "n w h d", n * w * i, layers, (f"{at}.*.cross.query.weight",))
    pattern = (f"{at}.*.cross.key_value.weight",)
    yield Formula("cross key and value", "2 m w h d", 2 * m * w * i, layers, pattern)
    yield from scores(f"{at}.*.cross", "h d", layers, n, s, i, "cross", "s")
    yield Formula("cross output", "n h d w", n * i * w, layers, (f"{at}.*.cross.out.weight",))


def of(stack: str, formula: Formula) -> Formula:
    f = formula
    return Formula(f"{stack} {f.part}", f.expression, f.each, f.times, f.patterns)
