"""One call of every op: what the table of ops and backends runs.

A sample is a function of tensors and the arrays that it is called with. Floating-point arrays are
what it is differentiated for; everything else is fixed in the function. Values stay away from kinks
and ties, where a derivative is a convention and finite differences see neither side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import nt_autograd as ag
import numpy as np
from nt_tensor import Generator

Array = Any


@dataclass(frozen=True)
class Sample:
    """A function of tensors and its arguments as float64 arrays."""

    function: Callable[..., Any]
    arrays: tuple[Array, ...]
    drawn: bool = False  # random numbers of another dtype are other numbers


SAMPLES: dict[str, Sample] = {}


def sample(name: str, function: Callable[..., Any] | None = None, *arrays: Array) -> None:
    """Register one; without a function, the op of that name."""
    if name in SAMPLES:
        raise ValueError(f"{name} has a sample already")
    SAMPLES[name] = Sample(function or getattr(ag, name), arrays or (normal(3, 4),))


def normal(*shape: int, seed: int = 0) -> Array:
    """Normal numbers, none of them near 0, 1/2 or 1 in size."""
    x = np.random.default_rng((seed, *shape)).standard_normal(shape)
    for kink in (0.0, 0.5, 1.0, 2.0, 3.0):
        near = np.abs(np.abs(x) - kink) < 0.06
        x = np.where(near, x + np.where(x < 0, -0.13, 0.13), x)
    return x


def between(low: float, high: float, *shape: int, seed: int = 0) -> Array:
    """Evenly distributed numbers."""
    return np.random.default_rng((seed, *shape)).uniform(low, high, shape)


def spread(*shape: int, seed: int = 0) -> Array:
    """Numbers no two of which are near each other."""
    size = int(np.prod(shape))
    order = np.random.default_rng((seed, *shape)).permutation(size)
    return (order.reshape(shape) - size / 2 + 0.3) * 0.37


def ids(*values: Any) -> Array:
    """Whole numbers, for indices and classes."""
    return np.array(values)


def on(x: Any, values: Any) -> Any:
    """A fixed tensor on the device of another, its floats in that one's dtype."""
    floats = np.asarray(values).dtype.kind == "f"
    return ag.tensor(values, dtype=x.dtype if floats else None, device=x.device)


def _elementwise() -> None:
    anywhere = """
        identity neg abs exp exp2 expm1 sin cos atan sinh cosh tanh asinh sigmoid erf square arctan
        relu relu6 leaky_relu softplus logsigmoid silu swish mish quick_gelu gelu elu selu celu
        hardsigmoid hardswish hardtanh hardshrink softshrink tanhshrink softsign gaussian
        alias clone contiguous
    """
    for name in anywhere.split():
        sample(name)
    for name in ["log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal"]:
        sample(name, None, between(0.3, 3.0, 3, 4))
    for name in ["asin", "acos", "atanh", "tan"]:
        sample(name, None, between(-0.8, 0.8, 3, 4))
    sample("acosh", None, between(1.2, 3.0, 3, 4))
    sample("threshold", lambda x: ag.threshold(x, 0.3, 20.0), normal(3, 4))
    for name in [
        "floor",
        "ceil",
        "round",
        "trunc",
        "sign",
        "isfinite",
        "isinf",
        "isnan",
        "binary_step",
    ]:
        sample(name)
    sample("logical_not")
    sample("bitwise_not", lambda x: ag.bitwise_not(x > 0), normal(3, 4))
    sample("astype", lambda x: ag.astype(x, x.dtype), normal(3, 4))
    sample("to_device", lambda x: ag.to_device(x, x.device), normal(3, 4))
    sample("clamp", lambda x: ag.clamp(x, -0.8, 0.9), normal(3, 4))
    sample("clip", lambda x: ag.clip(x, -0.8, 0.9), normal(3, 4))
    sample("prelu", None, normal(3, 4), between(0.1, 0.4, 4))
    sample("rrelu", lambda x: ag.rrelu(x, training=False), normal(3, 4))
    sample("pow", None, between(0.5, 2.0, 3, 4), normal(3, 4))
    sample("float_power", lambda x: ag.float_power(x, 2.5), between(0.5, 2.0, 3, 4))


