"""PixelShuffle, PixelUnshuffle, ChannelShuffle: the ops with their options, PyTorch's numbers."""

import numpy as np
import pytest
from nt_autograd import channel_shuffle, pixel_shuffle, pixel_unshuffle, tensor
from nt_nn import ChannelShuffle, PixelShuffle, PixelUnshuffle


def test_they_are_the_ops_with_their_options():
    x = tensor(np.random.default_rng(0).standard_normal((2, 12, 4, 6)))
    assert PixelShuffle(2)(x).tolist() == pixel_shuffle(x, 2).tolist()
    assert PixelUnshuffle(2)(x[0]).tolist() == pixel_unshuffle(x[0], 2).tolist()
    assert ChannelShuffle(3)(x).tolist() == channel_shuffle(x, 3).tolist()


def test_options_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"upscale_factor \(0\) must be one integer from 1 on"):
        PixelShuffle(0)
    with pytest.raises(ValueError, match="downscale_factor"):
        PixelUnshuffle(-1)
    with pytest.raises(ValueError, match="groups"):
        ChannelShuffle(0)
    printed = [repr(layer) for layer in (PixelShuffle(2), PixelUnshuffle(2), ChannelShuffle(2))]
    assert printed == [
        "PixelShuffle(upscale_factor=2)",
        "PixelUnshuffle(downscale_factor=2)",
        "ChannelShuffle(groups=2)",
    ]


@pytest.mark.goldens("conv", "pixel_.*")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_they_agree_with_pytorch(as_pytorch, dtype):
    as_pytorch(dtype)
