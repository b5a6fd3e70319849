import pickle

import nt_tensor as nt
import numpy as np
import pytest

NAMES = "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 bfloat16 float32 float64"
# What torch.promote_types (2.13) answers for every pair; "-" where it refuses.
TORCH = """
    bool u8 - - - i8 i16 i32 i64 f16 bf16 f32 f64
    u8 u8 - - - i16 i16 i32 i64 f16 bf16 f32 f64
    - - u16 - - - - - - f16 bf16 f32 f64
    - - - u32 - - - - - f16 bf16 f32 f64
    - - - - u64 - - - - f16 bf16 f32 f64
    i8 i16 - - - i8 i16 i32 i64 f16 bf16 f32 f64
    i16 i16 - - - i16 i16 i32 i64 f16 bf16 f32 f64
    i32 i32 - - - i32 i32 i32 i64 f16 bf16 f32 f64
    i64 i64 - - - i64 i64 i64 i64 f16 bf16 f32 f64
    f16 f16 f16 f16 f16 f16 f16 f16 f16 f16 f32 f32 f64
    bf16 bf16 bf16 bf16 bf16 bf16 bf16 bf16 bf16 f32 bf16 f32 f64
    f32 f32 f32 f32 f32 f32 f32 f32 f32 f32 f32 f32 f64
    f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
"""
SHORT = {"bf": "bfloat", "f": "float", "u": "uint", "i": "int"}


def long_name(short):
    letters = short.rstrip("0123456789")
    return SHORT.get(letters, letters) + short[len(letters) :]


PAIRS = [
    (a, b, long_name(answer))
    for a, row in zip(NAMES.split(), TORCH.strip().splitlines(), strict=True)
    for b, answer in zip(NAMES.split(), row.split(), strict=True)
]


@pytest.mark.parametrize(("a", "b", "answer"), [pair for pair in PAIRS if pair[2] != "-"])
def test_promotion_is_pytorchs(a, b, answer):
    assert nt.promote_types(a, b) is nt.as_dtype(answer)


@pytest.mark.parametrize(("a", "b"), [pair[:2] for pair in PAIRS if pair[2] == "-"])
def test_where_pytorch_refuses_two_integers_the_smallest_that_holds_both_is_taken(a, b):
    if "uint64" in (a, b) and "int" in (a.rstrip("0123456789"), b.rstrip("0123456789")):
        with pytest.raises(TypeError, match=f"no integer holds both uint64 and {min(a, b)}"):
            nt.promote_types(a, b)
    else:
        assert str(nt.promote_types(a, b)) == np.promote_types(a, b).name


def test_promotion_does_not_depend_on_the_order():
    for a, b, answer in PAIRS:
        if answer != "-":
            assert nt.promote_types(a, b) is nt.promote_types(b, a)


def values():
    return {
        "f32": np.ones(2, np.float32),
        "f16": np.ones(2, np.float16),
        "i16": np.ones(2, np.int16),
        "b": np.ones(2, bool),
        "f64_0": np.float64(1),
        "i64_0": np.ones((), np.int64),
        "b_0": np.ones((), bool),
        "float": 1.0,
        "int": 1,
        "True": True,
    }


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [  # what torch.result_type (2.13) answers; _0 is an array without dimensions
        ("f32", "f64_0", "float32"),
        ("f32", "i64_0", "float32"),
        ("f32", "float", "float32"),
        ("f32", "int", "float32"),
        ("f16", "f64_0", "float16"),
        ("f16", "float", "float16"),
        ("f16", "f32", "float32"),
        ("i16", "f64_0", "float64"),
        ("i16", "i64_0", "int16"),
        ("i16", "b", "int16"),
        ("i16", "f16", "float16"),
        ("i16", "float", "float32"),
        ("i16", "True", "int16"),
        ("f64_0", "float", "float64"),
        ("f64_0", "b", "float64"),
        ("i64_0", "float", "float32"),
        ("i64_0", "f16", "float16"),
        ("b", "b_0", "bool"),
        ("b", "int", "int64"),
        ("b_0", "float", "float32"),
        ("float", "int", "float32"),
        ("int", "True", "int64"),
    ],
)
def test_arrays_with_dimensions_outweigh_those_without_and_python_numbers(a, b, answer):
    known = values()
    assert nt.result_type(known[a], known[b]) is nt.as_dtype(answer)
    assert nt.result_type(known[b], known[a]) is nt.as_dtype(answer)


def test_result_type_takes_dtypes_and_many_values(backend):
    x = nt.ones(2, device=backend.devices()[0])
    assert nt.result_type(x, 2, True, x, nt.float16) is nt.float32
    assert nt.result_type(backend.dtypes[nt.int8], "int16") is nt.int16
    with pytest.raises(TypeError, match="needs at least one"):
        nt.result_type()


@pytest.mark.parametrize("name", NAMES.split())
def test_a_dtype_is_one_object_under_all_of_its_names(name, backend):
    dtype = nt.as_dtype(name)
    assert str(dtype) == name
    assert nt.as_dtype(dtype) is dtype
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    if dtype in backend.dtypes:
        own = nt.native(name, backend)
        assert nt.as_dtype(own) is dtype
        x = backend.xp.zeros((2,), dtype=own)
        assert nt.dtype_of(x) is dtype
        assert x.itemsize == dtype.itemsize
    else:
        assert (dtype, backend.mutable) == (nt.bfloat16, True)


def test_numpy_types_and_python_types_are_names_too():
    assert nt.as_dtype(np.float32) is nt.float32
    assert nt.as_dtype(np.dtype("int8")) is nt.int8
    assert [nt.as_dtype(t) for t in (float, int, bool)] == [nt.float32, nt.int64, nt.bool_]


@pytest.mark.parametrize(
    "wrong", ["float", "complex64", "float8", np.complex64, object, None, 3, [1]]
)
def test_what_is_no_dtype_is_named_in_one_line_with_what_is(wrong):
    with pytest.raises(TypeError, match=r"not one of nt's dtypes: float16, bfloat16") as error:
        nt.as_dtype(wrong)
    assert "\n" not in str(error.value)


def test_a_dtype_that_a_library_lacks_is_refused_with_those_it_has():
    with pytest.raises(TypeError, match="numpy has no bfloat16; it has float16, float32"):
        nt.native("bfloat16", nt.backend_named("numpy"))


def test_foreign_arrays_of_complex_numbers_have_no_dtype_here():
    with pytest.raises(TypeError, match="complex64"):
        nt.dtype_of(np.zeros(2, np.complex64))