def _pairs() -> None:
    for name in ["add", "sub", "mul", "atan2", "maximum", "minimum"]:
        sample(name, None, normal(3, 4), normal(4, seed=1))
    sample("div", None, normal(3, 4), between(0.5, 2.0, 3, 1))
    sample("floor_divide", None, normal(3, 4), between(0.5, 2.0, 3, 4))
    sample("remainder", None, normal(3, 4), between(2.5, 4.0, 3, 4))
    for name in [
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "logical_and",
        "logical_or",
        "logical_xor",
        "isclose",
        "allclose",
    ]:
        sample(name, None, normal(3, 4), normal(3, 4, seed=1))
    for name in ["bitwise_and", "bitwise_or", "bitwise_xor"]:
        op = getattr(ag, name)
        sample(name, lambda a, b, op=op: op(a > 0, b > 0), normal(3, 4), normal(3, 4, seed=1))
    sample("where", lambda a, b: ag.where(a > 0, a * b, b), normal(3, 4), normal(3, 4, seed=1))
    sample("masked_fill", lambda x: ag.masked_fill(x, x > 1, 7.0), normal(3, 4))


def _reductions() -> None:
    for name in [
        "sum",
        "mean",
        "var",
        "std",
        "logsumexp",
        "amax",
        "amin",
        "cumsum",
        "cumprod",
        "prod",
        "norm",
    ]:
        op = getattr(ag, name)
        sample(name, lambda x, op=op: op(x, dim=1), spread(3, 4) / 3)
    sample("max", lambda x: ag.max(x, dim=1).values, spread(3, 4))
    sample("min", lambda x: ag.min(x, dim=1).values, spread(3, 4))
    for name in ["argmax", "argmin"]:
        op = getattr(ag, name)
        sample(name, lambda x, op=op: op(x, dim=1), spread(3, 4))
    for name in ["any", "all", "count_nonzero"]:
        op = getattr(ag, name)
        sample(name, lambda x, op=op: op(x > 0, dim=1), normal(3, 4))
    sample("trace", None, normal(4, 4))
    sample("sum_to", lambda x: ag.sum_to(x, (1, 4)), normal(3, 4))
    for name in ["softmax", "log_softmax", "softmin"]:
        op = getattr(ag, name)
        sample(name, lambda x, op=op: op(x, dim=-1), normal(3, 4))


def _shapes() -> None:
    sample("reshape", lambda x: ag.reshape(x, (2, 6)), normal(3, 4))
    sample("view", lambda x: ag.view(x, (2, 6)), normal(3, 4))
    sample("flatten", lambda x: ag.flatten(x), normal(3, 4))
    sample("unflatten", lambda x: ag.unflatten(x, 1, (2, 2)), normal(3, 4))
    sample("squeeze", lambda x: ag.squeeze(x, 1), normal(3, 1, 4))
    sample("unsqueeze", lambda x: ag.unsqueeze(x, 1), normal(3, 4))
    sample("permute", lambda x: ag.permute(x, (2, 0, 1)), normal(2, 3, 4))
    sample("transpose", lambda x: ag.transpose(x, 0, 1), normal(3, 4))
    sample("swapaxes", lambda x: ag.swapaxes(x, 0, 1), normal(3, 4))
    sample("movedim", lambda x: ag.movedim(x, 0, 2), normal(2, 3, 4))
    sample("t", None, normal(3, 4))
    sample("mT", None, normal(2, 3, 4))
    sample("expand", lambda x: ag.expand(x, (5, 3, 4)), normal(3, 1))
    sample("broadcast_to", lambda x: ag.broadcast_to(x, (5, 3, 4)), normal(3, 1))
    sample("flip", lambda x: ag.flip(x, (0,)), normal(3, 4))
    sample("roll", lambda x: ag.roll(x, 2, 1), normal(3, 4))
    sample("tile", lambda x: ag.tile(x, (2, 1)), normal(3, 4))
    sample("repeat", lambda x: ag.repeat(x, (2, 1)), normal(3, 4))
    sample("repeat_interleave", lambda x: ag.repeat_interleave(x, 2, dim=1), normal(3, 4))
    for name in ["cat", "concat", "hstack", "vstack", "stack"]:
        op = getattr(ag, name)
        sample(name, lambda a, b, op=op: op([a, b]), normal(3, 4), normal(3, 4, seed=1))
    sample("split", lambda x: ag.split(x, 2, dim=1)[1], normal(3, 4))
    sample("chunk", lambda x: ag.chunk(x, 2, dim=1)[0], normal(3, 4))
    sample("unbind", lambda x: ag.unbind(x, dim=1)[2], normal(3, 4))
    sample("pad", lambda x: ag.pad(x, (1, 2, 0, 1), mode="reflect"), normal(1, 2, 3, 4))
    for name in ["tril", "triu", "diagonal", "diag"]:
        sample(name, None, normal(4, 4))
    sample("diag_embed", None, normal(3, 4))


