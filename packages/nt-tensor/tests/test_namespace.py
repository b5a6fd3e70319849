"""One program, three libraries: every function of the standard against NumPy's own."""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor.backends import _numpy_like
from nt_tensor.backends._standard import NAMES, complete
from nt_tensor.backends.numpy.namespace import DTYPES

INF, NAN = float("inf"), float("nan")
HOSTILE = np.asarray(
    [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -1.5, 3.7, 1e-30, -1e30, 1e30, 88.0, INF, -INF, NAN],
    np.float32,
)
TAME = np.asarray([[0.5, -2.0, 3.25], [1.0, 0.125, -0.75]], np.float32)
INTS = np.asarray([[7, -7, 3], [-3, 0, 127]], np.int32)
BOOLS = np.asarray([[True, False, True], [False, False, True]])
REPEATED = np.asarray([3, 1, 2, 1, 3, 3, 2, 0], np.int64)


def same(found, expected, tolerance=2e-6, signed_zeros=False):
    expected = np.asarray(expected)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    if expected.dtype.kind == "f":
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=1e-37)
        zero = (expected == 0) & signed_zeros
        np.testing.assert_array_equal(np.signbit(found[zero]), np.signbit(expected[zero]))
    else:
        np.testing.assert_array_equal(found, expected)


UNARY_FLOAT = """
    abs acos acosh asin asinh atan atanh ceil cos cosh exp expm1 floor isfinite isinf isnan log
    log10 log1p log2 logical_not negative positive reciprocal round sign signbit sin sinh sqrt
    square tan tanh trunc
""".split()  # noqa: SIM905
LARGE_ANGLES = {"sin", "cos", "tan"}
# Of -0.0 the standard says where it goes; MLX keeps it except in sin, logaddexp and remainder.
SIGNED = {"abs", "ceil", "copysign", "divide", "floor", "multiply", "negative", "nextafter"}
SIGNED |= {"positive", "round", "sqrt", "tanh", "trunc"}


@pytest.mark.parametrize("name", UNARY_FLOAT)
def test_a_function_of_one_number_means_what_numpy_means(run, name):
    x = HOSTILE[np.abs(np.nan_to_num(HOSTILE)) < 1e6] if name in LARGE_ANGLES else HOSTILE
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x)
    same(run(lambda xp, x: getattr(xp, name)(x), x), expected, 5e-6, name in SIGNED)


UNARY_INT = ["abs", "ceil", "floor", "trunc", "round", "sign", "signbit", "negative", "positive"]
UNARY_INT += ["square", "bitwise_invert", "isfinite", "isinf", "isnan", "logical_not"]


@pytest.mark.parametrize("name", UNARY_INT)
def test_integers_stay_integers(run, name):
    expected = INTS if name in ("ceil", "floor", "trunc", "round") else None
    if expected is None:
        expected = INTS < 0 if name == "signbit" else getattr(np, name)(INTS)
    same(run(lambda xp, x: getattr(xp, name)(x), INTS), expected)


BINARY_FLOAT = """
    add atan2 copysign divide equal floor_divide greater greater_equal hypot less less_equal
    logaddexp logical_and logical_or logical_xor maximum minimum multiply nextafter not_equal
    subtract remainder pow
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", BINARY_FLOAT)
def test_a_function_of_two_numbers_means_what_numpy_means(run, name):
    x, y = HOSTILE[:, None], HOSTILE[None, :]
    if name in ("floor_divide", "remainder"):  # NumPy itself leaves infinite quotients open
        x = np.asarray([7.5, -7.5, 0.3, -0.3, 0.0], np.float32)[:, None]
        y = np.asarray([2.0, -2.0, 0.1, 7.0], np.float32)[None, :]
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x, y)
    same(run(lambda xp, x, y: getattr(xp, name)(x, y), x, y), expected, 5e-6, name in SIGNED)


BINARY_INT = """
    add bitwise_and bitwise_or bitwise_xor equal floor_divide greater less_equal maximum minimum
    multiply not_equal remainder subtract
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", BINARY_INT)
def test_integer_arithmetic_rounds_down_and_the_remainder_has_the_divisors_sign(run, name):
    y = np.asarray([2, -2, 5], np.int32)
    same(run(lambda xp, x, y: getattr(xp, name)(x, y), INTS, y), getattr(np, name)(INTS, y))


