"""Packing and padding: what goes in comes out, in its order, and so do gradients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import grad, ones, tensor
from nt_nn import (
    PackedSequence,
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    pad_sequence,
    unpack_sequence,
    unpad_sequence,
)

some_lengths = st.lists(st.integers(1, 7), min_size=1, max_size=6)


def sequences(lengths, shape=(2,)):
    rng = np.random.default_rng(lengths)
    return [tensor(rng.standard_normal((n, *shape)), requires_grad=True) for n in lengths]


def same(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.detach().numpy(), other.detach().numpy())


@settings(max_examples=30, deadline=None)
@given(some_lengths, st.sampled_from([(), (2,), (2, 0)]))
def test_what_is_packed_is_unpacked_in_its_order(lengths, shape):
    xs = sequences(lengths, shape)
    packed = pack_sequence(xs, enforce_sorted=False)
    assert sum(packed.batch_sizes) == sum(lengths) == packed.data.shape[0]
    assert list(packed.batch_sizes) == sorted(packed.batch_sizes, reverse=True)
    same(unpack_sequence(packed), xs)


@settings(max_examples=30, deadline=None)
@given(some_lengths, st.booleans(), st.integers(0, 3), st.sampled_from([0.0, -1.5]))
def test_what_is_packed_is_padded_as_it_was(lengths, batch_first, more, value):
    xs = sequences(lengths)
    padded = pad_sequence(xs, batch_first, value)
    packed = pack_padded_sequence(padded, tensor(lengths), batch_first, enforce_sorted=False)
    total = max(lengths) + more
    found, ends = pad_packed_sequence(packed, batch_first, value, total)
    assert ends.tolist() == lengths
    time = 1 if batch_first else 0
    assert found.shape[time] == total
    expected = np.full(found.shape, value)
    for k, x in enumerate(xs):
        at = (k, slice(x.shape[0])) if batch_first else (slice(x.shape[0]), k)
        expected[at] = x.detach().numpy()
    np.testing.assert_array_equal(found.detach().numpy(), expected)
    same(unpad_sequence(found, ends, batch_first), xs)


def test_the_steps_lie_as_pytorch_lays_them():
    x = tensor([[1.0, 2.0, 0.0], [3.0, 4.0, 5.0], [6.0, 0.0, 0.0]])
    packed = pack_padded_sequence(x, [2, 3, 1], batch_first=True, enforce_sorted=False)
    assert packed.data.tolist() == [3, 1, 6, 4, 2, 5]
    assert packed.batch_sizes == (3, 2, 1)
    assert packed.sorted_indices == (1, 0, 2)
    assert packed.unsorted_indices == (1, 0, 2)
    made = PackedSequence(packed.data, packed.batch_sizes, (1, 0, 2), (1, 0, 2))
    assert pad_packed_sequence(made, True)[0].tolist() == x.tolist()


def test_each_step_gets_its_own_gradient_and_padding_none():
    x = tensor(np.zeros((2, 3)), requires_grad=True)
    packed = pack_padded_sequence(x, [1, 3], batch_first=True, enforce_sorted=False)
    v = tensor([1.0, 2.0, 3.0, 4.0], dtype="float64")
    (g,) = grad(packed.data, x, v, retain_graph=True)
    assert g.tolist() == [[2.0, 0.0, 0.0], [1.0, 3.0, 4.0]]
    padded, _ = pad_packed_sequence(packed, batch_first=True, total_length=5)
    v = np.arange(10.0).reshape(2, 5)
    (g,) = grad(padded, x, tensor(v))
    assert g.tolist() == [[0.0, 0.0, 0.0], [5.0, 6.0, 7.0]]


def test_padding_may_stand_on_the_left_and_dtypes_stay():
    xs = [tensor([1, 2]), tensor([3])]
    assert pad_sequence(xs, True, 9, "left").tolist() == [[1, 2], [9, 3]]
    assert str(pad_sequence(xs).dtype) == "int64"
    half = [x.to("float16") for x in xs]
    assert str(pad_packed_sequence(pack_sequence(half))[0].dtype) == "float16"


def test_a_packed_sequence_moves_with_its_data():
    assert str(pack_sequence([ones(2), ones(1)]).to("float64").data.dtype) == "float64"


def test_what_does_not_fit_is_named():
    x = ones(2, 3, 4)
    with pytest.raises(ValueError, match=r"lengths must have one entry for each of 3 sequences"):
        pack_padded_sequence(x, [2, 1])
    with pytest.raises(ValueError, match=r"lengths must lie in 1 to 2, .*got \[2, 1, 0\]"):
        pack_padded_sequence(x, [2, 1, 0])
    with pytest.raises(ValueError, match=r"lengths must lie in 1 to 2, .*got \[3, 1, 1\]"):
        pack_padded_sequence(x, [3, 1, 1])
    with pytest.raises(ValueError, match=r"lengths must fall unless enforce_sorted is False"):
        pack_padded_sequence(x, [1, 2, 1])
    with pytest.raises(TypeError, match=r"lengths must be integers, got \[2.0, 1.0, 1.0\]"):
        pack_padded_sequence(x, tensor([2.0, 1.0, 1.0]))
    with pytest.raises(ValueError, match=r"input must be \(time, batch, …\), got \(2,\)"):
        pack_padded_sequence(ones(2), [1])
    with pytest.raises(ValueError, match=r"total_length \(1\) must be at least 2"):
        pad_packed_sequence(pack_padded_sequence(x, [2, 1, 1]), total_length=1)
    with pytest.raises(
        ValueError, match=r"alike but for their lengths, got \[\(2, 3\), \(2, 4\)\]"
    ):
        pad_sequence([ones(2, 3), ones(2, 4)])
    with pytest.raises(ValueError, match=r"alike but for their lengths, got \[\]"):
        pack_sequence([])
    with pytest.raises(ValueError, match=r'padding_side must be "right" or "left", got \'top\''):
        pad_sequence([ones(2)], padding_side="top")
    with pytest.raises(ValueError, match=r"one entry for each of 3 sequences, got \[1\]"):
        unpad_sequence(x, [1])
