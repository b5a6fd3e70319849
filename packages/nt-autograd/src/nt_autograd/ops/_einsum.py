"""Sums of products along named axes, made of transposes and matrix products."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ._arithmetic import mul
from ._axes import axis_of
from ._diagonal import diagonal
from ._matmul import matmul
from ._permute import permute
from ._reshape import reshape
from ._sum import sum

__all__ = ["einsum", "tensordot"]

Labels = tuple[str, ...]  # the name of every axis


def einsum(equation: str, *operands: Any) -> Any:
    r"""Sum of products along named axes: `"ij,jk->ik"` is $y_{ik} = \sum_j a_{ij} b_{jk}$.

    Every axis has a letter. Letters that the result does not have are summed over; `...` stands for
    axes without a letter, which broadcast; a letter that stands twice at one operand takes its
    diagonal. Without `->` the result has the letters that occur once, in alphabetical order, after
    the axes of `...`.

    Args:
        equation: the letters of each operand, separated by commas, `->`, and the letters of the
            result.
        *operands: the tensors. More than two are multiplied in the order that keeps intermediate
            results small.

    Raises:
        ValueError: the equation does not fit the operands; the message names the letter or operand.

    Example:
        >>> from nt_autograd import tensor
        >>> a = tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> einsum("ij,kj->ik", a, a)
        tensor([[ 5., 11.], [11., 25.]])
        >>> einsum("ii->", a)
        tensor(5.0)

    Source: Einstein, Die Grundlage der allgemeinen Relativitätstheorie (1916); PyTorch's
        `torch.einsum`.
    """
    terms, result = _parse(equation, [x.ndim for x in operands])
    sizes = _sizes(equation, terms, operands)
    pool = [_alone(x, labels) for x, labels in zip(operands, terms, strict=True)]
    pool = [_without_ones(x, labels, sizes) for x, labels in pool]
    while len(pool) > 1:
        i, j = _cheapest(pool, result, sizes)
        right, left = pool.pop(j), pool.pop(i)
        others = {label for _, labels in pool for label in labels}
        pool.append(_pair(*left, *right, others.union(result)))
    x, labels = _summed(*pool[0], set(result))
    x = permute(x, [labels.index(each) for each in result if each in labels])
    return reshape(x, [sizes[label] if label in labels else 1 for label in result])


def tensordot(a: Any, b: Any, dims: int | Sequence[Sequence[int]] = 2) -> Any:
    r"""Sum of products along pairs of axes.

    Args:
        a: any shape.
        b: any shape.
        dims: the axes of `a` and those of `b` that pair; or a number $n$: the last $n$ of `a` with
            the first $n$ of `b`.

    Raises:
        ValueError: the axes do not pair, or their lengths differ.

    Example:
        >>> from nt_autograd import ones
        >>> tensordot(ones(2, 3, 4), ones(4, 3, 5), dims=([1, 2], [1, 0])).shape
        (2, 5)

    Source: PyTorch's `torch.tensordot`.
    """
    if isinstance(dims, int):
        dims = (range(a.ndim - dims, a.ndim), range(dims))
    left, right = ([axis_of(d, x.ndim) for d in each] for x, each in zip((a, b), dims, strict=True))
    if [a.shape[i] for i in left] != [b.shape[j] for j in right]:
        raise ValueError(
            f"dims {left} of {tuple(a.shape)} and {right} of {tuple(b.shape)} do not pair"
        )
    rows = [i for i in range(a.ndim) if i not in left]
    columns = [j for j in range(b.ndim) if j not in right]
    depth = prod([a.shape[i] for i in left])
    shape = [a.shape[i] for i in rows] + [b.shape[j] for j in columns]
    n, m = prod(shape[: len(rows)]), prod(shape[len(rows) :])
    flat_a = reshape(permute(a, rows + left), (n, depth))
    return reshape(matmul(flat_a, reshape(permute(b, right + columns), (depth, m))), shape)


def _parse(equation: str, ndims: list[int]) -> tuple[list[Labels], Labels]:
    """The labels of operands and result; axes of `...` are named "0", "1", from the back."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    texts = left.split(",")
    if len(texts) != len(ndims):
        raise ValueError(f"einsum {equation!r} has {len(texts)} operands, {len(ndims)} came")
    hidden = [
        n - len(t.replace("...", "")) if "..." in t else 0
        for t, n in zip(texts, ndims, strict=True)
    ]
    terms = [_labels(equation, text, count) for text, count in zip(texts, hidden, strict=True)]
    for i, (labels, ndim) in enumerate(zip(terms, ndims, strict=True)):
        if len(labels) != ndim:
            raise ValueError(
                f"einsum {equation!r} names {len(labels)} axes of operand {i}, it has {ndim}"
            )
    if arrow:
        result = _labels(equation, right, max(hidden, default=0))
    else:
        seen = [label for labels in terms for label in labels]
        once = sorted([label for label in set(seen) if seen.count(label) == 1 and label.isalpha()])
        result = (*_labels(equation, "...", max(hidden, default=0)), *once)
    known = {label for labels in terms for label in labels}
    if wrong := [label for label in result if label not in known or result.count(label) > 1]:
        raise ValueError(
            f"einsum {equation!r}: {wrong[0]!r} of the result must stand once, and before ->"
        )
    return terms, result


