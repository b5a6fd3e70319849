"""Making arrays and moving them: default dtypes, devices, sharing, DLPack."""

import sys

import nt_tensor as nt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

NAN = float("nan")


def values(x):
    return nt.to_numpy(x)


@pytest.mark.parametrize(
    ("data", "dtype", "shape"),
    [
        (1.0, "float32", ()),
        (2, "int64", ()),
        (True, "bool", ()),
        ([1, 2.5], "float32", (2,)),
        ([[1], [2]], "int64", (2, 1)),
        ([], "float32", (0,)),
        ((True, False), "bool", (2,)),
        ([[], []], "float32", (2, 0)),
        (2**40, "int64", ()),
        (range(3), "int64", (3,)),
        (np.ones(2), "float64", (2,)),
        (np.float64(1), "float64", ()),
        ([np.float64(1), np.float64(2)], "float64", (2,)),
        ([np.ones(2, np.float32), np.zeros(2, np.float32)], "float32", (2, 2)),
        (np.ones(2, np.int8), "int8", (2,)),
        (np.ones((2, 2), np.float16)[::-1].T, "float16", (2, 2)),
        (np.ones(2, ">f4"), "float32", (2,)),
    ],
    ids=str,
)
def test_numbers_become_arrays_of_nts_default_dtypes(data, dtype, shape, device):
    x = nt.asarray(data, device=device)
    assert (str(nt.dtype_of(x)), tuple(x.shape)) == (dtype, shape)
    np.testing.assert_array_equal(values(x), np.asarray(data))


@pytest.mark.parametrize("dtype", ["float16", "float32", "int8", "uint8", "int64", "bool"])
def test_a_dtype_that_is_asked_for_comes(dtype, device):
    for data in ([0, 1, 2], np.asarray([0.0, 1.0, 2.0]), nt.asarray([0, 1, 2], device=device)):
        x = nt.asarray(data, dtype, device)
        assert str(nt.dtype_of(x)) == dtype
        np.testing.assert_array_equal(values(x), np.asarray([0, 1, 2]).astype(dtype))


@pytest.mark.parametrize("data", ["text", ["a"], None, [None], 1j, [object()], {1: 2}])
def test_what_is_no_number_is_refused(data):
    for dtype in (None, "float32"):  # NumPy would make a NaN of None and a number of a text
        with pytest.raises(TypeError, match="an array holds numbers or booleans, not"):
            nt.asarray(data, dtype)


def test_ragged_rows_and_numbers_too_large_are_refused():
    with pytest.raises(ValueError, match="inhomogeneous"):
        nt.asarray([[1, 2], [3]])
    with pytest.raises(TypeError, match="not int"):
        nt.asarray(2**70)
    with pytest.raises(OverflowError):
        nt.asarray(300, "int8")


def test_an_array_is_taken_as_it_is(device):
    x = nt.ones(3, device=device)
    assert nt.asarray(x) is x
    assert nt.asarray(x, "float32") is x
    assert nt.asarray(x, device=device) is x
    assert nt.astype(x, nt.float32) is x
    assert nt.to(x, device) is x


def test_an_array_stays_where_it_is_while_another_device_is_current(device):
    x = nt.ones(3)
    with nt.use_device(device):
        assert nt.asarray(x) is x
        assert str(nt.device_of(nt.asarray([1.0]))) == str(nt.device(device))


MADE = {
    "zeros": (lambda **k: nt.zeros((2, 3), **k), np.zeros((2, 3), np.float32)),
    "zeros of an integer": (lambda **k: nt.zeros(2, "int8", **k), np.zeros(2, np.int8)),
    "ones": (lambda **k: nt.ones([2], **k), np.ones(2, np.float32)),
    "full": (lambda **k: nt.full(2, 0.5, **k), np.full(2, 0.5, np.float32)),
    "full of integers": (lambda **k: nt.full(2, 7, **k), np.full(2, 7)),
    "full of a boolean": (lambda **k: nt.full((), True, **k), np.full((), True)),
    "full of a dtype": (lambda **k: nt.full(2, 7, "float16", **k), np.full(2, 7, np.float16)),
    "full of a scalar": (lambda **k: nt.full(2, np.float16(7), **k), np.full(2, 7, np.float16)),
    "arange": (lambda **k: nt.arange(4, **k), np.arange(4)),
    "arange from to": (lambda **k: nt.arange(4, -1, -2, **k), np.arange(4, -1, -2)),
    "arange of floats": (lambda **k: nt.arange(0.0, 1, 0.1, **k), np.arange(0, 1, 0.1, "f4")),
    "arange of a dtype": (
        lambda **k: nt.arange(3, dtype="float32", **k),
        np.arange(3.0, dtype="f4"),
    ),
    "linspace": (lambda **k: nt.linspace(-1, 1, 5, **k), np.linspace(-1, 1, 5, dtype=np.float32)),
    "eye": (lambda **k: nt.eye(2, 3, **k), np.eye(2, 3, dtype=np.float32)),
}


