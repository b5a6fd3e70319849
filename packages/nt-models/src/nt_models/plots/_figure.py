"""What all plots share: an empty figure, arrays out of tensors, tokens as labels."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

from nt_autograd import Tensor
from nt_tensor import to_numpy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIGNS = {"\n": "↵", "\t": "→", "\r": "←", " ": "·"}


def figure(width: float, height: float, title: str) -> Figure:
    """An empty figure, in inches.

    Raises:
        ImportError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as missing:
        raise ImportError(
            'plots are drawn with matplotlib: pip install "nt-models[plots]"'
        ) from missing
    made = Figure(figsize=(width, height), layout="constrained")
    if title:
        made.suptitle(title, parse_math=False)
    return made


def array(x: Any) -> Any:
    """A tensor, or an array of any library, as a NumPy array."""
    if not isinstance(x, Tensor):
        return to_numpy(x)
    x = x.detach()
    return (x if str(x.dtype) != "bfloat16" else x.float()).numpy()


def one_sample(name: str, x: Any, ndim: int, sample: int) -> Any:
    """An array of `ndim` axes; of one more, the batch's, sample number `sample`.

    Raises:
        ValueError: it has other axes, or fewer samples.
    """
    values = array(x)
    if values.ndim == ndim + 1:
        if not 0 <= sample < values.shape[0]:
            raise ValueError(f"sample ({sample}) must be below the batch of {values.shape[0]}")
        values = values[sample]
    if values.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} axes, or a batch in front: got {values.shape}")
    return values


def visible(token: Any) -> str:
    """A token as a label in which blanks can be seen."""
    return "".join(SIGNS.get(c, c if c.isprintable() else "\ufffd") for c in str(token))


def check_labels(name: str, labels: Sequence[Any] | None, length: int) -> list[str]:
    """Labels of an axis, positions where there are none.

    Raises:
        ValueError: there is another number of them.
    """
    if labels is None:
        return [str(i) for i in range(length)]
    if len(labels) != length:
        raise ValueError(f"{name}: {len(labels)} labels do not fit an axis of {length}")
    return [visible(each) for each in labels]


def label_axes(axes: Axes, rows: Sequence[str], columns: Sequence[str], room: float) -> None:
    """Label an image's rows and columns, as many as are legible on `room` inches."""
    most = max(2, int(room / 0.14))
    for axis, labels, turned in ((axes.xaxis, columns, True), (axes.yaxis, rows, False)):
        step = ceil(len(labels) / most)
        at = list(range(0, len(labels), step))
        upright = max(len(labels[i]) for i in at) * len(at) * 0.08 > room
        axis.set_ticks(
            at,
            [labels[i] for i in at],
            fontsize=7,
            parse_math=False,
            rotation=90 if turned and upright else 0,
        )
