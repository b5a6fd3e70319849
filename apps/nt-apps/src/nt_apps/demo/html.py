"""What several tabs draw with: bars of probabilities, maps of numbers as pictures, things to pick.

Everything is a string of HTML. Words that a model or a person wrote are escaped.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray

__all__ = ["Bar", "PICK", "bars", "coloured", "message", "percent", "pick", "picture", "shown"]

Bar = tuple[str, float, float | None]  # a label, a share, and the share before, if there is one

# In the page: what is clicked inside becomes the component's value. See `pick`.
PICK = """
element.addEventListener("click", event => {
  const picked = event.target.closest("[data-pick]");
  if (picked) { props.value = picked.dataset.pick; trigger("select"); }
});
"""


def bars(rows: Iterable[Bar], label: str) -> str:
    """Shares of one whole as bars; the faint one behind is what the share was before.

    Every row says `data-share`, the exact number, for whoever reads the page with a program.

    Args:
        rows: a label, the share from 0 to 1, and the share before or None.
        label: what all of them are, for whoever cannot see them.

    Example:
        >>> bars([("yes", 0.75, 0.5), ("no", 0.25, 0.5)], "answers").count('role="listitem"')
        2
    """
    made = []
    for name, share, before in rows:
        faint = "" if before is None else f'<i class="nt-before" style="width:{before:.2%}"></i>'
        title = f"{name}: {share:.4%}" + ("" if before is None else f", {before:.4%} before")
        made.append(
            f'<div class="nt-bar" role="listitem" data-share="{share!r}" title="{escape(title)}">'
            f'<span class="nt-label">{escape(name)}</span><span class="nt-track">{faint}'
            f'<i class="nt-now" style="width:{share:.2%}"></i></span>'
            f'<span class="nt-percent">{percent(share)}</span></div>'
        )
    return f'<div class="nt-bars" role="list" aria-label="{escape(label)}">{"".join(made)}</div>'


def percent(share: float) -> str:
    """A share in as few signs as tell it.

    Example:
        >>> percent(0.5), percent(0.01234), percent(1e-9), percent(0.0)
        ('50.0 %', '1.23 %', '<0.01 %', '0 %')
    """
    if share == 0:
        return "0 %"
    if share < 1e-4:
        return "<0.01 %"
    return f"{share * 100:.{2 if share < 0.1 else 1}f} %"


def shown(piece: str) -> str:
    r"""A piece of text as a label: what is white is made visible.

    Example:
        >>> shown(" the"), shown("\n"), shown("")
        ('␣the', '↵', '∅')
    """
    for white, sign in ((" ", "␣"), ("\n", "↵"), ("\t", "⇥"), ("\r", "␍")):
        piece = piece.replace(white, sign)
    return piece or "∅"


def coloured(
    values: NDArray[Any], *, most: float | None = None, signed: bool = False
) -> NDArray[np.uint8]:
    """Numbers as colours: from nothing (dark) to the most (bright), or around zero (white).

    Args:
        values: (rows, columns).
        most: what has the last colour; the largest there is if None.
        signed: whether there are numbers against as well as for.

    Returns:
        (rows, columns, 3).

    Example:
        >>> coloured(np.array([[0.0, 1.0]])).tolist()
        [[[68, 1, 84], [253, 231, 36]]]
    """
    most = float(np.abs(values).max()) if most is None else most
    share = values / (most or 1.0)
    share = (share + 1) / 2 if signed else share
    painted = colormaps["RdBu_r" if signed else "viridis"](np.clip(share, 0, 1), bytes=True)
    return np.asarray(painted[..., :3], np.uint8)


def picture(pixels: NDArray[np.uint8], alt: str, kind: str = "nt-pixels") -> str:
    """Pixels (rows, columns) or (rows, columns, 1 or 3) as an image inside the page.

    Args:
        pixels: bytes; one channel is grey.
        alt: what it shows, in words.
        kind: its class of style.

    Example:
        >>> picture(np.zeros((2, 2), np.uint8), "nothing").startswith('<img class="nt-pixels" alt=')
        True
    """
    return f'<img class="{kind}" alt="{escape(alt)}" src="{address(pixels)}">'


def address(pixels: NDArray[np.uint8]) -> str:
    """The pixels as a `data:` address of a PNG."""
    from PIL import Image

    flat = pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
    file = BytesIO()
    Image.fromarray(flat).save(file, "PNG")
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"


def pick(value: str, inside: str, label: str, *, chosen: bool = False) -> str:
    """A button: inside a component with `PICK`, clicking it makes `value` the component's value.

    Example:
        >>> pick("0.1", "…", "layer 0, head 1", chosen=True)[:56]
        '<button type="button" class="nt-pick" data-pick="0.1" ar'
    """
    return (
        f'<button type="button" class="nt-pick" data-pick="{escape(value)}" '
        f'aria-pressed="{"true" if chosen else "false"}" aria-label="{escape(label)}" '
        f'title="{escape(label)}">{inside}</button>'
    )


def message(text: str) -> str:
    """A sentence in the place of what cannot be shown.

    Example:
        >>> message("a < b")
        '<p class="nt-message" role="status">a &lt; b</p>'
    """
    return f'<p class="nt-message" role="status">{escape(text)}</p>'


def grid(rows: Sequence[Sequence[str]], names: Sequence[str], kind: str) -> str:
    """Rows of things, each row with its name."""
    made = "".join(
        f'<div class="nt-row"><span class="nt-row-name">{escape(name)}</span>{"".join(row)}</div>'
        for name, row in zip(names, rows, strict=True)
    )
    return f'<div class="{kind}">{made}</div>'