@pytest.mark.parametrize(("make", "expected"), MADE.values(), ids=MADE)
def test_what_is_made_is_the_same_on_every_device(make, expected, device):
    x = make(device=device)
    assert nt.device_of(x) == nt.device(device)
    assert str(nt.dtype_of(x)) == expected.dtype.name
    np.testing.assert_allclose(values(x), expected, rtol=1e-6, atol=1e-7)


def test_a_likeness_is_made_where_its_model_lies(device):
    model = nt.full((2, 3), 5, "int8", device)
    for x, value in (
        (nt.zeros_like(model), 0),
        (nt.ones_like(model), 1),
        (nt.full_like(model, 9), 9),
    ):
        assert (nt.device_of(x), nt.dtype_of(x)) == (nt.device_of(model), nt.int8)
        np.testing.assert_array_equal(values(x), np.full((2, 3), value))
    assert nt.empty_like(model, "float32").shape == model.shape
    assert nt.dtype_of(nt.empty((2,), "float16", device)) is nt.float16
    assert nt.dtype_of(nt.zeros_like(model, nt.bool_)) is nt.bool_


@given(
    data=st.lists(st.floats(width=32), max_size=5), dtype=st.sampled_from(["float16", "float32"])
)
def test_values_survive_the_way_to_a_device_and_back(data, dtype):
    with np.errstate(over="ignore"):
        x = np.asarray(data, np.float32).astype(dtype)
    for place in nt.devices():
        moved = nt.to(x, place)
        assert nt.device_of(moved) == place
        back = nt.to(moved, "cpu")
        assert back.dtype == x.dtype
        np.testing.assert_array_equal(back, x)


@pytest.mark.parametrize("view", [np.s_[::-1], np.s_[:, ::2], np.s_[1:1], np.s_[0, 0]], ids=str)
def test_views_of_any_stride_move(device, view):
    x = np.arange(12, dtype=np.float32).reshape(3, 4).T[view]
    np.testing.assert_array_equal(values(nt.to(np.asarray(x), device)), x)


def test_float64_keeps_all_of_its_digits(backend, device):
    if nt.float64 not in backend.dtypes:
        pytest.skip(f"{backend.name} has no float64 here")
    x = np.asarray([1 / 3, 1e300])
    np.testing.assert_array_equal(values(nt.to(x, device)), x)
    np.testing.assert_array_equal(values(nt.asarray(x, device=device)), x)
    np.testing.assert_array_equal(values(backend.xp.asarray(x)), x)


def test_numpy_arrays_are_given_out_as_they_are_and_immutable_ones_read_only(backend, device):
    x = nt.ones(3, device=device)
    seen = nt.to_numpy(x)
    if backend.name == "numpy":
        assert seen is x
    if not backend.mutable:
        with pytest.raises(ValueError, match="read-only"):
            seen[0] = 5
    assert isinstance(nt.to_numpy(backend.xp.sum(x)), np.ndarray)


def test_numpy_has_no_bfloat16_and_says_so():
    for make in (
        lambda: nt.zeros(2, "bfloat16"),
        lambda: nt.asarray([1.0], "bfloat16"),
        lambda: nt.astype(np.ones(2), "bfloat16"),
    ):
        with pytest.raises(TypeError, match="numpy has no bfloat16; it has float16, float32"):
            make()


