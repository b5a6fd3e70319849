"""logit_lens: what a model would say if it ended after each of its blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from nt_autograd import Tensor, no_grad, softmax, stack
from nt_nn import Module

from ..bert_heads import BERTForMaskedLM, BERTForPreTraining
from ..gpt2 import GPT2
from ..modern import Modern
from ..t5 import T5

__all__ = ["LogitLens", "logit_lens"]


@dataclass(frozen=True)
class LogitLens:
    """What `logit_lens` gives.

    Attributes:
        names: what each depth is: "embedding", then the dotted names of the blocks.
        inputs: (batch, time), the tokens that were read; of T5 those that its decoder read.
        tokens: (depths, batch, time, k), the most probable tokens at each depth, the first first.
        probabilities: (depths, batch, time, k), theirs.

    Example:
        >>> from nt_autograd import tensor
        >>> from nt_models import GPT2, GPT2Config
        >>> model = GPT2(GPT2Config(vocab_size=65, context=8, layers=2, heads=2, width=16))
        >>> logit_lens(model, tensor([[1, 2, 3]])).names
        ('embedding', 'blocks.0', 'blocks.1')
    """

    names: tuple[str, ...]
    inputs: Tensor
    tokens: Tensor
    probabilities: Tensor


def logit_lens(model: Module, *inputs: Any, k: int = 1, **named: Any) -> LogitLens:
    r"""Read every block's residual stream with the model's own final norm and head.

    $$p_l = \mathrm{softmax}(W \, \mathrm{norm}(x_l))$$

    Of BERT, whose blocks end in a norm, each goes through the masked-language-model head as it is.
    The last depth is what the model itself says.

    Args:
        model: a `GPT2`, `Modern`, `T5` (its decoder), `BERTForMaskedLM` or `BERTForPreTraining`.
        inputs: what it is called with.
        k: how many tokens to keep at each place.
        named: further arguments of the model.

    Raises:
        TypeError: the model is another one.
        ValueError: `k` is not between 1 and the size of the vocabulary.

    Example:
        >>> from nt_autograd import tensor
        >>> from nt_models import GPT2, GPT2Config
        >>> model = GPT2(GPT2Config(vocab_size=65, context=8, layers=2, heads=2, width=16))
        >>> x = tensor([[1, 2, 3]])
        >>> lens = logit_lens(model, x, k=2)
        >>> lens.tokens.shape
        (3, 1, 3, 2)
        >>> lens.tokens[-1, :, :, 0].tolist() == model(x).argmax(-1).tolist()
        True

    Source: nostalgebraist, interpreting GPT: the logit lens (2020).
    """
    prefix, blocks, read = _reader(model)
    depths: list[Tensor] = []
    with no_grad():
        with _residuals(blocks, depths), _first_input(model, prefix) as came:
            model(*inputs, **named)
        found = [_largest(softmax(read(x), -1), k) for x in depths]
    names = ("embedding", *(f"{prefix}blocks.{i}" for i in range(len(blocks))))
    tokens, probabilities = (stack(each, 0) for each in zip(*found, strict=True))
    return LogitLens(names, came[0], tokens, probabilities)


def _reader(model: Module) -> tuple[str, list[Module], Callable[[Tensor], Tensor]]:
    """Where a model's blocks are, the blocks, and what turns their output into logits."""
    if isinstance(model, GPT2 | Modern):
        return "", list(model.blocks), lambda x: model.logits(model.norm(x))
    if isinstance(model, T5):
        stack = model.decoder
        return "decoder.", list(stack.blocks), lambda x: model.logits(stack.norm(x))
    if isinstance(model, BERTForMaskedLM | BERTForPreTraining):
        bert = model.bert
        table = bert.token_embedding.weight
        return "bert.", list(bert.blocks), lambda x: model.head(x, table)
    raise TypeError(
        f"logit_lens reads GPT2, Modern, T5, BERTForMaskedLM and BERTForPreTraining, "
        f"not {type(model).__name__}"
    )


@contextmanager
def _residuals(blocks: list[Module], depths: list[Tensor]) -> Iterator[None]:
    """While open, what goes into the first block and what each one gives is kept."""
    with ExitStack() as handles:
        first = blocks[0].register_forward_pre_hook(lambda _, args: depths.append(args[0]))
        handles.enter_context(first)
        for block in blocks:
            handles.enter_context(block.register_forward_hook(lambda _, args, y: depths.append(y)))
        yield


@contextmanager
def _first_input(model: Module, prefix: str) -> Iterator[list[Tensor]]:
    """While open, what the embedding of the model, or of a part of it, is asked for is kept."""
    came: list[Tensor] = []
    trunk: Any = model
    for name in filter(None, prefix.split(".")):
        trunk = getattr(trunk, name)
    with trunk.register_forward_pre_hook(lambda _, args: came.append(args[0])):
        yield came


def _largest(p: Tensor, k: int) -> tuple[Tensor, Tensor]:
    if not 1 <= k <= p.shape[-1]:
        raise ValueError(f"k ({k}) must be between 1 and the {p.shape[-1]} tokens there are")
    values, at = p.topk(k, -1)
    return at, values
