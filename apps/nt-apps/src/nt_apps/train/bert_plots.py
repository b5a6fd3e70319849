"""Where the attentions of a BERT look in one text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from nt_autograd import no_grad, tensor
from nt_data.tokenizers import Tokenizer
from nt_models import capture
from nt_models.plots import attention_heads
from nt_tensor import current_device
from numpy.typing import NDArray

from nt_apps.train.curve import save
from nt_apps.train.over_batches import evaluating

__all__ = ["draw_attention"]


def draw_attention(path: Path, model: Any, ids: NDArray[Any], tokenizer: Tokenizer) -> None:
    """Draw the heads of the last layer: which token (row) looks at which (column).

    Args:
        path: where the PNG goes.
        model: has a BERT in `bert`.
        ids: (time,), the text.
        tokenizer: knows the tokens' names.

    Raises:
        UserError: the file cannot be written.
    """
    tokens = tensor(ids[None].astype(np.int64), device=current_device())  # (1, time)
    with evaluating(model), no_grad(), capture(model.bert) as seen:
        model.bert(tokens)
        last = f"blocks.{len(model.bert.blocks) - 1}.attention"
        weights = seen.attention[last][-1]
    names = [tokenizer.id_to_token(int(i)) or "" for i in ids]
    save(attention_heads(weights, names, title="attention of the last layer"), path)
