"""Who looks on while ops run: anomaly detection and the counting of costs.

Nobody, usually: an op then asks one question, whether `watchers` is empty.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from nt_tensor import is_array

from .tape import Node, no_grad
from .tensor import Tensor

__all__ = ["Watcher", "ran", "seen", "watched_by", "watchers", "went_back"]


class Watcher(Protocol):
    """Somebody who looks on."""

    inside_rules: bool  # whether the ops that backward rules are made of are to be shown too

    def ran(self, op: Any, arrays: tuple[Any, ...], params: dict[str, Any], y: Any) -> None:
        """An op made `y` (an array, or a tuple of them) of arrays and parameters."""

    def went_back(self, node: Node, g: Any, gradients: tuple[Any, ...]) -> None:
        """A node's backward rule made gradients of `g`."""


watchers: tuple[Watcher, ...] = ()  # in all threads
_lock = threading.Lock()


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Show the ops of all threads to `watcher`."""
    global watchers
    with _lock:
        watchers = (*watchers, watcher)
    try:
        yield
    finally:
        with _lock:
            at = next(i for i, each in enumerate(watchers) if each is watcher)
            watchers = watchers[:at] + watchers[at + 1 :]


def ran(op: Any, arrays: tuple[Any, ...], params: dict[str, Any], y: Any) -> None:
    """Tell everybody that an op ran."""
    for watcher in watchers:
        watcher.ran(op, arrays, params, y)


def went_back(node: Node, g: Any, gradients: tuple[Any, ...]) -> None:
    """Tell everybody that a backward rule ran."""
    for watcher in watchers:
        watcher.went_back(node, g, gradients)


def seen(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The backward rule in such a form that the ops in it are shown, where somebody wants them.

    On arrays, ops run unseen; so the rule gets tensors and gives its gradients as arrays again.
    """
    if not any(watcher.inside_rules for watcher in watchers):
        return rule

    def shown(*arguments: Any) -> Any:
        with no_grad():
            gradients = rule(*[_wrapped(each) for each in arguments])
        return _unwrapped(gradients)

    return shown


def _wrapped(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple([_wrapped(each) for each in value])
    return Tensor(value) if is_array(value) else value


def _unwrapped(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple([_unwrapped(each) for each in value])
    return value.data if isinstance(value, Tensor) else value