@pytest.mark.parametrize("name", ["bitwise_left_shift", "bitwise_right_shift"])
def test_shifts_keep_the_sign(run, name):
    y = np.asarray([0, 1, 3], np.int32)
    same(run(lambda xp, x, y: getattr(xp, name)(x, y), INTS, y), getattr(np, name)(INTS, y))


@pytest.mark.parametrize("name", ["bitwise_and", "bitwise_or", "bitwise_xor"])
def test_bitwise_functions_take_booleans(run, name):
    other = ~BOOLS[::-1]
    same(
        run(lambda xp, x, y: getattr(xp, name)(x, y), BOOLS, other),
        getattr(np, name)(BOOLS, other),
    )


@pytest.mark.parametrize("name", ["copysign", "hypot", "nextafter", "maximum", "multiply"])
def test_a_python_number_takes_the_dtype_of_the_array(run, name):
    x = TAME.astype(np.float16)
    found = run(lambda xp, x: getattr(xp, name)(x, 2.0), x)
    same(found, getattr(np, name)(x, np.float16(2.0)), tolerance=1e-3)


def test_hypot_does_not_overflow_on_the_way(run):
    x = np.asarray([3e30, 3e-30, 0.0], np.float32)
    y = np.asarray([4e30, 4e-30, 0.0], np.float32)
    expected = np.asarray([5e30, 5e-30, 0], np.float32)
    same(run(lambda xp, x, y: xp.hypot(x, y), x, y), expected)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_nextafter_takes_the_smallest_step_of_any_width(run, dtype):
    x = HOSTILE[~(np.abs(HOSTILE) > 100)].astype(dtype)
    if nt.as_dtype(dtype) not in run.backend.dtypes:
        pytest.skip(f"{run.backend.name} has no {dtype} here")
    for towards in (INF, -INF, 0.0):
        y = np.full_like(x, towards)
        found = run(lambda xp, x, y: xp.nextafter(x, y), x, y)
        np.testing.assert_array_equal(found, np.nextafter(x, y))


@pytest.mark.parametrize("bounds", [(None, None), (-1.0, None), (None, 1), (-1.0, 1.0)])
def test_clip_keeps_the_dtype(run, bounds):
    low, high = (-INF if bounds[0] is None else bounds[0], bounds[1] or INF)
    expected = np.minimum(np.maximum(TAME, low), high)
    same(run(lambda xp, x: xp.clip(x, *bounds), TAME), expected)


def test_clip_takes_arrays_as_bounds(run):
    low, high = np.asarray([0.0, -1.0, 1.0], np.float32), np.asarray([[1.0], [0.5]], np.float32)
    found = run(lambda xp, x, a, b: xp.clip(x, a, b), TAME, low, high)
    same(found, np.minimum(np.maximum(TAME, low), high))


