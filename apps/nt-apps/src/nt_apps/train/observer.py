"""A place beside the loop for whoever wants to look at gradients, updates and activations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nt_nn import Module

__all__ = ["Observer"]


class Observer:
    """Sees every step of a run; derive from it and define what is needed.

    The loop calls nothing where there are no observers, so they cost nothing when absent. They must
    not change what they see, nor draw from the default generator. What they return joins the line
    of metrics.

    Example:
        >>> class WeightSize(Observer):
        ...     def begins(self, model):
        ...         self.weights = dict(model.named_parameters())
        ...     def stepped(self, step):
        ...         return {"size": max(float(w.abs().max()) for w in self.weights.values())}
    """

    def begins(self, model: Module) -> None:
        """The run begins or goes on: the place to put hooks on the model's modules."""

    def measured(self, step: int) -> None:
        """The gradients of this step are there, unscaled and not yet clipped; weights are old."""

    def stepped(self, step: int) -> Mapping[str, Any]:
        """The weights have changed. Gives numbers (or dicts of them) for this step's metrics."""
        return {}

    def noted(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """All that this step measured, loss and rate too. Gives what is to stand there besides."""
        return {}

    def ends(self) -> None:
        """The run ends, in whatever way: the place to take hooks off."""
