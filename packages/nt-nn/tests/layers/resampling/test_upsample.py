"""Upsample: the op with its options."""

import numpy as np
import pytest
from nt_autograd import gradcheck, interpolate, tensor
from nt_nn import Upsample

SHAPES = {1: (2, 3, 5), 2: (2, 3, 4, 5), 3: (1, 2, 3, 4, 2)}
OPTIONS = [
    (2, {"size": (7, 3)}),
    (1, {"size": 7, "mode": "linear"}),
    (2, {"scale_factor": 2.0, "mode": "bilinear", "align_corners": True}),
    (2, {"scale_factor": (1.7, 0.6), "mode": "bicubic", "recompute_scale_factor": True}),
    (3, {"scale_factor": 2, "mode": "trilinear"}),
    (3, {"size": 2, "mode": "area"}),
    (2, {"size": 9, "mode": "nearest-exact"}),
]


def image(count):
    return tensor(np.random.default_rng(0).standard_normal(SHAPES[count]))


@pytest.mark.parametrize(("count", "options"), OPTIONS, ids=str)
def test_it_is_the_op_with_its_options(count, options):
    assert (
        Upsample(**options)(image(count)).tolist() == interpolate(image(count), **options).tolist()
    )


def test_gradients_agree_with_finite_differences():
    assert gradcheck(Upsample(scale_factor=2, mode="bicubic"), image(2).requires_grad_())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "one of size"),
        ({"size": 2, "scale_factor": 2.0}, "one of size"),
        ({"size": 2, "mode": "cubic"}, "mode .'cubic'. must be one of"),
        ({"size": 2, "align_corners": True}, "align_corners is for modes linear"),
        ({"size": 2, "recompute_scale_factor": True}, "recompute_scale_factor is for"),
    ],
)
def test_options_that_do_not_fit_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        Upsample(**options)


def test_it_prints_its_size_or_factor():
    assert repr(Upsample(4)) == "Upsample(size=4, mode='nearest')"
    assert repr(Upsample(scale_factor=2.0)) == "Upsample(scale_factor=2.0, mode='nearest')"