CREATION = {
    "zeros": (lambda xp: xp.zeros((2, 3)), np.zeros((2, 3), np.float32)),
    "zeros of a dtype": (lambda xp: xp.zeros(3, dtype=xp.int8), np.zeros(3, np.int8)),
    "ones": (lambda xp: xp.ones((2, 0)), np.ones((2, 0), np.float32)),
    "ones of booleans": (lambda xp: xp.ones((), dtype=xp.bool), np.ones((), bool)),
    "full of a float": (lambda xp: xp.full((2,), 0.5), np.full(2, 0.5, np.float32)),
    "full of an integer": (lambda xp: xp.full((2,), 2**40), np.full(2, 2**40)),
    "full of a boolean": (lambda xp: xp.full(2, True), np.full(2, True)),
    "full of a dtype": (lambda xp: xp.full(2, 3, dtype=xp.float16), np.full(2, 3, np.float16)),
    "arange": (lambda xp: xp.arange(5), np.arange(5)),
    "arange backwards": (lambda xp: xp.arange(5, -1, -2), np.arange(5, -1, -2)),
    "arange of floats": (lambda xp: xp.arange(0, 1, 0.25), np.arange(0, 1, 0.25, np.float32)),
    "arange of a dtype": (lambda xp: xp.arange(3, dtype=xp.uint8), np.arange(3, dtype=np.uint8)),
    "arange of nothing": (lambda xp: xp.arange(3, 3), np.arange(3, 3)),
    "linspace": (lambda xp: xp.linspace(-1, 1, 7), np.linspace(-1, 1, 7, dtype=np.float32)),
    "linspace without end": (
        lambda xp: xp.linspace(0, 1, 3, endpoint=False),
        np.linspace(0, 1, 3, endpoint=False, dtype=np.float32),
    ),
    "eye": (lambda xp: xp.eye(3), np.eye(3, dtype=np.float32)),
    "eye, wide": (lambda xp: xp.eye(2, 4, k=1), np.eye(2, 4, 1, dtype=np.float32)),
    "asarray of floats": (lambda xp: xp.asarray([1, 2.5]), np.asarray([1, 2.5], np.float32)),
    "asarray of integers": (lambda xp: xp.asarray([[1], [2]]), np.asarray([[1], [2]])),
    "asarray of a boolean": (lambda xp: xp.asarray(True), np.asarray(True)),
    "asarray of numpy": (lambda xp: xp.asarray(np.asarray([1 / 3])), np.asarray([1 / 3])),
    "asarray of a dtype": (
        lambda xp: xp.asarray([1, 2], dtype=xp.float32),
        np.asarray([1, 2], np.float32),
    ),
}


@pytest.mark.parametrize(("program", "expected"), CREATION.values(), ids=CREATION)
def test_creation_has_one_default_dtype_everywhere(run, program, expected):
    same(run(program), expected)


LIKE = {
    "zeros_like": lambda xp, x: xp.zeros_like(x),
    "ones_like": lambda xp, x: xp.ones_like(x),
    "full_like": lambda xp, x: xp.full_like(x, 7),
}


@pytest.mark.parametrize("name", LIKE)
def test_a_likeness_has_the_shape_and_the_dtype_or_another_dtype(run, name):
    expected = LIKE[name](np, INTS.T)
    same(run(LIKE[name], INTS.T), expected)
    other = run(
        lambda xp, x: getattr(xp, name)(x, *[7][: name == "full_like"], dtype=xp.float32), INTS
    )
    assert other.dtype == np.float32


def test_empty_arrays_have_their_shape(run):
    assert run(lambda xp: xp.empty((2, 3))).shape == (2, 3)
    assert run(lambda xp, x: xp.empty_like(x), INTS).dtype == INTS.dtype


def test_asarray_copies_when_it_is_asked_to(run):
    def program(xp, x):
        y = xp.asarray(x, copy=True)
        y[0] = 7
        return x

    same(run(program, REPEATED), REPEATED)
    with pytest.raises(ValueError, match="copy"):
        run(lambda xp: xp.asarray([1.0], copy=False))


