"""A frozen GPT-2 behind a soft prompt: vectors in the place of words, which alone are learned."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Unpack

from nt_autograd import Tensor, arange, broadcast_to, concat, no_grad, tensor
from nt_models import GPT2
from nt_models.generation import BeamOptions, GenerationOptions, generate, stream
from nt_nn import KVCache, Module, Parameter

__all__ = ["Prompted", "fingerprint_of"]


class _Frozen:
    """Holds a model so that its parameters are not those of the module that holds it."""

    __slots__ = ("model",)

    def __init__(self, model: GPT2) -> None:
        self.model = model


class Prompted(Module):
    r"""A GPT-2 that reads n learned vectors before each text.

    $$p(x_t \mid P, x_{<t}), \qquad P \in \mathbb{R}^{n \times d}$$

    Only P is a parameter: the checkpoint of a tuned prompt is a few kilobytes. The prompt stands at
    the first n positions, so the text has `context - length` left.

    Args:
        base: the model; it is put into evaluation mode and never changed.
        tokens: n tokens, whose embeddings the prompt begins as: before it is tuned, the model does
            what it does behind these words.

    Raises:
        ValueError: the prompt leaves no room for a text.

    Example:
        >>> from nt_autograd import tensor
        >>> from nt_models import GPT2Config
        >>> base = GPT2(GPT2Config(vocab_size=65, context=8, layers=1, heads=2, width=16))
        >>> model = Prompted(base, [5, 7, 9])
        >>> model(tensor([[1, 2]])).shape, [name for name, _ in model.named_parameters()]
        ((1, 2, 65), ['prompt'])

    Source: Lester, Al-Rfou and Constant, The power of scale for parameter-efficient prompt tuning
        (2021), sections 2 and 3.2.
    """

    prompt: Parameter  # (length, width)

    def __init__(self, base: GPT2, tokens: Sequence[int]) -> None:
        length, context = len(tokens), base.config.context
        if not 1 <= length < context:
            raise ValueError(
                f"tokens ({length}) must be at least 1 and below the model's context ({context})"
            )
        base.eval().requires_grad_(False)
        self._frozen = _Frozen(base)
        self.config = replace(base.config, context=context - length)
        with no_grad():
            begin = tensor(list(tokens), device=base.token_embedding.weight.device)
            self.prompt = Parameter(base.token_embedding(begin).clone())

    @property
    def base(self) -> GPT2:
        """The frozen model."""
        return self._frozen.model

    def hidden(
        self,
        tokens: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        caches: list[KVCache] | None = None,
    ) -> Tensor:
        """What the last norm gives at the text's places, (batch, time, width).

        Args:
            tokens: (batch, time), at most `config.context` of them.
            attention_mask: None; texts of several lengths are not for this model.
            position_ids: None.
            caches: from `caches`: what came before, the prompt too.

        Raises:
            ValueError: the text is too long, or there is a mask.
        """
        if attention_mask is not None or position_ids is not None:
            raise ValueError("a prompted model reads texts of one length: no mask, no positions")
        base, (batch, time) = self.base, tokens.shape
        past = caches[0].length if caches else 0
        begin = past or self.prompt.shape[0]  # the cache holds the prompt, once it holds anything
        end = begin + time
        if end > base.config.context:
            raise ValueError(f"{end} positions do not fit the context ({base.config.context})")
        x = base.token_embedding(tokens)
        if not past:
            x = concat([broadcast_to(self.prompt, (batch, *self.prompt.shape)), x], 1)
        places = arange(past, end, device=tokens.device)
        x = x + base.position_embedding(places)  # (batch, length + time, width)
        for i, block in enumerate(base.blocks):
            x = block(x, None, caches[i] if caches else None)
        y: Tensor = base.norm(x)[:, -time:]
        return y

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits of what follows each token: (batch, time) to (batch, time, vocabulary)."""
        return self.logits(self.hidden(tokens))

    def logits(self, x: Tensor) -> Tensor:
        """(…, width) to (…, vocabulary)."""
        return self.base.logits(x)

    def caches(self, batch: int, length: int) -> list[KVCache]:
        """An empty cache for each block, with room for the prompt before the text."""
        return self.base.caches(batch, length + self.prompt.shape[0])

    def generate(
        self, tokens: Tensor, max_new_tokens: int, **options: Unpack[BeamOptions]
    ) -> Tensor:
        """Continue texts (batch, time): see `nt_models.generation.generate`."""
        return generate(self, tokens, max_new_tokens, **options)

    def stream(
        self, tokens: Tensor, max_new_tokens: int, **options: Unpack[GenerationOptions]
    ) -> Iterator[Tensor]:
        """The tokens that `generate` adds, one by one."""
        return stream(self, tokens, max_new_tokens, **options)


def fingerprint_of(model: Module) -> str:
    """A hash of all weights, by which a frozen model is seen to be what it was.

    Example:
        >>> from nt_nn import Linear
        >>> layer = Linear(2, 2)
        >>> before = fingerprint_of(layer)
        >>> layer.weight.data = layer.weight.data * 1.001
        >>> fingerprint_of(layer) == before
        False
    """
    digest = hashlib.sha256()
    for name, value in model.state_dict().items():
        digest.update(f"{name} {value.dtype} {value.shape};".encode())
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()
