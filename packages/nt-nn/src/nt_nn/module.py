"""Module: a thing that learns, made of attributes, which are found by looking at them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, Self, TypeVar

from nt_autograd import Tensor, anomaly
from nt_tensor import DeviceLike, DType, DTypeLike, zeros_like

from ._hooks import Hooks, RemovableHandle, run
from ._move import move
from ._repr import describe
from ._state import LoadResult, load
from ._summary import summarize
from ._walk import members, saved, tensors, walk
from .parameter import Buffer, Parameter

P = ParamSpec("P")
R = TypeVar("R", covariant=True)


class _Forward(Protocol[P, R]):
    """Anything with a `forward`: a module's call takes and gives what its `forward` does."""

    def forward(self, *args: P.args, **kwargs: P.kwargs) -> R: ...


class Module:
    """A function with parameters.

    A subclass sets attributes in its `__init__` and computes in its `forward`; nothing is
    registered and no base `__init__` need be called. Whatever stands in the attributes, or in
    lists, tuples and dicts in them, belongs to the module: a `Parameter` learns, a `Buffer` is
    carried along, a `Module` is a child. A tensor that is found twice is one tensor, listed under
    its first name. Plain tensors are not listed.

    Attributes:
        training: True while training; `eval()` makes it False, for Dropout and its like.

    Example:
        >>> from nt_autograd import relu, tensor
        >>> from nt_nn import Linear, Module
        >>> class Perceptron(Module):
        ...     def __init__(self, sizes):
        ...         self.layers = [Linear(i, o) for i, o in zip(sizes, sizes[1:])]
        ...     def forward(self, x):
        ...         for layer in self.layers[:-1]:
        ...             x = relu(layer(x))
        ...         return self.layers[-1](x)
        >>> model = Perceptron([4, 8, 2])
        >>> for name, parameter in model.named_parameters():
        ...     print(name, parameter.shape)
        layers.0.weight (8, 4)
        layers.0.bias (8,)
        layers.1.weight (2, 8)
        layers.1.bias (2,)
        >>> model(tensor([[1.0, 2.0, 3.0, 4.0]])).shape
        (1, 2)

    Source: PyTorch's `torch.nn.Module`; found by looking as in equinox and mlx.nn.
    """

    training: bool = True
    _module_hooks: Hooks | None = None

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output; every subclass has its own."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward(self, ...)")

    if TYPE_CHECKING:

        def __call__(self: _Forward[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
            """Run `forward`, with the hooks around it."""

    else:

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            """Run `forward`, with the hooks around it."""
            if self._module_hooks is None and not anomaly.watching:
                return self.forward(*args, **kwargs)
            return run(self, args, kwargs)

    # What it holds.

    def _contents(self) -> Iterable[tuple[str, Any]]:
        """The attributes that are looked through; containers name their entries here."""
        return vars(self).items()

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly below this one, each once, with their names.

        Example:
            >>> from nt_nn import GELU, Linear, Module
            >>> net = Module()
            >>> net.blocks, net.act = [Linear(1, 1), Linear(1, 1)], GELU()
            >>> [name for name, _ in net.named_children()]
            ['blocks.0', 'blocks.1', 'act']
        """
        seen: set[int] = set()
        for name, child in members(self._contents(), Module):
            if id(child) not in seen:
                seen.add(id(child))
                yield name, child

    def children(self) -> Iterator[Module]:
        """The modules directly below this one, each once.

        Example:
            >>> from nt_nn import GELU, ReLU, Sequential
            >>> list(Sequential(GELU(), Sequential(ReLU())).children())
            [GELU(approximate='none'), Sequential(
              (0): ReLU()
            )]
        """
        return (child for _, child in self.named_children())

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module (named `prefix`) and all below it, each once, parents before children.

        Example:
            >>> from nt_nn import GELU, Linear, Sequential
            >>> [name for name, _ in Sequential(Linear(2, 3), GELU()).named_modules()]
            ['', '0', '1']
        """
        return walk(self, prefix, set())

    def modules(self) -> Iterator[Module]:
        """This module and all below it, each once, parents before children.

        Example:
            >>> from nt_nn import ReLU, Sequential
            >>> [type(module).__name__ for module in Sequential(ReLU()).modules()]
            ['Sequential', 'ReLU']
        """
        return (module for _, module in self.named_modules())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Every parameter once, under its first name.

        Args:
            prefix: stands before the names, with a dot.
            recurse: look into the modules below too.

        Example:
            >>> from nt_nn import Linear, Sequential
            >>> tied = Sequential(Linear(3, 3), Linear(3, 3, bias=False))
            >>> tied[1].weight = tied[0].weight
            >>> [name for name, _ in tied.named_parameters()]
            ['0.weight', '0.bias']
        """
        return tensors(self, Parameter, prefix, recurse)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Every parameter once.

        Example:
            >>> from nt_nn import Linear
            >>> sum(parameter.numel() for parameter in Linear(3, 2).parameters())
            8
        """
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Buffer]]:
        """Every buffer once, under its first name.

        Example:
            >>> from nt_nn import Buffer, Identity
            >>> net = Identity()
            >>> net.seen = Buffer(0)
            >>> list(net.named_buffers())
            [('seen', tensor(0))]
        """
        return tensors(self, Buffer, prefix, recurse)

    def buffers(self, recurse: bool = True) -> Iterator[Buffer]:
        """Every buffer once.

        Example:
            >>> from nt_nn import Linear
            >>> list(Linear(3, 2).buffers())
            []
        """
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    # Saving and loading.

    def state_dict(self) -> dict[str, Tensor]:
        """The values of all parameters and persistent buffers under their dotted names.

        The tensors are detached but share memory with the module, as PyTorch's do: training goes on
        in them.

        Raises:
            ValueError: two tensors have one name (a dict key with dots in it can do that).

        Example:
            >>> from nt_nn import Linear
            >>> {name: value.shape for name, value in Linear(3, 2).state_dict().items()}
            {'weight': (2, 3), 'bias': (2,)}
        """
        return {name: tensor.detach() for name, tensor in saved(self).items()}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> LoadResult:
        """Take over the values in `state`, or say everything that does not fit and take none.

        Values are cast to the dtype, and moved to the device, of the tensor that they go into.

        Args:
            state: dotted names to tensors or arrays, as `state_dict` gives.
            strict: demand that the names are exactly this module's; False takes what both have.

        Returns:
            The names that were missing and those that were unexpected (both empty if strict).

        Raises:
            ValueError: names are missing or unexpected (only if strict), shapes differ, or floats
                meet integers. The message lists all of them, and no value has changed.

        Example:
            >>> from nt_nn import Linear
            >>> other = {"weight": Linear(4, 2).weight, "scale": Linear(1, 1).bias}
            >>> Linear(3, 2).load_state_dict(other)
            Traceback (most recent call last):
            ...
            ValueError: Linear cannot load this state: missing: bias; unexpected: scale; misshapen:
                weight is (2, 4), not (2, 3)
        """
        return load(type(self).__name__, saved(self), state, strict)

    # Changing all of it.

    def train(self, mode: bool = True) -> Self:
        """Set `training` here and in all modules below, and return this module.

        Example:
            >>> from nt_nn import Dropout, Sequential
            >>> Sequential(Dropout(0.5)).train(False)[0].training
            False
        """
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Set `training` to False here and in all modules below, and return this module.

        Example:
            >>> from nt_nn import Dropout
            >>> Dropout(0.5).eval().training
            False
        """
        return self.train(False)

    def apply(self, fn: Callable[[Module], object]) -> Self:
        """Call `fn` on every module below and then on this one, and return this module.

        Example:
            >>> from nt_nn import Linear, Module, Sequential, init
            >>> def set_to_one(module):
            ...     if isinstance(module, Linear):
            ...         init.ones_(module.weight)
            >>> Sequential(Linear(1, 2, bias=False)).apply(set_to_one)[0].weight.tolist()
            [[1.0], [1.0]]
        """
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze (False) or unfreeze all parameters, and return this module.

        Example:
            >>> from nt_nn import Linear
            >>> Linear(3, 2).requires_grad_(False).weight.requires_grad
            False
        """
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters; with `set_to_none=False`, fill them with zeros.

        Example:
            >>> from nt_autograd import ones
            >>> from nt_nn import Linear
            >>> layer = Linear(2, 1)
            >>> layer(ones(2)).sum().backward()
            >>> layer.zero_grad(set_to_none=False)
            >>> layer.weight.grad.tolist()
            [[0.0, 0.0]]
            >>> layer.zero_grad()
            >>> layer.weight.grad is None
            True
        """
        for parameter in self.parameters():
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad = Tensor(zeros_like(parameter.grad.data))

    def to(
        self,
        *targets: DeviceLike | DType,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
    ) -> Self:
        """Move parameters and buffers, in place, to a device, or cast those with floats to a dtype.

        Args:
            targets: devices or dtypes by position, as in `to("cuda")` or `to("float16")`.
            device: where they go.
            dtype: a floating-point dtype.

        Raises:
            TypeError: the dtype is not a floating-point one.

        Example:
            >>> from nt_nn import Linear
            >>> Linear(2, 2).to("float64").weight.dtype
            nt.float64
        """
        move(tensors(self, (Parameter, Buffer)), targets, device, dtype)
        return self

    # Watching it.

    def register_forward_pre_hook(
        self, hook: Callable[[Any, tuple[Any, ...]], Any]
    ) -> RemovableHandle:
        """Call `hook(module, args)` before every forward; what it returns replaces the arguments.

        Args:
            hook: gets the positional arguments and returns None, a new tuple of them, or the one
                argument.

        Example:
            >>> from nt_nn import Identity
            >>> layer = Identity()
            >>> handle = layer.register_forward_pre_hook(lambda module, args: args[0] + 1)
            >>> layer(1)
            2
            >>> handle.remove()
            >>> layer(1)
            1
        """
        return RemovableHandle(self._own_hooks().before, hook)

    def register_forward_hook(
        self, hook: Callable[[Any, tuple[Any, ...], Any], Any]
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after every forward; what it gives replaces the output.

        Args:
            hook: returns None to leave the output as it is.

        Example:
            >>> from nt_nn import Identity
            >>> layer, seen = Identity(), []
            >>> handle = layer.register_forward_hook(lambda *call: seen.append(call[-1]))
            >>> layer("x"), seen
            ('x', ['x'])
        """
        return RemovableHandle(self._own_hooks().after, hook)

    def _own_hooks(self) -> Hooks:
        if self._module_hooks is None:
            self._module_hooks = Hooks()
        return self._module_hooks

    def summary(self, *inputs: Any, depth: int | None = None) -> str:
        """A table of the modules: what each gives for `inputs`, and how many parameters it has.

        Args:
            inputs: what to call the module with (in evaluation mode, without gradients); none for
                no shapes.
            depth: how many levels to show; what is deeper is counted in the row above it.

        Example:
            >>> from nt_autograd import zeros
            >>> from nt_nn import GELU, Linear, Sequential
            >>> print(Sequential(Linear(4, 8), GELU(), Linear(8, 2)).summary(zeros(5, 4)))
            layer        output  parameters
            -------------------------------
            Sequential   (5, 2)           0
              0: Linear  (5, 8)          40
              1: GELU    (5, 8)           0
              2: Linear  (5, 2)          18
            -------------------------------
            total 58 parameters, 58 of them trainable, 232 bytes
        """
        return summarize(self, inputs, depth)

    def extra_repr(self) -> str:
        """The settings that stand between the parentheses of the module's repr.

        Example:
            >>> from nt_nn import Dropout
            >>> Dropout(0.1).extra_repr(), Dropout(0.1)
            ('p=0.1', Dropout(p=0.1))
        """
        return ""

    def __repr__(self) -> str:
        return describe(self)
