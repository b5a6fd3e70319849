"""A rollout is the product of the layers, each half attention and half itself."""

import numpy as np
import pytest
from nt_autograd import tensor
from nt_models.insight import attention_rollout


def test_it_is_the_product_of_the_layers(device):
    rng = np.random.default_rng(0)
    maps = rng.random((4, 2, 3, 6, 6)).astype("float32")  # layers, batch, heads, time, time
    maps /= maps.sum(-1, keepdims=True)
    found = attention_rollout([tensor(each, device=device) for each in maps])
    right = np.eye(6)
    for layer, rolled in zip(maps, found, strict=True):
        right = (0.5 * layer.mean(1) + 0.5 * np.eye(6)) @ right
        np.testing.assert_allclose(rolled.numpy(), right, rtol=1e-5)
        np.testing.assert_allclose(rolled.numpy().sum(-1), 1.0, rtol=1e-5)


def test_only_attention_to_itself_can_be_rolled_out():
    for wrong in (np.ones((2, 3, 4)), np.ones((3, 3))):
        with pytest.raises(ValueError, match=r"maps must be \(…, heads, time, time\)"):
            attention_rollout([tensor(wrong)])
    with pytest.raises(ValueError, match="there is none"):
        attention_rollout([])
