"""GradScaler: a factor on the loss that keeps float16's gradients from vanishing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nt_autograd import Tensor, isfinite, no_grad

from .optim import Optimizer

_STATE = ("scale", "growth_factor", "backoff_factor", "growth_interval", "_growth_tracker")


class GradScaler:
    r"""Multiplies the loss, divides the gradients, and looks for the largest factor that works.

    Gradients below $6 \cdot 10^{-8}$ are zero in float16; multiplied by $s$ on the way back they
    are not. If a gradient is infinite or NaN, the step is left out and $s$ falls; after a number of
    steps without that it rises.

        for x, y in batches:
            with autocast("float16"):
                loss = cross_entropy(model(x), y)
            optimizer.zero_grad()
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)               # only where gradients are clipped
            clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(optimizer)
            scaler.update()

    Args:
        init_scale: $s$ at first.
        growth_factor: what $s$ is multiplied with after `growth_interval` good steps.
        backoff_factor: what $s$ is multiplied with after a bad one.
        growth_interval: how many.
        enabled: False makes all of it do nothing: `step` is `optimizer.step()`.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> from nt_autograd import tensor
        >>> from nt_nn import Parameter
        >>> from nt_nn.optim import SGD
        >>> w = Parameter([1.0])
        >>> optimizer, scaler = SGD([w], lr=0.5), GradScaler(init_scale=1024.0)
        >>> scaler.scale((w * w).sum()).backward()
        >>> w.grad.item()
        2048.0
        >>> scaler.step(optimizer), scaler.update()
        (True, None)
        >>> w.item()
        0.0

    Source: Micikevicius et al., Mixed precision training (2018), section 3.2; PyTorch's
        `torch.amp.GradScaler`.
    """

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if not init_scale > 0:
            raise ValueError(f"init_scale ({init_scale}) must be larger than 0")
        if not growth_factor > 1:
            raise ValueError(f"growth_factor ({growth_factor}) must be larger than 1")
        if not 0 < backoff_factor < 1:
            raise ValueError(f"backoff_factor ({backoff_factor}) must lie between 0 and 1")
        if growth_interval < 1:
            raise ValueError(f"growth_interval ({growth_interval}) must be at least 1")
        self.enabled = enabled
        self.growth_factor = growth_factor
        self.backoff_factor = backoff_factor
        self.growth_interval = growth_interval
        self._scale = float(init_scale)
        self._growth_tracker = 0
        self._finite: dict[int, bool] = {}  # by optimizer, once its gradients are unscaled

    def get_scale(self) -> float:
        """The factor in use; 1 where the scaler is switched off."""
        return self._scale if self.enabled else 1.0

    def scale(self, loss: Tensor) -> Tensor:
        """The loss times the factor, for `backward`."""
        return loss * self._scale if self.enabled else loss

    def unscale_(self, optimizer: Optimizer) -> None:
        """Divide the gradients of an optimizer's parameters by the factor, once a step.

        Raises:
            RuntimeError: they were divided already since the last `update`.
        """
        if not self.enabled:
            return
        if id(optimizer) in self._finite:
            raise RuntimeError("unscale_ was called for this optimizer since the last update()")
        finite = True
        with no_grad():
            for group in optimizer.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        parameter.grad = parameter.grad * (1.0 / self._scale)
                        finite = finite and bool(isfinite(parameter.grad).all().item())
        self._finite[id(optimizer)] = finite

    def step(self, optimizer: Optimizer) -> bool:
        """Step, unless a gradient is infinite or NaN; tell whether it did.

        Gradients are divided by the factor first, if `unscale_` has not done so.
        """
        if not self.enabled:
            optimizer.step()
            return True
        if id(optimizer) not in self._finite:
            self.unscale_(optimizer)
        finite = self._finite[id(optimizer)]
        if finite:
            optimizer.step()
        return finite

    def update(self) -> None:
        """Let the factor fall after a step that was left out, or rise after many that were not.

        Raises:
            RuntimeError: no optimizer has stepped since the last `update`.
        """
        if not self.enabled:
            return
        if not self._finite:
            raise RuntimeError("update() comes after step(); no optimizer has stepped since")
        if all(self._finite.values()):
            self._growth_tracker += 1
            if self._growth_tracker == self.growth_interval:
                self._scale *= self.growth_factor
                self._growth_tracker = 0
        else:
            self._scale *= self.backoff_factor
            self._growth_tracker = 0
        self._finite.clear()

    def state_dict(self) -> dict[str, Any]:
        """What a resumed training needs; empty where the scaler is switched off."""
        if not self.enabled:
            return {}
        values = (self._scale, self.growth_factor, self.backoff_factor, self.growth_interval)
        return dict(zip(_STATE, (*values, self._growth_tracker), strict=True))

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state.

        Raises:
            ValueError: it lacks something.
        """
        if not self.enabled:
            return
        if missing := [name for name in _STATE if name not in state]:
            raise ValueError(f"a scaler's state has no {' and no '.join(missing)}")
        self._scale = float(state["scale"])
        self.growth_factor = float(state["growth_factor"])
        self.backoff_factor = float(state["backoff_factor"])
        self.growth_interval = int(state["growth_interval"])
        self._growth_tracker = int(state["_growth_tracker"])
