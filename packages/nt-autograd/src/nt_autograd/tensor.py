"""Tensor: a value (an array of some backend) and the node that says how it was made.

Everything a tensor can do is an op of `nt_autograd.ops`; `operators.py` hangs the ops on this class
under PyTorch's names. What stands here is what a tensor *is*: its array, its node, its gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from nt_tensor import DType, backend_of, device_of, dtype_of, to_numpy

from .tape import Node

__all__ = ["Hook", "Tensor"]

Array = Any


class Tensor:
    """An array that remembers how it was made.

    Args:
        data: an array of any backend (`numpy.ndarray`, `cupy.ndarray`, `mlx.core.array`); it is not
            copied. Use `nt_autograd.tensor` to make one from Python numbers and lists.
        node: the tape's record of the op that made it; None for a constant.

    Example:
        >>> from nt_autograd import tensor
        >>> x = tensor([1.0, 2.0, 3.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([2., 4., 6.])
    """

    __slots__ = ("__weakref__", "data", "node")
    __array_ufunc__ = None  # so that `array * tensor` asks the tensor, and does not loop over it

    data: Array
    node: Node | None

    def __init__(self, data: Array, node: Node | None = None) -> None:
        self.data = data
        self.node = node

    if TYPE_CHECKING:  # the ops, which operators.py adds

        def __getattr__(self, name: str) -> Any: ...
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __floordiv__(self, other: Any) -> Tensor: ...
        def __mod__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __rmatmul__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __abs__(self) -> Tensor: ...
        def __invert__(self) -> Tensor: ...
        def __and__(self, other: Any) -> Tensor: ...
        def __or__(self, other: Any) -> Tensor: ...
        def __xor__(self, other: Any) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...
        def __eq__(self, other: object) -> Any: ...
        def __ne__(self, other: object) -> Any: ...
        def __getitem__(self, index: Any) -> Tensor: ...
        def __setitem__(self, index: Any, value: Any) -> None: ...

    # What it holds.

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return tuple(self.data.shape)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return int(self.data.ndim)

    @property
    def dtype(self) -> DType:
        """The element type, the same object on every backend."""
        return dtype_of(self.data)

    @property
    def device(self) -> Any:
        """Where the array lives."""
        return device_of(self.data)

    def dim(self) -> int:
        """The number of axes, as `ndim`."""
        return self.ndim

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one axis."""
        return self.shape if dim is None else self.shape[dim]

    def numel(self) -> int:
        """The number of elements."""
        return int(self.data.size)

    def numpy(self) -> Any:
        """The value as a NumPy array; on the CPU it shares memory.

        Raises:
            RuntimeError: the tensor needs gradients, which NumPy would lose; say
                `x.detach().numpy()`.
        """
        if self.node is not None:
            raise RuntimeError(
                "numpy() on a tensor that needs gradients would lose them; use x.detach().numpy()"
            )
        return to_numpy(self.data)

    def item(self) -> Any:
        """The one element as a Python number.

        Raises:
            ValueError: there is not exactly one element.
        """
        if self.data.size != 1:
            raise ValueError(
                f"item() needs exactly one element, this tensor has shape {self.shape}"
            )
        return self.data.item()

    def tolist(self) -> Any:
        """The elements as nested Python lists."""
        return self.data.tolist()

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        value = self.item()
        if not isinstance(value, int):
            raise TypeError(f"only integer tensors can be an index, this one is {self.dtype}")
        return value

    def __bool__(self) -> bool:
        if self.data.size != 1:
            raise ValueError(
                f"the truth of a tensor of shape {self.shape} is ambiguous; use .any() or .all()"
            )
        return bool(self.data.item())

    def __len__(self) -> int:
        if not self.data.ndim:
            raise TypeError("len() of a 0-d tensor")
        return int(self.data.shape[0])

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        body = repr(to_numpy(self.data).tolist()) if self.data.size == 0 else _digits(self.data)
        dtype = self.dtype
        notes = [] if dtype.name in ("float32", "int64", "bool") else [f"dtype={dtype}"]
        if self.device.type != "cpu":
            notes.append(f"device='{self.device}'")
        if self.node is not None:
            op = self.node.op
            notes.append("requires_grad=True" if op is None else f"grad_fn=<{op.name}>")
        return f"tensor({', '.join([body, *notes])})"

    __hash__ = object.__hash__

    # What it remembers.

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to it. Settable on leaves."""
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, needed: bool) -> None:
        self.requires_grad_(needed)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for gradients (or stop asking), in place, and return the tensor.

        Raises:
            RuntimeError: it is not a leaf; the result of recorded ops cannot stop needing
                gradients.
            TypeError: it holds integers or booleans, which have no gradient.
        """
        if not requires_grad:
            if self.node is not None and self.node.op is not None:
                raise RuntimeError(
                    "requires_grad can only be cleared on leaves; "
                    "use x.detach() for a constant copy"
                )
            self.node = None
        elif self.node is None:
            if self.dtype.kind != "float":
                raise TypeError(
                    f"only floating-point tensors have gradients, this one is {self.dtype}"
                )
            self.node = Node(None, (), tuple(self.data.shape), ())
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded op made it."""
        return self.node is None or self.node.op is None

    @property
    def grad(self) -> Tensor | None:
        """What `backward` has collected here so far; None before, and after `grad = None`."""
        return None if self.node is None else self.node.grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is None:
            if self.node is not None:
                self.node.grad = None
            return
        if self.node is None:
            raise RuntimeError("a tensor that does not require gradients has no .grad to set")
        if tuple(value.data.shape) != self.shape:
            raise ValueError(f"grad has shape {value.shape}, the tensor {self.shape}")
        self.node.grad = value

    @property
    def grad_fn(self) -> Node | None:
        """The node of the op that made it, None for a leaf."""
        return None if self.is_leaf else self.node

    def retain_grad(self) -> None:
        """Ask `backward` to fill `.grad` here too, though this is not a leaf."""
        if self.node is None:
            raise RuntimeError("retain_grad() on a tensor that does not require gradients")
        if self.node.op is not None and retained not in (self.node.hooks or ()):
            self.register_hook(retained)

    def register_hook(self, hook: Hook) -> Callable[[], None]:
        """Call `hook(gradient)` when this tensor's gradient is known; what it returns replaces it.

        Args:
            hook: takes the gradient, a Tensor, and returns a Tensor of the same shape or None.

        Returns:
            A function that removes the hook.

        Example:
            >>> from nt_autograd import tensor
            >>> x = tensor([1.0, 2.0], requires_grad=True)
            >>> remove = x.register_hook(lambda g: g * 10)
            >>> x.sum().backward()
            >>> x.grad
            tensor([10., 10.])
        """
        if self.node is None:
            raise RuntimeError("register_hook() on a tensor that does not require gradients")
        node = self.node
        if node.hooks is None:
            node.hooks = []
        node.hooks.append(hook)

        def remove() -> None:
            if node.hooks is not None and hook in node.hooks:
                node.hooks.remove(hook)

        return remove

    def detach(self) -> Tensor:
        """The same array as a constant: gradients stop here."""
        return Tensor(self.data)

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Sequence[Tensor] | None = None,
    ) -> None:
        """Add d(self)/d(leaf) to `.grad` of every leaf that this tensor was made from.

        Args:
            gradient: d(objective)/d(self), of this tensor's shape; may be left out for one element
                (1).
            retain_graph: keep what the rules saved, so that backward can run again (default: as
                `create_graph`).
            create_graph: record the backward pass itself, for derivatives of derivatives.
            inputs: collect only for these.

        Raises:
            RuntimeError: nothing here needs gradients; or the graph was freed by an earlier
                backward.
            ValueError: `gradient` is missing for more than one element, or has another shape.
        """
        from .gradients import backward

        backward(self, gradient, retain_graph, create_graph, inputs)


Hook = Callable[[Tensor], Tensor | None]


def retained(gradient: Tensor) -> None:
    """Stand among a node's hooks for `keep the gradient`, which the walk then does itself."""


def _digits(array: Array) -> str:
    """The numbers as NumPy prints them, without the word `array`."""
    values = (
        to_numpy(array.astype(backend_of(array).xp.float32))
        if dtype_of(array).name == "bfloat16"
        else to_numpy(array)
    )
    text = repr(values) if values.ndim else f"({values.item()!r})"
    text = text[text.index("(") + 1 : text.rindex(")")]
    head, _, tail = text.rpartition(", dtype=")
    return head if head and "]" not in tail else text
