"""LBFGS: steps by the curvature that past steps have shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nt_autograd import Tensor, concat, enable_grad, no_grad, writes, zeros_like
from nt_tensor import Array, astype, namespace

from ._curvature import direction, dot, learn
from ._line_search import Point, strong_wolfe
from ._optimizer import Optimizer, Parameters
from ._update import apply, memory_dtype, writable

Closure = Callable[[], Any]


def put(xp: Any, g: Array, p: Array) -> Any:
    """Take the other value."""
    return g


class LBFGS(Optimizer):
    r"""Limited-memory BFGS: Newton's method with a curvature learnt from the last steps.

    From the pairs $s_i = \theta_{i+1} - \theta_i$ and $y_i = g_{i+1} - g_i$ of the last
    `history_size` iterations, an approximation $H$ of the inverse Hessian is applied to the
    gradient of all parameters together by the two-loop recursion:

    $$\theta \leftarrow \theta - t \, H g, \qquad
    H_{i+1} = (1 - \rho_i s_i y_i^\top) H_i (1 - \rho_i y_i s_i^\top) + \rho_i s_i s_i^\top, \quad
    \rho_i = \frac{1}{y_i^\top s_i}, \quad H_0 = \frac{y^\top s}{y^\top y}$$

    One `step` makes up to `max_iter` iterations, and calls its closure for each. For losses without
    noise: the whole data set, no dropout.

    Args:
        params: parameters, named or not; there is one group only.
        lr: the step length $t$, or where the line search begins.
        max_iter: iterations of a step.
        max_eval: evaluations of a step, 1.25 `max_iter` if None.
        tolerance_grad: done when no element of the gradient is larger.
        tolerance_change: done when the loss and all elements of the step change less.
        history_size: how many pairs are remembered, two vectors each.
        line_search_fn: None for steps of length `lr`, or `"strong_wolfe"`.
        maximize: climb instead.

    Raises:
        ValueError: an option is out of its range, or there are several groups.

    Example:
        >>> from nt_nn import Parameter
        >>> x = Parameter([4.0, -2.0])
        >>> optimizer = LBFGS([x], line_search_fn="strong_wolfe")
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     loss = (x - 1.0).square().sum()
        ...     loss.backward()
        ...     return loss
        >>> optimizer.step(closure).item()  # the loss before the step
        18.0
        >>> x.detach().numpy().round(4)
        array([1., 1.], dtype=float32)

    Source: Nocedal, Updating quasi-Newton matrices with limited storage (1980); Nocedal and Wright,
        Numerical optimization (2006), algorithm 7.4; PyTorch's `torch.optim.LBFGS`.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1.0,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def add_param_group(self, group: Any) -> None:
        """Take in the parameters; all of them in one group, for they move together."""
        if self.param_groups:
            raise ValueError("LBFGS moves all parameters together: it takes one group, not several")
        super().add_param_group(group)

    def step(self, closure: Closure | None = None) -> Any:
        """Make up to `max_iter` iterations.

        Args:
            closure: clears the gradients, computes the loss, calls `backward` and returns the loss.

        Returns:
            The loss before the step.

        Raises:
            TypeError: there is no closure.

        Example:
            >>> from nt_nn import Parameter
            >>> x = Parameter([3.0])
            >>> optimizer = LBFGS([x], lr=0.1)
            >>> def closure():
            ...     optimizer.zero_grad()
            ...     loss = (x * x).sum()
            ...     loss.backward()
            ...     return loss
            >>> optimizer.step(closure).item()
            9.0
        """
        if closure is None:
            raise TypeError("LBFGS.step needs a closure that computes the loss and its gradients")
        with no_grad():
            return self._iterate(closure)

    def _iterate(self, closure: Closure) -> Any:
        group = self.param_groups[0]
        for p in group["params"]:
            p.data = writable(p.data)
        memory = self.state.setdefault(group["params"][0], {"func_evals": 0, "n_iter": 0})
        first, loss, g = self._evaluate(closure)
        memory["func_evals"] += 1
        spent = 1
        if _largest(g) <= group["tolerance_grad"]:
            return first
        for i in range(group["max_iter"]):
            memory["n_iter"] += 1
            if memory["n_iter"] == 1:
                d, t = -g, min(1.0, 1.0 / _sum_of_sizes(g)) * group["lr"]
                memory.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            else:
                learn(memory, g, group["history_size"])
                d, t = direction(memory, g), group["lr"]
            before = loss
            slope = dot(g, d)
            memory.update(d=d, t=t, prev_flat_grad=g, prev_loss=loss)
            if slope > -group["tolerance_change"]:
                break
            start = _flat([p.data for p in group["params"]])
            evaluations, last = 0, i + 1 == group["max_iter"]
            if group["line_search_fn"] is not None:

                def at(t: float, d: Array = d, start: Array = start) -> Point:
                    self._move(start, t, d)
                    _, loss, g = self._evaluate(closure)
                    return Point(t, loss, g, dot(g, d))

                point, evaluations = strong_wolfe(
                    at,
                    Point(0.0, loss, g, slope),
                    t,
                    _largest(d),
                    group["tolerance_change"],
                    group["max_eval"] - spent,
                )
                t, loss, g = point.t, point.loss, point.gradient
                self._move(start, t, d)
            else:
                self._move(start, t, d)
                if not last:  # in a noisy setting there is no use in knowing the loss here
                    _, loss, g = self._evaluate(closure)
                    evaluations = 1
            memory["t"] = t
            memory["func_evals"] += evaluations
            spent += evaluations
            if (
                last
                or spent >= group["max_eval"]
                or _largest(g) <= group["tolerance_grad"]
                or abs(t) * _largest(d) <= group["tolerance_change"]
                or abs(loss - before) < group["tolerance_change"]
            ):
                break
        return first

    def _evaluate(self, closure: Closure) -> tuple[Any, float, Array]:
        """What the closure returns, the loss to be lowered, and its gradient as one vector."""
        with enable_grad():
            value = closure()
        sign = -1.0 if self.param_groups[0]["maximize"] else 1.0
        gradients = []
        for p in self.param_groups[0]["params"]:
            g = zeros_like(p).data if p.grad is None else p.grad.data
            gradients.append(g)
        g = _flat(gradients)
        return value, sign * float(value), -g if sign < 0 else g

    def _move(self, start: Array, t: float, d: Array) -> None:
        """Put every parameter at its part of `start + t d`."""
        x, place = start + t * d, 0
        for p in self.param_groups[0]["params"]:
            part = x[place : place + p.numel()]
            p.data = apply(put, namespace(x).reshape(part, p.shape), p.data, {}, ())
            writes.note(p.data)
            place += p.numel()

    def _state_shape(self, key: str, parameter: Tensor) -> tuple[int, ...]:
        return (sum(p.numel() for p in self.param_groups[0]["params"]),)


def _flat(arrays: list[Array]) -> Array:
    """All elements as one new vector, at least in float32."""
    return concat([namespace(a).reshape(astype(a, memory_dtype(a)), (-1,)) for a in arrays])


def _largest(a: Array) -> float:
    xp = namespace(a)
    return float(xp.max(xp.abs(a))) if a.size else 0.0


def _sum_of_sizes(a: Array) -> float:
    xp = namespace(a)
    return float(xp.sum(xp.abs(a)))
