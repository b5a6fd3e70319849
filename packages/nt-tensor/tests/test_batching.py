"""A function of samples gives what it gives for each one, on every library."""

import nt_tensor
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_tensor import add_at, batching, get_at, namespace, set_at

SAMPLES = 3


@pytest.fixture(params=["cpu", "mlx", pytest.param("cuda", marks=pytest.mark.cuda)])
def device(request):
    try:
        nt_tensor.zeros(1, device=request.param)
    except (ImportError, RuntimeError) as missing:
        pytest.skip(f"no device {request.param} here: {missing}")
    return request.param


def normal(*shape, seed=0):
    return np.random.default_rng((seed, *shape)).standard_normal(shape).astype(np.float32)


def whole(*shape, high=3, seed=0):
    return np.random.default_rng((seed, *shape)).integers(0, high, shape)


X, Y = normal(SAMPLES, 2, 4), normal(SAMPLES, 4, seed=1)
PLACES = whole(SAMPLES, 2, 4)
ORDERS = np.stack([np.random.default_rng(i).permutation(4) for i in range(SAMPLES)])

CASES = {
    "add": (lambda xp, x, y: x + y, X, Y),
    "reflected": (lambda xp, x: 2.0 - x / 3, X),
    "compare": (lambda xp, x, y: (x > y) & ~(x == y), X, Y),
    "where": (lambda xp, x, y: xp.where(x > 0, x, y), X, Y),
    "clip": (lambda xp, x: xp.clip(x, -0.5, 0.7), X),
    "clip one side": (lambda xp, x: xp.clip(x, min=-0.5), X),
    "astype": (lambda xp, x: xp.astype(x, xp.int32), X),
    "sum of all": (lambda xp, x: xp.sum(x), X),
    "sum over one axis": (lambda xp, x: xp.sum(x, axis=-1, keepdims=True), X),
    "sum over two axes": (lambda xp, x: xp.sum(x, axis=(0, 1)), X),
    "sum of one number": (lambda xp, x: xp.sum(xp.sum(x)), X),
    "mean": (lambda xp, x: xp.mean(x, axis=0), X),
    "var": (lambda xp, x: xp.var(x, axis=1, correction=1), X),
    "max": (lambda xp, x: xp.max(x), X),
    "any": (lambda xp, x: xp.any(x > 1, axis=0), X),
    "count_nonzero": (lambda xp, x: xp.count_nonzero(x > 0), X),
    "argmax": (lambda xp, x: xp.argmax(x, axis=0), X),
    "argmax of all": (lambda xp, x: xp.argmax(x), X),
    "argmin, kept": (lambda xp, x: xp.argmin(x, keepdims=True), X),
    "cumulative_sum": (lambda xp, x: xp.cumulative_sum(x, axis=0), X),
    "sort": (lambda xp, x: xp.sort(x, descending=True), X),
    "argsort": (lambda xp, x: xp.argsort(x, axis=0), X),
    "diff": (lambda xp, x: xp.diff(x), X),
    "reshape": (lambda xp, x: xp.reshape(x, (2, -1, 2)), X),
    "flatten": (lambda xp, x: xp.reshape(x, -1), X),
    "permute_dims": (lambda xp, x: xp.permute_dims(x, (1, 0)), X),
    "moveaxis": (lambda xp, x: xp.moveaxis(x, 0, -1), X),
    "expand and squeeze": (lambda xp, x: xp.squeeze(xp.expand_dims(x, axis=-1), axis=-1), X),
    "flip": (lambda xp, x: xp.flip(x), X),
    "flip one": (lambda xp, x: xp.flip(x, axis=-1), X),
    "roll": (lambda xp, x: xp.roll(x, 1), X),
    "roll two": (lambda xp, x: xp.roll(x, (1, 2), axis=(0, 1)), X),
    "tile": (lambda xp, x: xp.tile(x, (2, 1, 3)), X),
    "tile fewer": (lambda xp, x: xp.tile(x, (3,)), X),
    "repeat": (lambda xp, x: xp.repeat(x, 2, axis=0), X),
    "repeat of all": (lambda xp, x: xp.repeat(x, 2), X),
    "broadcast_to": (lambda xp, y: xp.broadcast_to(y, (3, 2, 4)), Y),
    "broadcast_arrays": (lambda xp, x, y: xp.broadcast_arrays(x, y)[1], X, Y),
    "concat": (lambda xp, x: xp.concat([x, x + 1, xp.zeros((1, 4))], axis=0), X),
    "concat flat": (lambda xp, x: xp.concat([x, x], axis=None), X),
    "stack": (lambda xp, x: xp.stack([x, -x], axis=-1), X),
    "unstack": (lambda xp, x: xp.unstack(x, axis=1)[2], X),
    "matrix times matrix": (lambda xp, x: x @ xp.matrix_transpose(x), X),
    "matrix times vector": (lambda xp, x, y: x @ y, X, Y),
    "vector times matrix": (lambda xp, x, y: y @ xp.matrix_transpose(x), X, Y),
    "vector times vector": (lambda xp, y: y @ y, Y),
    "times what is shared": (lambda xp, x: x @ xp.ones((4, 2)), X),
    "stack times matrix": (lambda xp, x: xp.stack([x, x]) @ xp.reshape(x, (4, 2)), X),
    "tensordot": (lambda xp, x, y: xp.tensordot(x, y, axes=1), X, Y),
    "tensordot over two": (lambda xp, x: xp.tensordot(x, x, axes=((0, 1), (0, 1))), X),
    "vecdot": (lambda xp, x: xp.vecdot(x, x), X),
    "take": (lambda xp, x, p: xp.take(x, p, axis=1), X, ORDERS),
    "take what is shared": (lambda xp, x: xp.take(x, xp.asarray([1, 0, 1]), axis=0), X),
    "take from what is shared": (lambda xp, p: xp.take(xp.arange(4) * 10, p), ORDERS),
    "take many axes": (lambda xp, x, i: xp.take(x, i, axis=1), X, PLACES),
    "take_along_axis": (lambda xp, x, i: xp.take_along_axis(x, i, axis=1), X, PLACES),
    "tril": (lambda xp, x: xp.tril(x), X),
    "zeros_like": (lambda xp, x: xp.zeros_like(x) + xp.full(x.shape, 2.0), X),
    "eye": (lambda xp, x: x @ xp.eye(4), X),
    "searchsorted": (lambda xp, x: xp.searchsorted(xp.linspace(-1.0, 1.0, 5), x), X),
    "get a slice": (lambda xp, x: x[1:, ::2], X),
    "get one": (lambda xp, x: x[..., 1][None], X),
    "get by the same places": (lambda xp, x: get_at(x, (slice(None), xp.asarray([0, 2]))), X),
    "get by its own places": (lambda xp, y, p: get_at(y, p), Y, ORDERS),
    "get pairs": (lambda xp, x, i: get_at(x, (i % 2, i)), X, PLACES),
    "set a slice": (lambda xp, x: set_at(x, (slice(None), 1), 7.0), X),
    "set by its own places": (lambda xp, y, p: set_at(y, p, y), Y, ORDERS),
    "set in what is shared": (lambda xp, y, p: set_at(xp.zeros((4,)), p, y), Y, ORDERS),
    "add twice": (lambda xp, x, i: add_at(xp.zeros((3,)), i, x), X, PLACES),
    "add at a slice": (lambda xp, x, y: add_at(x, 1, y), X, Y),
    "a number that all share": (lambda xp, x: x * int(xp.sum(xp.ones_like(x))), X),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_function_of_each_sample(name, device):
    function, *arrays = CASES[name]
    placed = [nt_tensor.asarray(array, device=device) for array in arrays]
    xp = namespace(placed[0])
    looped = [function(xp, *(x[i] for x in placed)) for i in range(SAMPLES)]
    inside = [batching.batched(x) for x in placed]
    found = function(namespace(inside[0]), *inside)
    assert found.shape == tuple(looped[0].shape)
    assert found.dtype == looped[0].dtype
    values = nt_tensor.to_numpy(batching.unbatched(found, size=SAMPLES))
    right = np.stack([nt_tensor.to_numpy(each) for each in looped])
    np.testing.assert_allclose(values, right, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["add", "sum over one axis", "take", "matrix times vector"])
def test_samples_of_samples(name):
    function, *arrays = CASES[name]
    doubled = [np.stack([array, array[::-1]]) for array in arrays]
    inside = [batching.batched(batching.batched(x)) for x in doubled]
    assert {batching.depth(x) for x in inside} == {2}
    found = function(namespace(inside[0]), *inside)
    xp = namespace(arrays[0])
    for i in range(2):
        for j in range(SAMPLES):
            right = function(xp, *(x[i, j] for x in doubled))
            np.testing.assert_allclose(batching.whole(found)[i, j], right, rtol=1e-5)


@settings(max_examples=40, deadline=None)
@given(shape=st.lists(st.integers(0, 3), min_size=1, max_size=4), data=st.data())
def test_hiding_an_axis_and_showing_it_again_changes_nothing(shape, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = normal(*shape)
    inside = batching.batched(x, axis)
    assert batching.samples(inside) == shape[axis]
    np.testing.assert_array_equal(batching.unbatched(inside, axis), x)


def test_it_has_every_function_of_the_standard_and_no_other():
    inside = batching.batched(np.ones((2, 3)))
    assert dir(namespace(inside)) == dir(namespace(np.ones(3)))


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda xp, x: xp.nonzero(x > 0), "nonzero gives as many elements as the values ask for"),
        (lambda xp, x: xp.unique_values(x), "unique_values gives as many"),
        (
            lambda xp, x: bool(x[0, 0] > np.median(X[:, 0, 0])),
            "a decision .* depends on the sample",
        ),
        (lambda xp, x: float(xp.sum(x)), r"float\(\) depends on the sample"),
        (lambda xp, x: xp.sum(x).item(), r"item\(\) depends on the sample"),
        (lambda xp, x: x.tolist(), r"tolist\(\) depends on the sample"),
        (lambda xp, x: get_at(x, x > 0), "a mask must be the same for all samples"),
        (lambda xp, x: nt_tensor.to_numpy(x), "the values depend on the sample"),
        (lambda xp, x: xp.meshgrid(x, x), "meshgrid does not work on samples"),
    ],
)
def test_what_depends_on_the_sample_is_refused(ask, message):
    inside = batching.batched(X)
    with pytest.raises(TypeError, match=message):
        ask(namespace(inside), inside)


def test_axes_that_are_not_there_are_named():
    with pytest.raises(IndexError, match=r"axis 3 is out of bounds for an array of shape"):
        batching.batched(X, 3)
    inside = batching.batched(X)
    with pytest.raises(IndexError, match="axis 2 is out of bounds for an array with 2 axes"):
        namespace(inside).sum(inside, axis=2)
    with pytest.raises(ValueError, match=r"cumulative_sum needs an axis .* shape \(2, 4\)"):
        namespace(inside).cumulative_sum(inside)
    with pytest.raises(ValueError, match=r"shape \(2, 4\) cannot be reshaped to \(3, 3\)"):
        namespace(inside).reshape(inside, (3, 3))
