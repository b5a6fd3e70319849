"""Contrastive losses of batches: find the partner among all others."""

from __future__ import annotations

from typing import Any

from nt_tensor import namespace

from ...tensor import Tensor
from .._concat import concat
from .._floating import check_floating
from .._matmul import matmul
from .._reshape import unsqueeze
from .._sum import sum
from ..norms._normalize import normalize
from ._cross_entropy import cross_entropy
from ._reduction import array_of, check_same_shape, reduced
from .options import check_positive, check_reduction

__all__ = ["clip_loss", "info_nce"]


def info_nce(
    query: Any,
    positive_key: Any,
    negative_keys: Any = None,
    temperature: float = 0.1,
    reduction: str = "mean",
) -> Any:
    r"""How hard it is to tell each query's partner from the others, by the angles between them.

    $$\ell_i = -\ln \frac{e^{\cos(q_i, k_i) / \tau}}{e^{\cos(q_i, k_i) / \tau} +
      \sum_j e^{\cos(q_i, n_j) / \tau}}$$

    Without `negative_keys` the partners of the other queries are the others, as in SimCLR and CLIP.

    Args:
        query: $q$, (N, D).
        positive_key: $k$, (N, D), the partners.
        negative_keys: $n$, (M, D) for all queries, (N, M, D) for each its own, or None.
        temperature: $\tau$, a positive number.
        reduction: "mean" over all queries (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes do not fit, the temperature is not positive, or the reduction is
            unknown.
        TypeError: `query` is not floating-point.

    Example:
        >>> from nt_autograd import eye
        >>> info_nce(eye(2), eye(2), temperature=1.0)  # ln(1 + 1/e)
        tensor(0.3132...)

    Source: van den Oord, Li and Vinyals, Representation Learning with Contrastive Predictive Coding
        (2018), equation 4; Chen et al., SimCLR (2020), equation 1.
    """
    check_positive("temperature", temperature)
    check_reduction(reduction)
    _check_pairs(query=query, positive_key=positive_key)
    q, k = normalize(query, dim=-1), normalize(positive_key, dim=-1)
    if negative_keys is None:
        return cross_entropy(matmul(q, k.mT) / temperature, _numbers(query), reduction=reduction)
    n, d = query.shape
    shape = tuple(negative_keys.shape)
    if len(shape) not in (2, 3) or shape[-1] != d or (len(shape) == 3 and shape[0] != n):
        raise ValueError(f"negative_keys must be (M, {d}) or ({n}, M, {d}), got {shape}")
    others = normalize(negative_keys, dim=-1)
    if len(shape) == 2:
        wrong = matmul(q, others.mT)
    else:
        wrong = matmul(others, unsqueeze(q, -1))[..., 0]
    logits = concat([sum(q * k, -1, keepdim=True), wrong], 1) / temperature
    return cross_entropy(logits, _numbers(query) * 0, reduction=reduction)


def clip_loss(
    image_features: Any, text_features: Any, logit_scale: Any = 1 / 0.07, reduction: str = "mean"
) -> Any:
    r"""The symmetric loss of CLIP: each image finds its text, and each text its image.

    $$\ell_i = \tfrac12 \Big(-\ln \frac{e^{s \cos(u_i, v_i)}}{\sum_j e^{s \cos(u_i, v_j)}}
      -\ln \frac{e^{s \cos(u_i, v_i)}}{\sum_j e^{s \cos(u_j, v_i)}}\Big)$$

    Args:
        image_features: $u$, (N, D), of any length.
        text_features: $v$, (N, D), the partners.
        logit_scale: $s$, one over the temperature; a number, or a tensor, differentiable too.
        reduction: "mean" over all pairs (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes do not fit, or the reduction is unknown.
        TypeError: `image_features` is not floating-point.

    Example:
        >>> from nt_autograd import eye
        >>> clip_loss(eye(2), eye(2), logit_scale=1.0)  # ln(1 + 1/e)
        tensor(0.3132...)

    Source: Radford et al., Learning Transferable Visual Models From Natural Language Supervision
        (2021), figure 3.
    """
    check_reduction(reduction)
    _check_pairs(image_features=image_features, text_features=text_features)
    u, v = normalize(image_features, dim=-1), normalize(text_features, dim=-1)
    logits, own = matmul(u, v.mT) * logit_scale, _numbers(image_features)
    rows = cross_entropy(logits, own, reduction="none")
    columns = cross_entropy(logits.mT, own, reduction="none")
    return reduced((rows + columns) * 0.5, reduction)


def _check_pairs(**values: Any) -> None:
    for name, value in values.items():
        check_floating(name, array_of(name, value))
        if value.ndim != 2:
            raise ValueError(f"{name} must be (N, D), got {tuple(value.shape)}")
    check_same_shape(**values)


def _numbers(like: Any) -> Any:
    """0, 1, 2, …: each row's partner has its number."""
    array = like.data if isinstance(like, Tensor) else like
    xp = namespace(array)
    return xp.arange(array.shape[0], dtype=xp.int64)