def _labels(equation: str, text: str, hidden: int) -> Labels:
    before, dots, after = text.partition("...")
    letters = before + after
    if letters and not (letters.isascii() and letters.isalpha()):
        raise ValueError(
            f"einsum {equation!r}: {text!r} holds something that is no letter and no ..."
        )
    middle = [str(i) for i in reversed(range(hidden))] if dots else []
    return (*before, *middle, *after)


def _sizes(equation: str, terms: list[Labels], operands: Sequence[Any]) -> dict[str, int]:
    """The length of every label; axes of length 1 broadcast."""
    sizes: dict[str, int] = {}
    for labels, x in zip(terms, operands, strict=True):
        for label, n in zip(labels, x.shape, strict=True):
            before = sizes.get(label, 1)
            if n not in (1, before) and before != 1:
                raise ValueError(f"einsum {equation!r}: {label!r} is {before} long and {n} long")
            sizes[label] = n if before == 1 else before
    return sizes


def _alone(x: Any, labels: Labels) -> tuple[Any, Labels]:
    """Take the diagonal of every label that stands twice."""
    for label in sorted(set(labels)):
        while labels.count(label) > 1:
            i = labels.index(label)
            j = labels.index(label, i + 1)
            x = diagonal(x, 0, i, j)
            labels = (*labels[:i], *labels[i + 1 : j], *labels[j + 1 :], label)
    return x, labels


def _without_ones(x: Any, labels: Labels, sizes: dict[str, int]) -> tuple[Any, Labels]:
    """Drop axes of length 1: they broadcast by not being there."""
    stay = [i for i, n in enumerate(x.shape) if n != 1]
    if len(stay) == len(labels):
        return x, labels
    return reshape(x, [x.shape[i] for i in stay]), tuple([labels[i] for i in stay])


def _summed(x: Any, labels: Labels, wanted: set[str]) -> tuple[Any, Labels]:
    """Sum over the labels that nobody wants any more."""
    gone = [i for i, label in enumerate(labels) if label not in wanted]
    if not gone:
        return x, labels
    return sum(x, gone), tuple([label for label in labels if label in wanted])


def _cheapest(
    pool: list[tuple[Any, Labels]], result: Labels, sizes: dict[str, int]
) -> tuple[int, int]:
    """The pair whose product is the smallest beside its factors: the greedy path of opt_einsum."""
    best, found = None, (0, 1)
    for i in range(len(pool)):
        for j in range(i + 1, len(pool)):
            rest = {label for k, (_, ls) in enumerate(pool) if k not in (i, j) for label in ls}
            both = set(pool[i][1]) | set(pool[j][1])
            made = prod([sizes[label] for label in both & rest.union(result)])
            work = prod([sizes[label] for label in both])
            rank = made - _count(pool[i][0]) - _count(pool[j][0]), work
            if best is None or rank < best:
                best, found = rank, (i, j)
    return found


def _pair(a: Any, la: Labels, b: Any, lb: Labels, wanted: set[str]) -> tuple[Any, Labels]:
    """The product of two operands, summed over what they share and nobody else wants."""
    a, la = _summed(a, la, wanted.union(lb))
    b, lb = _summed(b, lb, wanted.union(la))
    shared = [label for label in la if label in lb]
    batch = [label for label in shared if label in wanted]
    depth = [label for label in shared if label not in wanted]
    rows = [label for label in la if label not in shared]
    columns = [label for label in lb if label not in shared]
    size = {**dict(zip(la, a.shape, strict=True)), **dict(zip(lb, b.shape, strict=True))}
    batches, k = [size[label] for label in batch], prod([size[label] for label in depth])
    n, m = prod([size[label] for label in rows]), prod([size[label] for label in columns])
    a = permute(a, [la.index(label) for label in (*batch, *rows, *depth)])
    b = permute(b, [lb.index(label) for label in (*batch, *depth, *columns)])
    if depth:
        y = matmul(reshape(a, (*batches, n, k)), reshape(b, (*batches, k, m)))
    else:  # nothing is summed: an outer product
        y = mul(reshape(a, (*batches, n, 1)), reshape(b, (*batches, 1, m)))
    made = (*batch, *rows, *columns)
    return reshape(y, [size[label] for label in made]), made


def _count(x: Any) -> int:
    return prod(x.shape)
