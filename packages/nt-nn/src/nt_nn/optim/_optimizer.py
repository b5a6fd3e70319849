"""Optimizer: parameter groups, their options and their state; an optimizer proper adds one rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeAlias

from nt_autograd import Tensor, enable_grad, no_grad, writes
from nt_tensor import Array, zeros_like

from ._options import Ranges, check_options, check_parameter
from ._state import load, save
from ._update import evaluate, writable

Parameters: TypeAlias = Iterable[Any]
"""Parameters, pairs (name, parameter), or groups: dicts with such `params` and further options."""


class Optimizer:
    """Goes over the parameters that have a gradient and lets `update` change each one.

    A subclass gives its options' defaults to `__init__` and writes `update`. Options can differ by
    group. What is remembered for a parameter has its dtype, or float32 if that is only 16 bits
    wide: squares of small gradients would vanish there.

    Gradients add up until `zero_grad`. So a batch that does not fit is taken in n parts, each
    part's loss divided by n: n times forward and `backward`, then one `step`.

    Args:
        params: parameters, as `model.parameters()` gives; or with names, as
            `model.named_parameters()`; or dicts `{"params": parameters, option: value, ...}`, one a
            group. Names make saved states readable and independent of order; without them
            parameters are named by their position.
        defaults: the options, and their values for groups that do not say.

    Raises:
        ValueError: there are no parameters, one comes twice, or an option does not exist or fit.
        TypeError: something that is no float tensor, or is the result of recorded ops, stands among
            the parameters.

    Attributes:
        param_groups: a dict a group: `params` (a list) and the group's options, which may be
            changed at any time.
        state: what the optimizer remembers for each parameter.

    Example:
        >>> from nt_nn import Parameter
        >>> class SignDescent(Optimizer):
        ...     def __init__(self, params, lr):
        ...         super().__init__(params, {"lr": lr})
        ...     def update(self, param, grad, state, group):
        ...         return param - group["lr"] * (2.0 * (grad > 0) - 1.0)
        >>> x = Parameter([3.0])
        >>> optimizer = SignDescent([x], lr=0.5)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x.tolist()
        [2.5]

    Source: PyTorch's `torch.optim.Optimizer`.
    """

    _ranges: ClassVar[Ranges] = {}  # of options that mean something else elsewhere

    def __init__(self, params: Parameters, defaults: dict[str, Any]) -> None:
        self.defaults = {"maximize": False, **defaults}
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        self._names: dict[Tensor, str] = {}
        if isinstance(params, Tensor | Mapping):
            kind = type(params).__name__
            raise TypeError(f"params must be an iterable of parameters or groups, not a {kind}")
        given = list(params)
        if not given:
            raise ValueError(f"{type(self).__name__} got no parameters")
        groups = given if isinstance(given[0], Mapping) else [{"params": given}]
        for group in groups:
            self.add_param_group(group)

    def update(
        self, param: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> Array:
        """Give the parameter's array after the step, and bring `state` up to date."""
        raise NotImplementedError(f"{type(self).__name__} defines no update")

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Take in further parameters, with options of their own.

        Args:
            group: `params`, and options that differ from the defaults.

        Raises:
            ValueError: a parameter is in a group already, or an option does not exist or fit.
            TypeError: something else than a parameter stands in `params`.

        Example:
            >>> from nt_nn import Linear
            >>> from nt_nn.optim import SGD
            >>> optimizer = SGD(Linear(1, 1).parameters(), lr=0.1)
            >>> optimizer.add_param_group({"params": Linear(1, 1).parameters(), "lr": 0.01})
            >>> [group["lr"] for group in optimizer.param_groups]
            [0.1, 0.01]
        """
        options = {**self.defaults, **{k: v for k, v in group.items() if k != "params"}}
        if unknown := sorted(set(options) - set(self.defaults) - {"initial_lr"}):
            known = ", ".join(self.defaults)
            raise ValueError(
                f"{type(self).__name__} has no option {', '.join(unknown)}; its options are {known}"
            )
        check_options(options, self._ranges)
        params = group["params"]
        found: dict[Tensor, str] = {}
        for entry in [params] if isinstance(params, Tensor) else params:
            place = len(self._names) + len(found)
            name, parameter = entry if isinstance(entry, tuple) else (str(place), entry)
            check_parameter(name, parameter)
            if parameter in self._names or parameter in found:
                raise ValueError(f"parameter {name} is given to {type(self).__name__} twice")
            if name in self._names.values() or name in found.values():
                raise ValueError(f"two parameters of {type(self).__name__} are named {name}")
            found[parameter] = name
        self._names.update(found)
        self.param_groups.append({"params": list(found), **options})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop all gradients; with `set_to_none=False`, fill them with zeros.

        Example:
            >>> from nt_nn import Parameter
            >>> from nt_nn.optim import SGD
            >>> x = Parameter([1.0])
            >>> x.sum().backward()
            >>> SGD([x]).zero_grad()
            >>> x.grad is None
            True
        """
        for parameter in self._names:
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad = Tensor(zeros_like(parameter.grad.data))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient.

        Args:
            closure: computes the loss and its gradients anew, called before the step.

        Returns:
            What `closure` returned; None without one.

        Example:
            >>> from nt_nn import Parameter
            >>> from nt_nn.optim import SGD
            >>> x, still = Parameter([1.0]), Parameter([1.0])
            >>> x.sum().backward()
            >>> SGD([x, still], lr=0.5).step()
            >>> x.item(), still.item()
            (0.5, 1.0)

            A batch of four rows in two parts:

            >>> from nt_tensor import zeros
            >>> w = Parameter([1.0, 1.0])
            >>> batch = Tensor(zeros((4, 2)))
            >>> for part in batch[:2], batch[2:]:
            ...     ((w - part) ** 2).mean(0).sum().div(2).backward()
            >>> w.grad
            tensor([2., 2.])
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        changed = []
        with no_grad():
            for group in self.param_groups:
                maximize = group["maximize"]
                for parameter in group["params"]:
                    gradient = parameter.grad
                    if gradient is None:
                        continue
                    state = self.state.get(parameter)
                    if state is None:
                        state = self.state[parameter] = {}
                        parameter.data = writable(parameter.data)
                    array = -gradient.data if maximize else gradient.data
                    parameter.data = self.update(parameter.data, array, state, group)
                    writes.note(parameter.data)  # graphs that still need the old values are told
                    changed.append((parameter, state))
        evaluate(changed)
        return loss

    def state_dict(self) -> dict[str, Any]:
        """Everything a resumed optimizer needs: numbers and lists fit for JSON, and arrays.

        Returns:
            `state`: for each parameter's name, what is remembered for it; `param_groups`: each
            group's options and the names of its parameters. The arrays are the optimizer's own, not
            copies.

        Example:
            >>> from nt_nn import Linear
            >>> from nt_nn.optim import SGD
            >>> optimizer = SGD(Linear(1, 1).named_parameters(), lr=0.1)
            >>> optimizer.state_dict()["param_groups"][0]["params"]
            ['weight', 'bias']
        """
        return save(self.state, self.param_groups, self._names)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a saved state and options, or say what does not fit and take nothing.

        Raises:
            ValueError: the groups or their parameters are others, or arrays have other shapes; the
                message lists all.

        Example:
            >>> from nt_nn import Linear
            >>> from nt_nn.optim import SGD
            >>> model = Linear(1, 1)
            >>> first = SGD(model.named_parameters(), lr=0.1)
            >>> second = SGD(model.named_parameters(), lr=0.7)
            >>> second.load_state_dict(first.state_dict())
            >>> second.param_groups[0]["lr"]
            0.1
        """
        name, shape = type(self).__name__, self._state_shape
        load(name, state, self.state, self.param_groups, self._names, shape)

    def _state_shape(self, key: str, parameter: Tensor) -> tuple[int, ...]:
        """The shape of the array that the state holds for a parameter under this key."""
        return parameter.shape

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            options = ", ".join(f"{k}={v}" for k, v in group.items() if k != "params")
            lines.append(f"  group {i}: {len(group['params'])} parameters, {options}")
        return "\n".join([*lines, ")"])
