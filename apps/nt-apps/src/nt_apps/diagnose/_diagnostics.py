"""Diagnostics: the observer that reads a training every so many steps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from nt_autograd import Tensor
from nt_nn import Module
from rich.console import Console

from nt_apps.diagnose._history import History
from nt_apps.diagnose._inside import Inside
from nt_apps.diagnose._layers import Values, as_numpy, gradients_of, norms
from nt_apps.diagnose._plot import draw_diagnosis
from nt_apps.diagnose._rules import advise
from nt_apps.train.log import read_metrics
from nt_apps.train.observer import Observer
from nt_apps.train.run_folder import RunFolder

__all__ = ["Diagnostics"]


class Diagnostics(Observer):
    """Reads gradients, updates and activations of every so many steps, and of the first.

    Between readings it does nothing. A reading looks on while the step runs, copies the weights,
    and compares them with what they become.

    Args:
        every: steps from one reading to the next.
        run: the run folder: what was read before a resumption is there, and the plot goes there;
            None for a training without one.
        console: where advice is told at the end.

    Attributes:
        history: losses and readings so far.
        told: the advice so far: a rule's name -> what it said when it first had something to say.

    Example:
        >>> from nt_autograd import randn
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> model, seeing = Linear(3, 1), Diagnostics(every=1)
        >>> optimizer = SGD(model.parameters(), lr=0.1)
        >>> seeing.begins(model)
        >>> model(randn(8, 3)).square().mean().backward()
        >>> seeing.measured(1)
        >>> optimizer.step()
        >>> found = seeing.stepped(1)["diagnosis"]
        >>> sorted(found["gradient"]), 0 < found["update"]["weight"] < 1
        (['bias', 'weight'], True)
        >>> seeing.ends()

    Source: the quantities of Glorot and Bengio, Understanding the difficulty of training deep
        feedforward neural networks (2010), sections 3 and 4; the ratio of updates to weights:
        Karpathy, CS231n notes, Neural networks 3 (2015).
    """

    def __init__(
        self, every: int, run: RunFolder | None = None, console: Console | None = None
    ) -> None:
        self.every, self._run, self._console = every, run, console
        self.history = History()
        self._reading: dict[str, Any] | None = None
        self.told: dict[str, str] = {}

    def begins(self, model: Module) -> None:
        """Take up what was read before, and look at the coming step."""
        if self._run is not None and self._run.metrics.exists():
            before = read_metrics(self._run.metrics)
            self.history = History.of(before)
            for entry in before:
                self.told |= entry.get("advice", {})
        self._parameters: dict[str, Tensor] = dict(model.named_parameters())
        self._inside = Inside(model)
        self._inside.open()  # which step comes is not known yet

    def measured(self, step: int) -> None:
        """Read gradients, and keep the weights to see their update."""
        self._inside.close()
        if not self._is_due(step):
            return
        self._reading = {"gradient": _finite(norms(gradients_of(self._parameters)))}
        self._before: dict[str, Values] = {
            name: as_numpy(p.data).copy() for name, p in self._parameters.items()
        }

    def stepped(self, step: int) -> Mapping[str, Any]:
        """Give what was read of this step, and the advice that follows from all readings."""
        found: dict[str, Any] = {}
        if self._reading is not None:
            seen = {name: _finite(values) for name, values in self._inside.seen().items()}
            found = {"diagnosis": {**self._reading, "update": self._updates(), **seen}}
            self._reading, self._before = None, {}
        if self._is_due(step + 1):
            self._inside.open()
        return found

    def noted(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take in a step's whole line; gives the advice that there was none of before."""
        self.history.note(entry)
        if "diagnosis" not in entry or len(self.history.readings) < 2:  # one odd batch
            return {}
        new = {a.rule: a.text for a in advise(self.history) if a.rule not in self.told}
        self.told |= new
        return {"advice": new} if new else {}

    def ends(self) -> None:
        """Take the hooks off, draw, and tell the advice."""
        self._inside.close()
        if self._run is not None and self.history.readings:
            draw_diagnosis(self._run.path / "diagnosis.png", self.history)
        if self._console is not None:
            told = self.told or {each.rule: each.text for each in advise(self.history)}
            for text in told.values() or ["nothing that a rule warns of"]:
                self._console.print(f"diagnosis: {text}", markup=False, highlight=False)

    def _is_due(self, step: int) -> bool:
        return step == 1 or step % self.every == 0

    def _updates(self) -> dict[str, float | None]:
        """The norm of each layer's update by that of its weights before."""
        moved = norms(
            (name, as_numpy(p.data) - self._before[name]) for name, p in self._parameters.items()
        )
        sizes = norms(self._before.items())
        return _finite({layer: moved[layer] / size for layer, size in sizes.items() if size})


def _finite(values: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no infinity: what is not finite is None."""
    return {
        name: _finite(x) if isinstance(x, Mapping) else x if math.isfinite(x) else None
        for name, x in values.items()
    }
