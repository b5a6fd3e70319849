"""unfold and fold: patches against loops, overlaps counted, each the other's transpose."""

import nt_autograd as ag
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import count_flops, fold, gradcheck, gradgradcheck, tensor, unfold

# kernel_size, dilation, padding, stride
OPTIONS = [
    (2, 1, 0, 1),
    ((2, 3), 1, (1, 0), (2, 1)),
    ((3, 1), (1, 2), 2, (1, 3)),
    (2, (3, 2), 1, 2),
    (1, 1, 0, 3),
]


def pair(n):
    return (n, n) if isinstance(n, int) else n


def by_loop(x, kernel_size, dilation, padding, stride):
    (k, m), (d, e), (p, q), (s, t) = map(pair, (kernel_size, dilation, padding, stride))
    padded = np.pad(x, [(0, 0), (0, 0), (p, p), (q, q)])
    places = [
        (i, j)
        for i in range(0, padded.shape[2] - d * (k - 1), s)
        for j in range(0, padded.shape[3] - e * (m - 1), t)
    ]
    patches = [
        padded[:, :, i : i + d * (k - 1) + 1 : d, j : j + e * (m - 1) + 1 : e] for i, j in places
    ]
    return np.stack([patch.reshape(len(x), -1) for patch in patches], axis=2)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_columns_are_the_patches_line_by_line(options, road, agree, rng):
    x = rng.standard_normal((2, 3, 6, 7))
    np.testing.assert_array_equal(unfold(tensor(x), *options).numpy(), by_loop(x, *options))
    np.testing.assert_array_equal(unfold(tensor(x[0]), *options).numpy(), by_loop(x, *options)[0])
    agree(lambda t: unfold(t, *options), x, device=road)
    agree(
        lambda t: unfold(t.transpose(1, 3)[:, ::2], *options), x.transpose(0, 3, 2, 1), device=road
    )


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_fold_is_the_transpose_of_unfold(options, road, agree, rng):
    x = rng.standard_normal((2, 3, 6, 7))
    columns = rng.standard_normal(by_loop(x, *options).shape)
    y = fold(tensor(columns), (6, 7), *options)
    assert y.shape == x.shape
    np.testing.assert_allclose((y.numpy() * x).sum(), (columns * by_loop(x, *options)).sum())
    np.testing.assert_array_equal(fold(tensor(columns[0]), (6, 7), *options).numpy(), y.numpy()[0])
    agree(lambda t: fold(t, (6, 7), *options), columns, device=road)


@settings(max_examples=40, deadline=None)
@given(
    lengths=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    size=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    dilation=st.integers(1, 2),
    padding=st.integers(0, 2),
    stride=st.integers(1, 3),
)
def test_fold_of_unfold_counts_the_overlaps(lengths, size, dilation, padding, stride):
    if any(n + 2 * padding < dilation * (k - 1) + 1 for n, k in zip(lengths, size, strict=True)):
        return
    options = (size, dilation, padding, stride)
    x = np.random.default_rng(0).integers(-9, 9, (1, 2, *lengths)) * 1.0
    counts = fold(unfold(ag.ones(1, 2, *lengths, dtype="float64"), *options), lengths, *options)
    back = fold(unfold(tensor(x), *options), lengths, *options)
    np.testing.assert_array_equal(back.numpy(), x * counts.numpy())
    assert counts.numpy().max() <= size[0] * size[1]


def test_a_convolution_is_a_product_with_the_columns(rng):
    x, w = rng.standard_normal((2, 3, 6, 7)), rng.standard_normal((4, 3, 2, 3))
    right = ag.conv2d(tensor(x), tensor(w), stride=2, padding=1)
    found = tensor(w.reshape(4, 18)) @ unfold(tensor(x), (2, 3), padding=1, stride=2)
    np.testing.assert_allclose(found.numpy().reshape(right.shape), right.numpy(), rtol=1e-11)


def test_both_derivatives_agree_with_differences(rng):
    x = tensor(rng.standard_normal((1, 2, 4, 5)), requires_grad=True)
    assert gradcheck(lambda x: unfold(x, 2, 2, 1, 2), x)
    assert gradgradcheck(lambda x: unfold(x * x, 2, 2, 1, 2), x)
    columns = tensor(rng.standard_normal((1, 8, 20)), requires_grad=True)
    assert gradcheck(lambda c: fold(c, (5, 6), 2), columns)
    assert gradgradcheck(lambda c: fold(c * c, (5, 6), 2), columns)


def test_an_empty_batch_stays_empty(road, agree):
    agree(lambda t: unfold(t, 2), np.zeros((0, 3, 4, 4)), device=road)
    agree(lambda t: fold(t, (4, 4), 2), np.zeros((0, 12, 9)), device=road)


def test_their_cost():
    with count_flops() as count:
        fold(unfold(ag.ones(1, 2, 4, 4), 2), 4, 2)
    assert count.by_op["unfold"][1] == 0
    assert count.by_op["fold"][1] == 8 * 9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: unfold(ag.ones(4, 4), 2), r"unfold: input \(4, 4\) must be \(N, C, H, W\)"),
        (lambda: unfold(ag.ones(1, 2, 4, 4), 5), "does not fit into"),
        (lambda: unfold(ag.ones(1, 2, 4, 4), 0), "kernel_size must be"),
        (lambda: unfold(ag.ones(1, 2, 4, 4), 2, padding=-1), "padding must be"),
        (lambda: fold(ag.ones(1, 7, 9), 4, 2), r"input \(1, 7, 9\) must be \(N, C \* 4, 9\)"),
        (lambda: fold(ag.ones(1, 8, 8), 4, 2), r"have \(3, 3\) places in an image of \(4, 4\)"),
        (lambda: fold(ag.ones(1, 8, 9), (4, 0), 2), "output_size must be"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