MANIPULATION = {
    "astype": (lambda xp, x: xp.astype(x, xp.int32), TAME.astype(np.int32)),
    "astype to bool": (lambda xp, x: xp.astype(x, xp.bool), TAME.astype(bool)),
    "broadcast_to": (lambda xp, x: xp.broadcast_to(x, (4, 2, 3)), np.broadcast_to(TAME, (4, 2, 3))),
    "concat": (lambda xp, x: xp.concat([x, x], axis=1), np.concatenate([TAME, TAME], 1)),
    "concat flat": (lambda xp, x: xp.concat((x, x), axis=None), np.concatenate([TAME, TAME], None)),
    "expand_dims": (lambda xp, x: xp.expand_dims(x, axis=1), TAME[:, None]),
    "expand_dims last": (lambda xp, x: xp.expand_dims(x, axis=-1), TAME[..., None]),
    "flip": (lambda xp, x: xp.flip(x), TAME[::-1, ::-1]),
    "flip one": (lambda xp, x: xp.flip(x, axis=-1), TAME[:, ::-1]),
    "flip two": (lambda xp, x: xp.flip(x, axis=(0, 1)), TAME[::-1, ::-1]),
    "matrix_transpose": (lambda xp, x: xp.matrix_transpose(x), TAME.T),
    "moveaxis": (lambda xp, x: xp.moveaxis(x[None], 0, -1), TAME[..., None]),
    "moveaxis, many": (
        lambda xp, x: xp.moveaxis(xp.reshape(x, (1, 2, 3)), (0, 2), (2, 0)),
        np.moveaxis(TAME.reshape(1, 2, 3), (0, 2), (2, 0)),
    ),
    "permute_dims": (
        lambda xp, x: xp.permute_dims(x[None], (2, 0, 1)),
        TAME[None].transpose(2, 0, 1),
    ),
    "repeat": (lambda xp, x: xp.repeat(x, 2, axis=0), np.repeat(TAME, 2, 0)),
    "repeat flat": (lambda xp, x: xp.repeat(x, 2), np.repeat(TAME, 2)),
    "repeat each its own": (
        lambda xp, x: xp.repeat(x, xp.asarray([0, 2, 1]), axis=1),
        np.repeat(TAME, [0, 2, 1], 1),
    ),
    "reshape": (lambda xp, x: xp.reshape(x, (3, -1)), TAME.reshape(3, 2)),
    "reshape to one": (lambda xp, x: xp.reshape(x, (-1,), copy=True), TAME.ravel()),
    "roll": (lambda xp, x: xp.roll(x, 2), np.roll(TAME, 2)),
    "roll two": (lambda xp, x: xp.roll(x, (1, -1), axis=(0, 1)), np.roll(TAME, (1, -1), (0, 1))),
    "squeeze": (lambda xp, x: xp.squeeze(x[None, :, None], axis=(0, 2)), TAME),
    "stack": (lambda xp, x: xp.stack([x, -x], axis=-1), np.stack([TAME, -TAME], -1)),
    "tile": (lambda xp, x: xp.tile(x, (2, 1, 2)), np.tile(TAME, (2, 1, 2))),
    "tril": (lambda xp, x: xp.tril(x, k=-1), np.tril(TAME, -1)),
    "triu": (lambda xp, x: xp.triu(x, k=1), np.triu(TAME, 1)),
    "take": (lambda xp, x: xp.take(x, xp.asarray([2, 0, -1]), axis=1), TAME[:, [2, 0, -1]]),
    "take, many": (
        lambda xp, x: xp.take(x, xp.asarray([[1, 0]]), axis=0),
        TAME[np.asarray([[1, 0]])],
    ),
    "take_along_axis": (
        lambda xp, x: xp.take_along_axis(x, xp.asarray([[2], [0]])),
        np.asarray([[3.25], [1.0]], np.float32),
    ),
    "take_along_axis 0": (
        lambda xp, x: xp.take_along_axis(x, xp.asarray([[1, 0, 1]]), axis=0),
        np.asarray([[1.0, -2.0, -0.75]], np.float32),
    ),
    "where": (lambda xp, x: xp.where(x > 0, x, -x), np.abs(TAME)),
    "where of numbers": (
        lambda xp, x: xp.where(x > 0, x, 0.0),
        np.where(TAME > 0, TAME, np.float32(0)),
    ),
}


