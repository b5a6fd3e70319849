"""From settings to an optimizer and the schedule of its learning rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nt_autograd import Tensor
from nt_nn import Module
from nt_nn.optim import LAMB, SGD, Adafactor, AdamW, Lion, Muon, Optimizer
from nt_nn.schedules import OneCycleLR, Schedule, WarmupCosine, WarmupStableDecay

from nt_apps.train.config import TrainConfig

__all__ = ["Together", "make_optimizer", "make_schedule"]

Named = Sequence[tuple[str, Tensor]]


class Together(Optimizer):
    """Several optimizers as one, each for parameters of its own.

    Example:
        >>> from nt_nn import Linear
        >>> layer = Linear(2, 2)
        >>> both = Together([Muon([("w", layer.weight)]), AdamW([("b", layer.bias)])])
        >>> [len(group["params"]) for group in both.param_groups]
        [1, 1]
    """

    def __init__(self, parts: Sequence[Optimizer]) -> None:
        self.parts = list(parts)
        self.param_groups = [group for part in self.parts for group in part.param_groups]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop all gradients."""
        for part in self.parts:
            part.zero_grad(set_to_none)

    def step(self, closure: Any = None) -> Any:
        """Let each take its step."""
        for part in self.parts:
            part.step()

    def state_dict(self) -> dict[str, Any]:
        """The state of each, in order."""
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over the saved state of each.

        Raises:
            ValueError: there are not as many, or one does not fit.
        """
        if len(state["parts"]) != len(self.parts):
            raise ValueError(f"{len(state['parts'])} optimizers were saved, not {len(self.parts)}")
        for part, saved in zip(self.parts, state["parts"], strict=True):
            part.load_state_dict(saved)
        self.param_groups = [group for part in self.parts for group in part.param_groups]


def make_optimizer(config: TrainConfig, model: Module) -> Optimizer:
    """Make the optimizer that a config names.

    Only matrices are pulled towards zero: biases and gains are few and cannot overfit much. Muon
    takes the matrices inside of the network; embeddings, the head and vectors go to AdamW with the
    same rate, to which Muon's steps are scaled. Adafactor's rate is a share of each parameter's
    own size, and at most one over the root of the step; it has no use for the betas.

    Example:
        >>> from nt_nn import Linear
        >>> optimizer = make_optimizer(TrainConfig(optimizer="sgd"), Linear(2, 3))
        >>> [group["weight_decay"] for group in optimizer.param_groups]
        [0.1, 0.0]
    """
    named = list(model.named_parameters())
    betas = (config.beta1, config.beta2)
    if config.optimizer == "muon":
        inside = [(name, p) for name, p in named if p.ndim == 2 and _is_inside(name)]
        taken = {name for name, _ in inside}
        rest = _groups([pair for pair in named if pair[0] not in taken], config.weight_decay)
        beside = AdamW(rest, lr=config.lr, betas=betas)
        if not inside:
            return beside
        muon = Muon(inside, config.lr, config.weight_decay, adjust_lr_fn="match_rms_adamw")
        return Together([muon, beside])
    groups = _groups(named, config.weight_decay)
    if config.optimizer == "sgd":
        return SGD(groups, config.lr, config.beta1, nesterov=config.beta1 > 0)
    if config.optimizer == "adafactor":
        return Adafactor(groups, config.lr)
    kind: type[Any] = {"adamw": AdamW, "lion": Lion, "lamb": LAMB}[config.optimizer]
    optimizer: Optimizer = kind(groups, lr=config.lr, betas=betas)
    return optimizer


def make_schedule(config: TrainConfig, optimizer: Optimizer) -> Schedule:
    """Make the schedule that a config names.

    Example:
        >>> from nt_nn import Linear
        >>> config = TrainConfig(schedule="linear", steps=10, warmup=2, lr=0.8, min_lr=0.0)
        >>> schedule = make_schedule(config, SGD(Linear(1, 1).parameters(), lr=0.8))
        >>> [round(schedule.lr_at(step, 0.8), 2) for step in (0, 1, 2, 6, 10)]
        [0.0, 0.4, 0.8, 0.4, 0.0]
    """
    steps, warmup, low = config.steps, config.warmup, config.min_lr
    if config.schedule == "one-cycle":
        rise = max(warmup, 1) / steps
        return OneCycleLR(optimizer, config.lr, steps, rise, cycle_momentum=False)
    if config.schedule == "cosine":
        return WarmupCosine(optimizer, warmup, steps, low)
    down = {"linear": steps - warmup, "wsd": round(config.cooldown * steps), "constant": 1}
    # A constant rate is a plateau whose end lies behind the last step.
    total = steps + 1 if config.schedule == "constant" else steps
    decay = min(max(1, down[config.schedule]), total - warmup)
    return WarmupStableDecay(optimizer, warmup, total, decay, low)


def _is_inside(name: str) -> bool:
    return not any(part.startswith("head") or "embedding" in part for part in name.split("."))


def _groups(named: Named, decay: float) -> list[dict[str, Any]]:
    matrices = [(name, p) for name, p in named if p.ndim >= 2]
    vectors = [(name, p) for name, p in named if p.ndim < 2]
    pairs = ((matrices, decay), (vectors, 0.0))
    return [{"params": params, "weight_decay": each} for params, each in pairs if params]
