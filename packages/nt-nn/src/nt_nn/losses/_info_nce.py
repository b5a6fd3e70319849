"""Contrastive losses of batches as modules: find the partner among all others."""

from __future__ import annotations

from nt_autograd import Tensor, clip_loss, info_nce
from nt_autograd.ops.losses.options import check_positive

from ._loss import Loss, Reduction


class InfoNCELoss(Loss):
    r"""How hard it is to tell each query's partner from the others, by the angles between them.

    $$-\ln \frac{e^{\cos(q, k) / \tau}}{e^{\cos(q, k) / \tau} + \sum_j e^{\cos(q, n_j) / \tau}}$$

    Shapes: query (N, D), positive_key (N, D), negative_keys (M, D), (N, M, D) or None for the other
        queries' partners -> () or, with reduction "none", (N).

    Args:
        temperature: $\tau$.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: an option is out of its range; in a call, shapes do not fit.

    Example:
        >>> from nt_autograd import eye
        >>> InfoNCELoss(temperature=1.0)(eye(2), eye(2))  # ln(1 + 1/e)
        tensor(0.3132...)

    Source: van den Oord, Li and Vinyals, Representation Learning with Contrastive Predictive Coding
        (2018), equation 4.
    """

    def __init__(self, temperature: float = 0.1, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        check_positive("temperature", temperature)
        self.temperature = temperature

    def forward(
        self, query: Tensor, positive_key: Tensor, negative_keys: Tensor | None = None
    ) -> Tensor:
        """The loss of queries (N, D) and their partners (N, D)."""
        loss: Tensor = info_nce(
            query, positive_key, negative_keys, self.temperature, self.reduction
        )
        return loss


class CLIPLoss(Loss):
    r"""The symmetric loss of CLIP: each image finds its text, and each text its image.

    $$\tfrac12 \Big(-\ln \frac{e^{s \cos(u_i, v_i)}}{\sum_j e^{s \cos(u_i, v_j)}}
      -\ln \frac{e^{s \cos(u_i, v_i)}}{\sum_j e^{s \cos(u_j, v_i)}}\Big)$$

    Shapes: image_features (N, D), text_features (N, D), logit_scale () -> () or, with reduction
        "none", (N).

    Args:
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: `reduction` is unknown; in a call, shapes do not fit.

    Example:
        >>> from nt_autograd import eye
        >>> CLIPLoss()(eye(2), eye(2), 1.0)  # ln(1 + 1/e)
        tensor(0.3132...)

    Source: Radford et al., Learning Transferable Visual Models From Natural Language Supervision
        (2021), figure 3.
    """

    def __init__(self, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)

    def forward(
        self, image_features: Tensor, text_features: Tensor, logit_scale: Tensor | float = 1 / 0.07
    ) -> Tensor:
        """The loss of images (N, D) and their texts (N, D), at a scale that may learn."""
        loss: Tensor = clip_loss(image_features, text_features, logit_scale, self.reduction)
        return loss
