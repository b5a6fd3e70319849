"""Pictures of what a model does inside: each a function that returns a matplotlib `Figure`.

None shows or writes anything; `figure.savefig("heads.png")` does. They need matplotlib, which the
extra `nt-models[plots]` brings.
"""

from ._activations import activation_histograms, activation_statistics
from ._attention import attention_heads, attention_layers, attention_rollout
from ._lens import logit_lens
from ._positions import position_bias, position_encoding

__all__ = [
    "activation_histograms",
    "activation_statistics",
    "attention_heads",
    "attention_layers",
    "attention_rollout",
    "logit_lens",
    "position_bias",
    "position_encoding",
]