@pytest.mark.parametrize(("program", "expected"), MANIPULATION.values(), ids=MANIPULATION)
def test_manipulation_means_what_numpy_means(run, program, expected):
    found = run(program, TAME)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def test_what_gives_several_arrays_gives_them_in_order(run):
    for i, found in enumerate(run(lambda xp, x: xp.unstack(x, axis=1), TAME)):
        same(found, TAME[:, i])
    a, b = run(lambda xp, x: xp.broadcast_arrays(x, x[:1]), TAME)
    same(a, TAME), same(b, np.broadcast_to(TAME[:1], (2, 3)))


@pytest.mark.parametrize("indexing", ["xy", "ij"])
def test_a_grid_lies_as_it_is_told(run, indexing):
    grids = run(lambda xp, x: xp.meshgrid(x[0], x[1], indexing=indexing), TAME)
    for found, expected in zip(grids, np.meshgrid(*TAME, indexing=indexing), strict=True):
        same(found, expected)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((3,), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3,)),
        ((2, 3), (3, 4)),
        ((5, 1, 2, 3), (4, 3, 2)),
        ((2, 0), (0, 3)),
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_a_product_of_any_ranks_is_the_sum_over_the_inner_axis(run, left, right, dtype):
    a = (np.arange(np.prod(left)).reshape(left) - 2).astype(dtype)
    b = (np.arange(np.prod(right)).reshape(right) - 3).astype(dtype)
    same(run(lambda xp, a, b: xp.matmul(a, b), a, b), np.matmul(a, b))


@pytest.mark.parametrize("axes", [0, 1, 2, ((0,), (1,)), ((-1, 0), (1, 2))], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_tensordot_sums_over_the_axes_it_is_told(run, axes, dtype):
    a = np.arange(18).reshape(3, 2, 3).astype(dtype)
    b = np.arange(27).reshape(3, 3, 3).astype(dtype)[: 2 if axes == 2 else 3]
    b = b if axes != ((0,), (1,)) else b[:2]
    if axes == 2:
        a, b = a, np.arange(12).reshape(2, 3, 2).astype(dtype)
    same(run(lambda xp, a, b: xp.tensordot(a, b, axes=axes), a, b), np.tensordot(a, b, axes))


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_vecdot_sums_along_its_axis(run, dtype):
    a = TAME.astype(dtype)
    same(run(lambda xp, a: xp.vecdot(a, a), a), (a * a).sum(-1, dtype=dtype))
    same(run(lambda xp, a: xp.vecdot(a, a[:, :1], axis=0), a), (a * a[:, :1]).sum(0, dtype=dtype))


STATISTICS = {
    "sum": lambda xp, x, **k: xp.sum(x, **k),
    "prod": lambda xp, x, **k: xp.prod(x, **k),
    "max": lambda xp, x, **k: xp.max(x, **k),
    "min": lambda xp, x, **k: xp.min(x, **k),
    "mean": lambda xp, x, **k: xp.mean(x, **k),
    "var": lambda xp, x, **k: xp.var(x, **k),
    "std": lambda xp, x, **k: xp.std(x, **k),
    "all": lambda xp, x, **k: xp.all(x, **k),
    "any": lambda xp, x, **k: xp.any(x, **k),
    "count_nonzero": lambda xp, x, **k: xp.count_nonzero(x, **k),
}


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), ()], ids=str)
@pytest.mark.parametrize("name", STATISTICS)
def test_a_reduction_is_numpys_over_any_axes(run, name, axis, keepdims):
    x = np.stack([TAME, TAME * 2 - 1])
    x[0, 0, 0] = 0.0
    expected = getattr(np, name)(x, axis=axis, keepdims=keepdims)
    found = run(lambda xp, x: STATISTICS[name](xp, x, axis=axis, keepdims=keepdims), x)
    same(found, expected, tolerance=1e-5)