def test_bfloat16_lives_where_it_exists(backend, device):
    if nt.bfloat16 not in backend.dtypes:
        pytest.skip(f"{backend.name} has no bfloat16")
    x = nt.asarray([1.0, 1.00390625, 3.0e38, NAN], nt.bfloat16, device)
    assert str(nt.dtype_of(x)) == "bfloat16"
    assert nt.to_numpy(x).dtype == np.float32
    np.testing.assert_array_equal(nt.to_numpy(x)[:2], [1.0, 1.0])
    y = nt.asarray(np.ones(2, np.float32), "bfloat16", device)
    assert str(nt.dtype_of(y)) == "bfloat16"
    with pytest.raises(TypeError, match="numpy has no bfloat16"):
        nt.to(x, "cpu")
    assert nt.dtype_of(nt.to(nt.astype(x, "float32"), "cpu")) is nt.float32
    assert nt.dtype_of(nt.zeros_like(x)) is nt.bfloat16


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_sums_over_nothing_end(backend, device, shape):
    xp = backend.xp
    for _ in range(200):  # MLX reads memory it did not set: now and then it went on for ever
        x = nt.asarray(np.zeros(shape, "float32"), device=device)
        found = [values(function(x)) for function in (xp.sum, xp.prod, xp.all)]
        assert found == [0, 1, True]
        assert (values(xp.sum(x, axis=0)) == 0).all()


def test_numpy_scalars_become_arrays_without_dimensions():
    for x in (nt.asarray(np.float32(3)), nt.to(np.float32(3), "cpu")):
        assert type(x) is np.ndarray
        assert x.shape == ()


@pytest.mark.parametrize("dtype", ["float32", "float16", "int64", "uint8"])
def test_dlpack_goes_both_ways(backend, device, dtype):
    x = nt.asarray([[1, 2], [3, 4]], dtype, device)
    backend.evaluate(x)
    if str(nt.device(device)) != "cuda:0":
        np.testing.assert_array_equal(np.from_dlpack(x), [[1, 2], [3, 4]])
    foreign = Foreign(np.asarray([[1, 2], [3, 4]], dtype))
    y = nt.from_dlpack(foreign, device)
    assert (nt.device_of(y), str(nt.dtype_of(y))) == (nt.device(device), dtype)
    np.testing.assert_array_equal(values(y), [[1, 2], [3, 4]])
    assert nt.from_dlpack(x) is x


class Foreign:
    """An array of some other library, which speaks DLPack and nothing else."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **how):
        return self.array.__dlpack__(**how)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def test_dlpack_keeps_bfloat16_where_it_exists_and_float64_everywhere(backend, device):
    if not hasattr(sys.modules.get("mlx.core"), "from_dlpack") or backend.name != "mlx":
        pytest.skip(f"{backend.name} takes no bfloat16 over")
    foreign = Foreign(nt.ones(2, nt.bfloat16, device))
    assert nt.dtype_of(nt.from_dlpack(foreign, device)) is nt.bfloat16
    with pytest.raises(TypeError, match="from_dlpack: numpy cannot read it"):
        nt.from_dlpack(foreign, "cpu")
    third = nt.from_dlpack(Foreign(np.asarray([1 / 3])), device)
    assert nt.to_numpy(third).tolist() == [1 / 3]


def test_arrays_of_complex_numbers_and_texts_are_refused():
    for array in (np.ones(2, np.complex64), np.asarray(["a"]), np.asarray([None])):
        with pytest.raises(TypeError, match="is not one of nt's dtypes"):
            nt.asarray(array)
    with pytest.raises(TypeError, match="complex64"):
        nt.from_dlpack(Foreign(np.ones(2, np.complex64)))


def test_dlpack_shares_memory_on_the_cpu():
    x = np.arange(3.0)
    assert np.shares_memory(nt.from_dlpack(Foreign(x)), x)


def test_dlpack_from_where_nt_cannot_be_is_refused():
    with pytest.raises(TypeError, match="from_dlpack: list does not speak DLPack"):
        nt.from_dlpack([1.0])
    far = Foreign(np.ones(2))
    far.__class__ = type("Far", (Foreign,), {"__dlpack_device__": lambda self: (4, 0)})
    with pytest.raises(ValueError, match="kind 4 is none of CPU, CUDA, Metal"):
        nt.from_dlpack(far)
