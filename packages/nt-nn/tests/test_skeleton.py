"""A model without memory has the names, shapes and counts of a real one."""

import tracemalloc

import numpy as np
import pytest
from nt_nn import (
    Embedding,
    LayerNorm,
    Linear,
    MultiHeadAttention,
    Parameter,
    Sequential,
    Transformer,
    count_parameters,
    init,
    skeleton,
)
from nt_tensor import Generator, default_generator


def shapes(module):
    return {n: (p.shape, str(p.dtype), p.requires_grad) for n, p in module.named_parameters()}


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sequential(Embedding(7, 4, padding_idx=0), LayerNorm(4), Linear(4, 3)),
        lambda: Transformer(8, 2, 1, 2, 16),
        lambda: MultiHeadAttention(8, 2, num_kv_heads=1, head_dim=6, dtype="float64"),
    ],
)
def test_a_skeleton_is_the_model_to_all_that_counts(make):
    with skeleton():
        sketched = make()
    assert shapes(sketched) == shapes(make())
    assert all(p.data.strides == (0,) * p.ndim for p in sketched.parameters())


def test_the_largest_model_fits_and_draws_nothing():
    before = default_generator().state_dict()
    tracemalloc.start()
    with skeleton():
        huge = Linear(100_000, 100_000)
        for fill in (init.ones_, init.normal_, init.trunc_normal_, init.xavier_uniform_):
            assert fill(huge.weight) is huge.weight
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert count_parameters(huge) == 10**10 + 10**5
    assert held < 1_000_000
    assert repr(default_generator().state_dict()) == repr(before)


def test_it_ends_with_its_block_even_where_something_is_raised():
    with pytest.raises(ValueError, match="must be positive"), skeleton():
        Linear(0, 1)
    layer = Linear(3, 2, generator=Generator(0))
    assert layer.weight.data.flags.writeable
    assert np.abs(layer.weight.detach().numpy()).min() > 0
    assert Parameter([1.0, 2.0]).tolist() == [1.0, 2.0]