@pytest.mark.parametrize("name", ["var", "std"])
def test_a_variance_with_a_correction_divides_by_fewer(run, name):
    found = run(lambda xp, x: getattr(xp, name)(x, axis=1, correction=1), TAME)
    same(found, getattr(np, name)(TAME, axis=1, ddof=1), tolerance=1e-5)


def test_a_variance_survives_a_large_mean(run):
    x = (np.arange(8) + 1e4).astype(np.float32)
    same(run(lambda xp, x: xp.var(x), x), np.float32(5.25), tolerance=1e-5)


TOTALS = {"sum": np.sum, "prod": np.prod}
TOTALS |= {"cumulative_sum": np.cumsum, "cumulative_prod": np.cumprod}


@pytest.mark.parametrize("name", TOTALS)
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "bool"])
def test_small_integers_are_summed_in_64_bits(run, name, dtype):
    x = np.asarray([100, 100, 3], dtype)
    found = run(lambda xp, x: getattr(xp, name)(x), x)
    assert found.dtype == (np.uint64 if dtype == "uint8" else np.int64)
    np.testing.assert_array_equal(found, TOTALS[name](x.astype(np.int64)))


@pytest.mark.parametrize("name", TOTALS)
def test_a_sum_is_in_the_dtype_it_is_told(run, name):
    assert run(lambda xp, x: getattr(xp, name)(x, dtype=xp.float16), INTS[0]).dtype == np.float16
    assert run(lambda xp, x: getattr(xp, name)(x), TAME[0]).dtype == np.float32


@pytest.mark.parametrize(
    ("name", "numpys"), [("cumulative_sum", np.cumsum), ("cumulative_prod", np.cumprod)]
)
def test_a_running_total_may_begin_with_nothing(run, name, numpys):
    expected = numpys(TAME, 1)
    same(run(lambda xp, x: getattr(xp, name)(x, axis=1), TAME), expected)
    start = np.full((2, 1), name == "cumulative_prod", np.float32)
    found = run(lambda xp, x: getattr(xp, name)(x, axis=-1, include_initial=True), TAME)
    same(found, np.concatenate([start, expected], 1))
    with pytest.raises(ValueError, match="axis"):
        run(lambda xp, x: getattr(xp, name)(x), TAME)


def test_differences_are_numpys(run):
    same(run(lambda xp, x: xp.diff(x), TAME), np.diff(TAME))
    same(run(lambda xp, x: xp.diff(x, n=2, axis=1), TAME), np.diff(TAME, 2, 1))
    found = run(lambda xp, x: xp.diff(x, axis=0, prepend=x[:1], append=x[1:]), TAME)
    same(found, np.diff(TAME, axis=0, prepend=TAME[:1], append=TAME[1:]))


def test_order_is_stable_upwards_and_downwards(run):
    same(run(lambda xp, x: xp.sort(x), REPEATED), np.sort(REPEATED))
    same(run(lambda xp, x: xp.sort(x, descending=True), REPEATED), np.sort(REPEATED)[::-1])
    same(run(lambda xp, x: xp.argsort(x), REPEATED), np.asarray([7, 1, 3, 2, 6, 0, 4, 5]))
    found = run(lambda xp, x: xp.argsort(x, descending=True), REPEATED)
    same(found, np.asarray([0, 4, 5, 2, 6, 1, 3, 7]))
    same(run(lambda xp, x: xp.sort(x, axis=0), TAME), np.sort(TAME, 0))
    same(run(lambda xp, x: xp.argsort(x, axis=0, descending=True), TAME), np.argsort(-TAME, 0))


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_searching_gives_64_bit_places(run, name):
    same(run(lambda xp, x: getattr(xp, name)(x), TAME), getattr(np, name)(TAME))
    found = run(lambda xp, x: getattr(xp, name)(x, axis=0, keepdims=True), TAME)
    same(found, getattr(np, name)(TAME, axis=0, keepdims=True))