def _indexing() -> None:
    sample("getitem", lambda x: x[1:, ::2], normal(3, 4))
    at = ids([0, 2, 2], [1, 1, 3])
    sample("gather", lambda x: ag.gather(x, 1, on(x, at)), normal(2, 4))
    sample("take_along_dim", lambda x: ag.take_along_dim(x, on(x, at), 1), normal(2, 4))
    unique = ids([0, 2, 3], [1, 3, 0])
    sample("scatter", lambda x, s: ag.scatter(x, 1, on(x, unique), s), normal(2, 4), normal(2, 3))
    sample(
        "scatter_add", lambda x, s: ag.scatter_add(x, 1, on(x, at), s), normal(2, 4), normal(2, 3)
    )
    rows = ids(0, 2, 2)
    sample("index_select", lambda x: ag.index_select(x, 0, on(x, rows)), normal(3, 4))
    sample(
        "index_add",
        lambda x, s: ag.index_add(x, 0, on(x, rows), s),
        normal(3, 4),
        normal(3, 4, seed=1),
    )
    sample(
        "masked_select",
        lambda x: ag.masked_select(x, on(x, [[True], [False], [True]])),
        normal(3, 4),
    )
    sample("nonzero", lambda x: ag.nonzero(x > 0), normal(3, 4))
    sample("one_hot", lambda x: ag.one_hot(on(x, rows), 4), normal(1))
    sample("embedding", lambda w: ag.embedding(on(w, rows), w), normal(4, 3))
    sample("embedding_bag", lambda w: ag.embedding_bag(on(w, at), w, mode="mean"), normal(4, 3))
    sample("sort", lambda x: ag.sort(x, dim=1).values, spread(3, 4))
    sample("argsort", lambda x: ag.argsort(x, dim=1), spread(3, 4))
    sample("topk", lambda x: ag.topk(x, 2, dim=1).values, spread(3, 4))


def _products() -> None:
    sample("matmul", None, normal(2, 3, 4), normal(4, 5))
    sample("mm", None, normal(3, 4), normal(4, 5))
    sample("bmm", None, normal(2, 3, 4), normal(2, 4, 5))
    sample("mv", None, normal(3, 4), normal(4))
    sample("dot", None, normal(4), normal(4, seed=1))
    sample("outer", None, normal(3), normal(4))
    sample("einsum", lambda a, b: ag.einsum("bij,bjk->ik", a, b), normal(2, 3, 4), normal(2, 4, 5))
    sample("tensordot", lambda a, b: ag.tensordot(a, b, dims=1), normal(3, 4), normal(4, 5))
    sample("linear", None, normal(3, 4), normal(5, 4), normal(5))
    sample("bilinear", None, normal(3, 4), normal(3, 2), normal(5, 4, 2), normal(5))
    sample("newton_schulz", lambda x: ag.newton_schulz(x), normal(3, 4))


def _norms() -> None:
    scale, shift = between(0.5, 2.0, 4), normal(4, seed=1)
    sample("layer_norm", lambda x, w, b: ag.layer_norm(x, (4,), w, b), normal(3, 4), scale, shift)
    sample("rms_norm", lambda x, w: ag.rms_norm(x, (4,), w), normal(3, 4), scale)
    sample("group_norm", lambda x, w, b: ag.group_norm(x, 2, w, b), normal(2, 4, 3), scale, shift)
    sample(
        "instance_norm",
        lambda x, w, b: ag.instance_norm(x, weight=w, bias=b),
        normal(2, 4, 5),
        scale,
        shift,
    )
    sample(
        "batch_norm",
        lambda x, w, b: ag.batch_norm(x, None, None, w, b, training=True),
        normal(5, 4),
        scale,
        shift,
    )
    sample("local_response_norm", lambda x: ag.local_response_norm(x, 3), normal(2, 4, 3))
    sample("normalize", None, normal(3, 4))
    sample("weight_norm", None, normal(3, 4), between(0.5, 2.0, 3, 1))


def _gates() -> None:
    for name in ["glu", "geglu", "reglu"]:
        sample(name, None, normal(3, 4))
    sample("swiglu", None, normal(3, 4), normal(3, 4, seed=1))
    sample("maxout", lambda x: ag.maxout(x, 2), spread(3, 4))


def _attention() -> None:
    q, k, v = normal(2, 4, 3), normal(2, 5, 3, seed=1), normal(2, 5, 3, seed=2)
    sample("scaled_dot_product_attention", None, q, k, v)
    sample("frugal_attention", None, q, k, v)
    sample("attention_weights", None, q, k)
    angle = between(0.0, 3.0, 4, 2)
    sample(
        "rotary_embedding",
        lambda x: ag.rotary_embedding(x, on(x, np.cos(angle)), on(x, np.sin(angle))),
        normal(2, 4, 4),
    )


