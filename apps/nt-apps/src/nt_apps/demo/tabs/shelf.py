"""The models of a tab: chosen by their labels, loaded when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Generic, TypeVar

from nt_apps.demo.models import Found
from nt_apps.errors import UserError

__all__ = ["Shelf", "quietly"]

T = TypeVar("T")


class Shelf(Generic[T]):
    """What `open_one` makes of each model, once.

    Args:
        models: at least one.
        open_one: loads a model.
    """

    def __init__(self, models: Sequence[Found], open_one: Callable[[Found], T]) -> None:
        self.models = dict(zip(labels(models), models, strict=True))
        self.open_one = open_one
        self.opened: dict[str, T] = {}
        self.lock = Lock()

    @property
    def first(self) -> T:
        """The first model; those before it that cannot be opened are left out.

        Raises:
            UserError: there is none, or one that a person asked for cannot be opened; says why.
        """
        for label, found in [*self.models.items()]:
            try:
                return self._open(label)
            except UserError:
                if found.named or len(self.models) == 1:
                    raise
                del self.models[label]
        raise UserError("there is no model")

    def get(self, label: str) -> T:
        """The model of that label; where it cannot be opened, the page says why."""
        import gradio as gr

        try:
            return self._open(label)
        except UserError as error:
            raise gr.Error(str(error), print_exception=False) from error

    def _open(self, label: str) -> T:
        with self.lock:
            if label not in self.opened:
                self.opened[label] = self.open_one(self.models[label])
            return self.opened[label]

    def dropdown(self) -> Any:
        """The choice between them."""
        import gradio as gr

        return gr.Dropdown([*self.models], label="model", filterable=False, min_width=240)


def labels(models: Sequence[Found]) -> list[str]:
    """A label for each model; where two would be the same, the folders are told whole.

    Example:
        >>> from pathlib import Path
        >>> one, other = Found(Path("a/run"), "text", "gpt2"), Found(Path("b/run"), "text", "gpt2")
        >>> labels([one]), labels([one, other])
        (['run (gpt2)'], ['a/run (gpt2)', 'b/run (gpt2)'])
    """
    short = [each.label for each in models]
    return [
        name if short.count(name) == 1 else f"{each.folder.as_posix()} ({each.kind})"
        for name, each in zip(short, models, strict=True)
    ]


def quietly(tab: str) -> dict[str, Any]:
    """How all events of a tab are handled: one after the other, so that the last word is the last.

    Example:
        >>> quietly("text")["concurrency_id"], quietly("text")["concurrency_limit"]
        ('nt-text', 1)
    """
    return {
        "show_progress": "hidden", "api_visibility": "private",
        "concurrency_id": f"nt-{tab}", "concurrency_limit": 1,
    }  # fmt: skip