def test_nonzero_gives_the_places_on_every_axis(run):
    for found, expected in zip(
        run(lambda xp, x: xp.nonzero(x), INTS), np.nonzero(INTS), strict=True
    ):
        same(found, expected)
    with pytest.raises(ValueError, match="nonzero needs an array with at least one axis"):
        run(lambda xp: xp.nonzero(xp.asarray(1.0)))


@pytest.mark.parametrize("side", ["left", "right"])
def test_searchsorted_finds_where_to_insert(run, side):
    line, wanted = np.sort(REPEATED), np.asarray([[0, 3], [4, 1]])
    expected = np.searchsorted(line, wanted, side)
    same(run(lambda xp, x, v: xp.searchsorted(x, v, side=side), line, wanted), expected)
    found = run(
        lambda xp, x, v: xp.searchsorted(x, v, side=side, sorter=xp.argsort(x)), REPEATED, wanted
    )
    same(found, expected)


def test_sets_know_values_places_and_counts(run):
    x = REPEATED.reshape(2, 4)
    values, first, inverse, counts = run(lambda xp, x: xp.unique_all(x), x)
    same(values, np.asarray([0, 1, 2, 3]))
    same(first, np.asarray([7, 1, 2, 0]))
    same(values[inverse], x)
    same(counts, np.asarray([1, 2, 2, 3]))
    same(run(lambda xp, x: xp.unique_values(x), x), values)
    assert run(lambda xp, x: xp.unique_counts(x), x)._fields == ("values", "counts")
    assert run(lambda xp, x: xp.unique_inverse(x), x).inverse_indices.shape == x.shape
    nans = np.asarray([NAN, 1.0, NAN], np.float32)
    assert run(lambda xp, x: xp.unique_values(x), nans).shape == (3,), "no NaN equals another"


def test_every_namespace_has_the_standards_names_and_no_others(run):
    xp = run.backend.xp
    public = {name for name in dir(xp) if not name.startswith("_")}
    assert public == set(NAMES) | {str(dtype) for dtype in run.backend.dtypes}
    with pytest.raises(AttributeError, match=r"einsum.*array API"):
        xp.einsum  # noqa: B018


def test_a_namespace_that_lacks_a_name_is_refused():
    functions = _numpy_like.functions(np)
    del functions["tanh"]
    with pytest.raises(ValueError, match="tanh"):
        complete("half", DTYPES, functions)


def test_kinds_limits_and_promotion_are_the_same_everywhere(run):
    xp = run.backend.xp
    assert xp.isdtype(xp.float32, "real floating")
    assert xp.isdtype(xp.uint8, ("bool", "integral"))
    assert not xp.isdtype(xp.bool, "numeric")
    assert xp.isdtype(xp.int8, xp.int8)
    assert xp.result_type(xp.float32, xp.int64) == xp.float32
    assert xp.result_type(xp.asarray([1], dtype=xp.int8), 2) == xp.int8
    assert xp.can_cast(xp.int8, xp.int32)
    assert not xp.can_cast(xp.float32, xp.int32)
    assert xp.finfo(xp.float32).eps == 2.0**-23
    assert type(xp.finfo(xp.asarray(1.0)).max) is float
    assert xp.iinfo(xp.int8).min == -128
    with pytest.raises(TypeError, match="int8"):
        xp.finfo(xp.int8)
    with pytest.raises(TypeError, match="float32"):
        xp.iinfo(xp.float32)


def test_misfits_are_refused_in_one_line(run):
    with pytest.raises((ValueError, IndexError), match=r"(?i)axis"):
        run(lambda xp, x: xp.expand_dims(x, axis=9), TAME)
    with pytest.raises(ValueError, match="two axes"):
        run(lambda xp, x: xp.matrix_transpose(x[0]), TAME)