def _images() -> None:
    for n, size in ((1, (6,)), (2, (5, 4)), (3, (3, 4, 3))):
        x = spread(1, 2, *size) / 20
        weight = normal(2, 2, *(2,) * n)
        sample(f"conv{n}d", None, x, weight, normal(2))
        sample(f"conv_transpose{n}d", None, x, weight, normal(2))
        for kind in ["max_pool", "avg_pool"]:
            op = getattr(ag, f"{kind}{n}d")
            sample(f"{kind}{n}d", lambda x, op=op: op(x, 2), x)
        for kind in ["adaptive_max_pool", "adaptive_avg_pool"]:
            op = getattr(ag, f"{kind}{n}d")
            sample(f"{kind}{n}d", lambda x, op=op: op(x, 2), x)
        lp, pool = getattr(ag, f"lp_pool{n}d"), getattr(ag, f"max_pool{n}d")
        sample(f"lp_pool{n}d", lambda x, lp=lp: lp(x, 2.0, 2), np.abs(x) + 0.1)
        back = getattr(ag, f"max_unpool{n}d")
        sample(
            f"max_unpool{n}d",
            lambda x, pool=pool, back=back: back(*pool(x, 2, return_indices=True), 2),
            x,
        )
    sample("unfold", lambda x: ag.unfold(x, 2), normal(1, 2, 4, 3))
    sample("fold", lambda x: ag.fold(x, (4, 3), 2), normal(1, 8, 6))
    sample(
        "interpolate", lambda x: ag.interpolate(x, size=(5, 7), mode="bicubic"), normal(1, 2, 4, 3)
    )
    grid = between(-0.9, 0.9, 1, 3, 2, 2)
    sample(
        "grid_sample",
        lambda x, g: ag.grid_sample(x, g, align_corners=False),
        normal(1, 2, 4, 3),
        grid,
    )
    sample(
        "affine_grid",
        lambda x: ag.affine_grid(x, (1, 2, 4, 3), align_corners=False),
        normal(1, 2, 3),
    )
    sample("pixel_shuffle", lambda x: ag.pixel_shuffle(x, 2), normal(1, 4, 2, 3))
    sample("pixel_unshuffle", lambda x: ag.pixel_unshuffle(x, 2), normal(1, 1, 4, 6))
    sample("channel_shuffle", lambda x: ag.channel_shuffle(x, 2), normal(1, 4, 2, 3))


def _recurrence() -> None:
    x, h = normal(2, 3), normal(2, 4)
    for name, gates in (("rnn_tanh", 1), ("rnn_relu", 1), ("gru", 3), ("lstm", 4)):
        weights = (
            normal(gates * 4, 3),
            normal(gates * 4, 4),
            normal(gates * 4),
            normal(gates * 4, seed=1),
        )
        state = (h, normal(2, 4, seed=5)) if name == "lstm" else (h,)
        cell, whole = getattr(ag, f"{name}_cell"), getattr(ag, name)
        sequence, first = normal(3, 2, 3), tuple(each[None] for each in state)
        if name == "lstm":
            sample(
                "lstm_cell",
                lambda x, h, c, *w, cell=cell: ag.cat(cell(x, (h, c), *w)),
                x,
                *state,
                *weights,
            )
            sample(
                "lstm",
                lambda x, h, c, *w, whole=whole: ag.cat(whole(x, (h, c), w)),
                sequence,
                *first,
                *weights,
            )
            continue
        sample(f"{name}_cell", cell, x, *state, *weights)
        sample(
            name,
            lambda x, h, *w, whole=whole: ag.cat(whole(x, h, w)),
            sequence,
            *first,
            *weights,
        )


def _scans() -> None:
    decay = between(0.2, 0.9, 2, 4, 3)
    sample("linear_recurrence", None, decay, normal(2, 4, 3))
    u, delta = normal(2, 4, 3), between(0.1, 0.6, 2, 4, 3)
    state = -between(0.5, 2.0, 3, 2)
    inward, outward = normal(2, 4, 2, seed=1), normal(2, 4, 2, seed=2)
    sample(
        "selective_scan",
        lambda *x: ag.cat([each.flatten() for each in ag.selective_scan(*x)]),
        *(u, delta, state, inward, outward, normal(3)),
    )


def _updates() -> None:
    def descend(xp: Any, g: Any, p: Any, rate: Any) -> Any:
        return p - rate * g

    def step(p: Any, g: Any) -> Any:
        (made,) = ag.fused_update(descend, g.detach().data, [p.detach().clone().data], [0.1])
        return ag.Tensor(made)

    sample("fused_update", step, normal(3, 4), normal(3, 4, seed=1))


