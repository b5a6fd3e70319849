"""MixtureOfExperts: each token goes through the few networks that a router chooses for it.

    x (…, width)
      -> router -> probabilities of the experts              (tokens, experts)
      -> the k most probable; their shares sum to one        (tokens, k)
      -> each expert on its tokens -> the sum by the shares  (…, width)

Source: Jiang et al., Mixtral of Experts (2024), section 2.1; the loss that keeps experts busy:
Fedus, Zoph, Shazeer, Switch Transformers (2021), section 2.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nt_autograd import Tensor, argsort, concat, index_select, one_hot, softmax, topk
from nt_nn import Linear, Module, ModuleList

__all__ = ["MixtureOfExperts", "load_balancing_loss"]


class MixtureOfExperts(Module):
    r"""The k most probable of several networks, by their shares.

    $$p = \mathrm{softmax}(W_r x), \qquad
    y = \sum_{e \in \mathrm{top}_k(p)} \frac{p_e}{\sum_{e' \in \mathrm{top}_k(p)} p_{e'}} E_e(x)$$

    Tokens are laid beside those of the same expert, so that each expert makes one product of each
    of its matrices. No token is dropped: what one gets does not depend on the others.

    Shapes: (…, width) -> the same.

    Args:
        width: of what comes in.
        experts: the networks, (tokens, width) to the same.
        per_token: $k$.

    Raises:
        ValueError: there are fewer than `per_token` experts.

    Example:
        >>> from nt_autograd import randn
        >>> from nt_nn import Linear
        >>> mixture = MixtureOfExperts(4, [Linear(4, 4) for _ in range(3)], per_token=2)
        >>> mixture(randn(2, 5, 4)).shape
        (2, 5, 4)

    Source: Jiang et al. (2024), section 2.1.
    """

    router: Linear  # weight (experts, width)
    experts: ModuleList[Module]

    def __init__(self, width: int, experts: Iterable[Module], per_token: int = 2) -> None:
        self.experts = ModuleList(experts)
        if not 1 <= per_token <= len(self.experts):
            raise ValueError(f"per_token ({per_token}) must be 1 to experts ({len(self.experts)})")
        self.router = Linear(width, len(self.experts), bias=False)
        self.per_token = per_token

    def forward(self, x: Tensor, routed: list[Tensor] | None = None) -> Tensor:
        """Let each token of x (…, width) go through its experts.

        Args:
            x: the tokens.
            routed: a list that gets the router's logits, (…, experts).
        """
        rows = x.reshape(-1, x.shape[-1])  # (tokens, width)
        logits = self.router(rows)  # (tokens, experts)
        if routed is not None:
            routed.append(logits.reshape(*x.shape[:-1], -1))
        share, chosen = topk(softmax(logits, -1), self.per_token)  # (tokens, k)
        share = share / share.sum(-1, keepdim=True)
        order = argsort(chosen.flatten())  # (tokens k,): the places of the first expert, …
        busy = one_hot(chosen.flatten(), len(self.experts)).sum(0).tolist()
        sorted_rows = index_select(rows, 0, order // self.per_token)  # (tokens k, width)
        done, start = [], 0
        for expert, count in zip(self.experts, busy, strict=True):
            if count:
                done.append(expert(sorted_rows[start : start + count]))
            start += count
        y = index_select(concat(done), 0, argsort(order))  # back in the order of the places
        y = y.reshape(-1, self.per_token, x.shape[-1]) * share[..., None]
        summed: Tensor = y.sum(1).reshape(*x.shape)
        return summed

    def extra_repr(self) -> str:
        """How many experts a token goes through."""
        return f"per_token={self.per_token}"


def load_balancing_loss(
    routed: Sequence[Tensor], per_token: int, attention_mask: Tensor | None = None
) -> Tensor:
    r"""How uneven the experts' load is: k if it is even, more if not.

    $$L = n \sum_e f_e \, \bar p_e$$

    over n experts, with $f_e$ how often expert e is chosen by a token and $\bar p_e$ its mean
    probability, over all layers. $f$ has no gradient.

    Args:
        routed: the router's logits of each layer, (batch, time, experts).
        per_token: how many experts a token goes through.
        attention_mask: (batch, time), 0 at padding, which does not count.

    Raises:
        ValueError: `routed` is empty.

    Example:
        >>> from nt_autograd import zeros
        >>> load_balancing_loss([zeros(1, 4, 2)], per_token=2).item()
        2.0

    Source: Fedus et al. (2021), equations 4 to 6; transformers' `load_balancing_loss_func`.
    """
    if not routed:
        raise ValueError("routed must have the logits of one layer or more")
    experts = routed[0].shape[-1]
    probabilities = softmax(concat([each.reshape(-1, experts) for each in routed]), -1)
    chosen = topk(probabilities.detach(), per_token).indices  # (layers tokens, k)
    load = one_hot(chosen, experts).sum(1).to(probabilities.dtype)  # (layers tokens, experts)
    if attention_mask is None:
        often, mean = load.mean(0), probabilities.mean(0)
    else:
        counts = (attention_mask != 0).reshape(-1, 1).to(probabilities.dtype)
        counts = concat([counts] * len(routed))  # (layers tokens, 1)
        often, mean = ((x * counts).sum(0) / counts.sum() for x in (load, probabilities))
    loss: Tensor = (often * mean).sum() * experts
    return loss
