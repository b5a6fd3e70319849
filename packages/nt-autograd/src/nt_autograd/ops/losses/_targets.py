"""What the losses of classes demand of inputs, targets and class weights."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from nt_tensor import batching, namespace

from .._floating import check_floating
from ._reduction import array_of

__all__ = ["Labelled", "check_labels", "class_axis", "class_weights", "labelled"]


class Labelled(NamedTuple):
    """Scores of classes and their labels, with one axis for all that are not classes or samples."""

    scores: Any  # (N, classes) or (N, classes, D)
    labels: Any  # an array (N,) or (N, D)
    shape: tuple[int, ...]  # of the target as it came
    all_count: bool  # whether no label is ignored


def labelled(input: Any, target: Any, ignore_index: int | None) -> Labelled:
    """Check scores (classes,), (N, classes) or (N, classes, d1, …) and the labels that belong.

    Raises:
        ValueError: shapes that do not fit.
        IndexError: a label that is no class.
        TypeError: labels that are not integers, an input that is not floating-point.
    """
    check_floating("input", array_of("input", input))
    labels = array_of("target", target)
    axis = class_axis(input)
    n, classes = math.prod(input.shape[:axis]), input.shape[axis]
    shape = (*input.shape[:axis], *input.shape[axis + 1 :])
    if tuple(labels.shape) != shape:
        raise ValueError(
            f"target must have shape {shape} for input {tuple(input.shape)}, "
            f"got {tuple(labels.shape)}"
        )
    all_count = check_labels(labels, classes, ignore_index)
    if input.ndim == 2:
        return Labelled(input, labels, shape, all_count)
    rest = (math.prod(shape[1:]),) if input.ndim > 2 else ()
    scores = input.reshape((n, classes, *rest))
    return Labelled(scores, namespace(labels).reshape(labels, (n, *rest)), shape, all_count)


def class_axis(input: Any) -> int:
    """Which axis holds the classes.

    Raises:
        ValueError: none does.
    """
    if not input.ndim:
        raise ValueError("input must have a classes axis, got a 0-d tensor")
    return 0 if input.ndim == 1 else 1


def class_weights(weight: Any, input: Any) -> Any:
    """The array of class weights in the dtype of the array `input`; None for None.

    Raises:
        ValueError: there is not one a class.
        TypeError: it is neither a tensor nor an array.
    """
    if weight is None:
        return None
    weights, classes = array_of("weight", weight), input.shape[class_axis(input)]
    if tuple(weights.shape) != (classes,):
        raise ValueError(f"weight must have shape ({classes},), got {tuple(weights.shape)}")
    like = array_of("input", input).dtype
    return weights if weights.dtype == like else namespace(weights).astype(weights, like)


def check_labels(labels: Any, classes: int, ignore_index: int | None) -> bool:
    """Raise unless every label is a class, or the number that is ignored; whether none is ignored.

    Raises:
        IndexError: one is not; the message names it.
        TypeError: they are not integers.
    """
    labels = batching.whole(labels)
    xp = namespace(labels)
    if not xp.isdtype(labels.dtype, "integral"):
        raise TypeError(f"target must hold integers, got {labels.dtype}")
    if math.prod(labels.shape) == 0:
        return True
    if int(xp.max(labels)) < classes and int(xp.min(labels)) >= 0:
        return ignore_index is None or not 0 <= ignore_index < classes
    wrong = (labels < 0) | (labels >= classes)
    if ignore_index is not None:
        wrong = wrong & (labels != ignore_index)
    if bool(xp.any(wrong)):
        where = int(xp.argmax(xp.astype(xp.reshape(wrong, (-1,)), xp.int32)))
        value = int(xp.reshape(labels, (-1,))[where])
        raise IndexError(
            f"target {value} at position {where} is no class: there are {classes}, "
            f"0 to {classes - 1}"
        )
    return False