def _losses() -> None:
    x, y = normal(4, 3), normal(4, 3, seed=1)
    classes, signs = ids(0, 2, 1, 1), ids(1.0, -1.0, 1.0, -1.0)
    for name in ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"]:
        op = getattr(ag, name)
        sample(name, lambda x, op=op: op(x, on(x, y)), x)
    for name in ["cross_entropy", "nll_loss", "multi_margin_loss", "focal_loss"]:
        op = getattr(ag, name)
        sample(name, lambda x, op=op: op(x, on(x, classes)), x)
    probability = between(0.1, 0.9, 4, 3)
    sample(
        "binary_cross_entropy",
        lambda x: ag.binary_cross_entropy(x, on(x, probability)),
        between(0.1, 0.9, 4, 3, seed=3),
    )
    for name in ["binary_cross_entropy_with_logits", "sigmoid_focal_loss"]:
        op = getattr(ag, name)
        sample(name, lambda x, op=op: op(x, on(x, (probability > 0.5) * 1.0)), x)
    sample(
        "multilabel_soft_margin_loss",
        lambda x: ag.multilabel_soft_margin_loss(x, on(x, (probability > 0.5) * 1.0)),
        x,
    )
    sample(
        "multilabel_margin_loss",
        lambda x: ag.multilabel_margin_loss(
            x, on(x, ids([0, 2, -1], [1, -1, 0], [2, 1, 0], [0, -1, -1]))
        ),
        x,
    )
    sample("kl_div", lambda x: ag.kl_div(x, on(x, probability), reduction="batchmean"), x)
    sample("poisson_nll_loss", lambda x: ag.poisson_nll_loss(x, on(x, 3 * probability)), x)
    sample(
        "gaussian_nll_loss",
        lambda x, v: ag.gaussian_nll_loss(x, on(x, y), v),
        x,
        between(0.5, 2.0, 4, 3),
    )
    for name in ["soft_margin_loss", "hinge_loss", "hinge_embedding_loss"]:
        op = getattr(ag, name)
        sample(name, lambda x, op=op: op(x, on(x, signs)), normal(4))
    sample(
        "margin_ranking_loss",
        lambda a, b: ag.margin_ranking_loss(a, b, on(a, signs), margin=0.2),
        normal(4),
        normal(4, seed=1),
    )
    sample("cosine_embedding_loss", lambda a, b: ag.cosine_embedding_loss(a, b, on(a, signs)), x, y)
    sample("contrastive_loss", lambda a, b: ag.contrastive_loss(a, b, on(a, signs)), x, y)
    anchors = (x, y, normal(4, 3, seed=2))
    sample("triplet_margin_loss", None, *anchors)
    sample("triplet_margin_with_distance_loss", None, *anchors)
    sample("info_nce", None, x, y)
    sample("clip_loss", None, x, y)
    lengths = (ids(5, 4), ids(2, 1))
    sample(
        "ctc_loss",
        lambda x: ag.ctc_loss(
            ag.log_softmax(x, dim=-1), on(x, ids([1, 2], [1, 0])), *(on(x, n) for n in lengths)
        ),
        normal(5, 2, 3),
    )
    sample("cosine_similarity", None, x, y)
    sample("pairwise_distance", None, x, y)
    sample("cdist", None, x, y)


def _chance() -> None:
    SAMPLES["gumbel_softmax"] = Sample(
        lambda x: ag.gumbel_softmax(x, generator=Generator(0)), (normal(3, 4),), drawn=True
    )
    for name in ["dropout", "alpha_dropout"]:
        op = getattr(ag, name)
        sample(name, lambda x, op=op: op(x, 0.4, generator=Generator(0)), normal(3, 4))
    for name, shape in (
        ("dropout1d", (2, 4, 3)),
        ("dropout2d", (2, 4, 3, 2)),
        ("dropout3d", (2, 4, 3, 2, 2)),
        ("feature_alpha_dropout", (2, 4, 3)),
    ):
        op = getattr(ag, name)
        sample(name, lambda x, op=op: op(x, 0.4, generator=Generator(0)), normal(*shape))
    sample(
        "stochastic_depth",
        lambda x: ag.stochastic_depth(x, 0.4, "row", generator=Generator(0)),
        normal(6, 4),
    )


for register in (
    _elementwise,
    _pairs,
    _reductions,
    _shapes,
    _indexing,
    _products,
    _norms,
    _gates,
    _attention,
    _images,
    _recurrence,
    _scans,
    _updates,
    _losses,
    _chance,
):
    register()
