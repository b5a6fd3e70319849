"""Published weights: their names and shapes turned into ours."""

from nt_models.weights._gpt2 import gpt2_config, gpt2_state

__all__ = ["gpt2_config", "gpt2_state"]
