"""AveragedModel: a second set of weights, the mean of those that training passes through."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

from nt_autograd import Tensor, no_grad

from .module import Module
from .parameter import Buffer


class AveragedModel(Module):
    r"""A copy of a model whose weights are averages over the steps of a training.

    Without a decay, the mean of all updates, as in stochastic weight averaging; with one, the
    exponential moving average:

    $$\bar\theta_n = \bar\theta_{n-1} + \frac{\theta - \bar\theta_{n-1}}{n}, \qquad
    \bar\theta_n = d \, \bar\theta_{n-1} + (1 - d) \, \theta$$

    The first update copies. Averages are kept in the parameters' dtype and need no gradients. The
    wrapped copy is `module`; its state is part of this module's `state_dict`, with `n_averaged`.

    Args:
        model: whose weights are averaged; it is copied.
        decay: $d$; None for the mean of all.
        use_buffers: average the buffers with floats too (batch normalisation's statistics), and
            copy the others; False leaves them as they were, to be set with `update_bn`.

    Raises:
        ValueError: unless 0 <= `decay` < 1.

    Example:
        >>> from nt_nn import Linear, init
        >>> model = Linear(1, 1, bias=False)
        >>> averaged = AveragedModel(model, decay=0.9)
        >>> for value in (1.0, 2.0):
        ...     _ = init.constant_(model.weight, value)  # where a training step would be
        ...     averaged.update_parameters(model)
        >>> round(averaged.module.weight.item(), 4)
        1.1

    Source: Izmailov et al., Averaging weights leads to wider optima and better generalization
        (2018); Polyak and Juditsky (1992); PyTorch's `torch.optim.swa_utils.AveragedModel`.
    """

    def __init__(
        self, model: Module, decay: float | None = None, *, use_buffers: bool = False
    ) -> None:
        if decay is not None and not 0 <= decay < 1:
            raise ValueError(f"decay ({decay}) must be at least 0 and smaller than 1, or None")
        self.module = deepcopy(model).requires_grad_(False)
        self.decay = decay
        self.use_buffers = use_buffers
        self.n_averaged = Buffer(0)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged weights answer."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the weights of `model` into the average; call it after `optimizer.step()`.

        Raises:
            ValueError: the model has other parameters or buffers than the one that was copied.
        """
        count = int(self.n_averaged.item())
        share = 1.0 / (count + 1) if self.decay is None or not count else 1.0 - self.decay
        with no_grad():
            for own, new in _pairs(self.module, model, self.use_buffers):
                if own.dtype.kind == "float" and count:
                    own.copy_(own + (new.detach() - own) * share)
                else:
                    own.copy_(new.detach())
            self.n_averaged.copy_(self.n_averaged + 1)

    def extra_repr(self) -> str:
        """The decay."""
        return f"decay={self.decay}, use_buffers={self.use_buffers}"


def _pairs(own: Module, other: Module, with_buffers: bool) -> Iterable[tuple[Tensor, Tensor]]:
    """The tensors of two models that belong together."""

    def named(module: Module) -> dict[str, Tensor]:
        found: dict[str, Tensor] = dict(module.named_parameters())
        return found | dict(module.named_buffers()) if with_buffers else found

    mine, theirs = named(own), named(other)
    shapes = [{name: x.shape for name, x in each.items()} for each in (mine, theirs)]
    if shapes[0] != shapes[1]:
        differing = sorted(set(shapes[0].items()) ^ set(shapes[1].items()))
        raise ValueError(
            "model must have the parameters of the one that was copied; they differ in "
            + ", ".join(f"{name} {shape}" for name, shape in differing)
        )
    return [(mine[name], theirs[name]) for name in mine]


def update_bn(
    batches: Iterable[Any], model: Module, call: Callable[[Module, Any], Any] | None = None
) -> None:
    """Compute batch normalisation's running statistics anew, by one pass over data.

    Averaged weights were never run on data, so their statistics are not known. Each is set to the
    mean over all batches; no other part of the model changes.

    Args:
        batches: inputs of the model.
        model: with modules that have `running_mean`, `running_var` and `momentum`.
        call: how to call the model with a batch; None for `model(batch)`.

    Example:
        >>> from nt_autograd import tensor
        >>> from nt_nn import BatchNorm1d
        >>> norm = BatchNorm1d(1)
        >>> update_bn([tensor([[0.0], [4.0]]), tensor([[2.0], [6.0]])], norm)
        >>> norm.running_mean.tolist()
        [3.0]

    Source: Izmailov et al. (2018), section 3.2; PyTorch's `torch.optim.swa_utils.update_bn`.
    """
    norms: list[Any] = [
        module for module in model.modules() if getattr(module, "running_mean", None) is not None
    ]
    if not norms:
        return
    modes = {id(module): module.training for module in model.modules()}
    momenta = [norm.momentum for norm in norms]
    try:
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the mean of all
        model.train()
        with no_grad():
            for batch in batches:
                model(batch) if call is None else call(model, batch)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        for module in model.modules():
            module.training = modes[id(module)]
