"""A checkpoint is whole or refused; whatever happens while one is written, the last stays."""

import json
import os
import random
import signal
import struct
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from nt_autograd import tensor
from nt_nn import Linear, checkpoint
from nt_nn.checkpoint import CheckpointError, load, load_state, save, save_state
from nt_nn.optim import AdamW
from safetensors.numpy import load_file, save_file

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="no file size limits, no SIGKILL")

ARRAYS = {
    "half": np.float16([1.5, -2.0]),
    "single": np.float32([[np.nan, np.inf], [-0.0, 1e-45]]),
    "double": np.float64([1 / 3]),
    "bytes": np.uint8([0, 255]),
    "long": np.int64([-(2**63), 2**63 - 1]),
    "unsigned": np.uint64([2**64 - 1]),
    "flags": np.array([True, False]),
    "scalar": np.float32(7.0),
    "none": np.zeros((0, 3), np.float32),
    "turned": np.arange(12, dtype=np.int32).reshape(3, 4).T,
    "every_other": np.arange(10.0)[::2],
    "foreign": np.arange(3, dtype=">f4"),
}


def same(a, b):
    return (
        a.shape == b.shape and a.dtype == b.dtype.newbyteorder("=") and a.tobytes() == b.tobytes()
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.fixture
def whole(path):
    """A good file, and nothing else in its folder."""
    save(path, {"w": np.arange(6, dtype=np.float32)}, {"note": "good"})
    return path


def assert_untouched(path):
    assert load(path).metadata == {"note": "good"}
    assert load(path).tensors["w"].tolist() == [0, 1, 2, 3, 4, 5]
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_what_is_saved_comes_back_bit_for_bit_whatever_its_dtype_shape_and_layout(path):
    save(path, ARRAYS, {"key": "välue\n"})
    tensors, metadata = load(path)
    assert metadata == {"key": "välue\n"}
    assert list(tensors) == sorted(ARRAYS)
    for name, want in ARRAYS.items():
        want = np.asarray(want, np.dtype(want.dtype).newbyteorder("="))
        assert same(tensors[name], want), name


def test_the_file_is_plain_safetensors_that_others_read_and_theirs_are_read_here(path):
    save(path, {"a.b": tensor([1.0, 2.0])})
    assert load_file(path)["a.b"].tolist() == [1.0, 2.0]
    save_file({"x": np.ones(2, np.float16)}, path)
    assert load(path) == ({"x": pytest.approx([1.0, 1.0])}, {})


def test_a_state_of_model_and_optimizer_comes_back_as_it_was(path):
    model = Linear(3, 2)
    optimizer = AdamW(model.named_parameters(), lr=0.1)
    model(tensor([[1.0, 2.0, 3.0]])).sum().backward()
    optimizer.step()
    state = {
        "step": 3,
        "rate": 0.1,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "random": {"words": [2**64 - 1, 0], "none": None, "on": True},
        "history": [1.0, float("inf")],
        "empty": {},
    }
    save_state(path, state)
    found = load_state(path)
    assert found["random"] == state["random"]
    assert (found["step"], found["rate"], found["history"]) == (3, 0.1, [1.0, float("inf")])
    assert list(found) == list(state)
    other = Linear(3, 2)
    again = AdamW(other.named_parameters(), lr=5.0)
    other.load_state_dict(found["model"])
    again.load_state_dict(found["optimizer"])
    assert other.weight.tolist() == model.weight.tolist()
    assert again.param_groups[0]["lr"] == 0.1
    assert again.param_groups[0]["betas"] == (0.9, 0.999)
    moment = again.state[other.weight]["exp_avg_sq"]
    assert moment.tolist() == optimizer.state[model.weight]["exp_avg_sq"].tolist()
    assert "optimizer.state.weight.exp_avg" in load(path).tensors


NAMES = st.text(max_size=5).filter(lambda name: name != "$tensor" and "." not in name)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.lists(st.integers(-100, 100), max_size=4).map(lambda numbers: np.array(numbers, np.int8))
)
STATES = st.dictionaries(
    NAMES,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    ),
)


def equal(a, b):
    if isinstance(a, dict):
        return list(a) == list(b) and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    return same(a, b) if isinstance(a, np.ndarray) else (type(a), a) == (type(b), b)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(state=STATES)
def test_any_nested_state_comes_back_as_it_was(path, state):
    try:
        save_state(path, state)
    except ValueError as error:  # "" and "a" inside "" can name the same
        assume("two tensors of the state" not in str(error))
        raise
    assert equal(load_state(path), state)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"a": {1: 2}}, "key 1 in a"),
        ({"a": [object()]}, r"a\.0 is a object"),
        ({"$tensor": "x"}, "must be text, not"),
    ],
)
def test_a_state_that_cannot_be_saved_is_refused_by_its_path(whole, state, said):
    with pytest.raises(TypeError, match=said):
        save_state(whole, state)
    assert_untouched(whole)


def test_two_tensors_of_one_path_are_refused(whole):
    with pytest.raises(ValueError, match=r"named a\.b"):
        save_state(whole, {"a.b": tensor([1.0]), "a": {"b": tensor([2.0])}})
    with pytest.raises(TypeError, match="w must be a tensor or an array, not list"):
        save(whole, {"w": [1.0]})
    with pytest.raises(TypeError, match="metadata 'a': 1"):
        save(whole, {}, {"a": 1})
    assert_untouched(whole)


def test_a_file_cut_short_anywhere_is_refused_by_name(whole):
    content = whole.read_bytes()
    for length in range(len(content)):
        whole.write_bytes(content[:length])
        with pytest.raises(CheckpointError, match=r"model\.safetensors") as caught:
            load(whole)
        assert "\n" not in str(caught.value)
    assert f"cut short: {len(content) - 1} of {len(content)} bytes" in str(caught.value)


def test_a_file_changed_anywhere_is_refused_by_name(whole):
    content, refused = whole.read_bytes(), []
    named = content.index(b"nt.crc32")  # without that name there is no check, as in others' files
    for place in set(range(len(content))) - set(range(named, named + 8)):
        for bit in (0, 4, 7):
            wrong = bytearray(content)
            wrong[place] ^= 1 << bit
            whole.write_bytes(wrong)
            try:
                tensors, metadata = load(whole)
            except CheckpointError as error:
                refused.append(str(error))
                continue
            # white space between the header's words may change, what it says may not
            assert metadata == {"note": "good"}, (place, bit)
            assert tensors["w"].tolist() == [0, 1, 2, 3, 4, 5], (place, bit)
    assert len(refused) > 2 * len(content)
    assert all("model.safetensors" in said for said in refused)


def forged(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "has 0 bytes"),
        (b"PK\x03\x04 a zip file", "header would be"),
        (b"\xff" * 64, "header would be"),
        (forged(b"not json"), "no safetensors file"),
        (forged([1, 2]), "no safetensors file"),
        (forged({"w": 3}), "no safetensors file"),
        (
            forged({"w": {"dtype": "F32", "shape": [1], "data_offsets": ["0", "4"]}}, b"\0" * 4),
            "no ",
        ),
        (
            forged({"w": {"dtype": "F32", "shape": [9], "data_offsets": [0, 4]}}, b"\0" * 4),
            "no whole",
        ),
        (
            forged({"w": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}}, b"\0" * 4),
            "no whole",
        ),
        (
            forged({"w": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}, b"\0" * 8),
            "no whole",
        ),
        (
            forged({"w": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, b"\0" * 4),
            "no whole",
        ),
        (
            forged({"w": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}}, b"\0" * 4),
            "w holds F8",
        ),
        (
            forged({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"\0" * 8),
            "no whole",
        ),
    ],
)
def test_a_forged_file_is_refused_and_the_message_says_why(path, content, said):
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=said) as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_or_is_a_folder_is_named(path):
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors"):
        load(path)
    path.mkdir()
    with pytest.raises(IsADirectoryError, match=r"model\.safetensors"):
        load(path)


def test_tensors_without_a_state_and_a_damaged_state_are_told_apart(path):
    save(path, {"w": tensor([1.0])})
    with pytest.raises(CheckpointError, match="holds 1 tensors but no training state"):
        load_state(path)
    for damaged in ("{", '{"w": {"$tensor": "v"}}'):
        save(path, {"w": tensor([1.0])}, {"nt.state": damaged})
        with pytest.raises(
            CheckpointError, match=r"model\.safetensors holds a damaged training state"
        ):
            load_state(path)


def test_bfloat16_is_read_as_the_same_numbers_in_float32(path):
    wide = np.float32([1.0, -3.140625, np.inf, 1e-40, 0.0, 65280.0]).reshape(2, 3)
    bits = (wide.view(np.uint32) >> 16).astype("<u2").tobytes()
    header = {"p": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}}
    header["w"] = {"dtype": "BF16", "shape": [2, 3], "data_offsets": [2, 14]}
    path.write_bytes(forged(header, b"\1\2" + bits))
    kept = (wide.view(np.uint32) >> 16 << 16).view(np.float32)
    assert same(load(path).tensors["w"], kept)


def run(code, *args):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, args)],
        capture_output=True,
        text=True,
        timeout=120,
    )


@POSIX
def test_a_full_disk_raises_one_line_and_keeps_the_old_file(whole):
    done = run(
        """
        import resource, sys
        import numpy as np
        from nt_nn import checkpoint
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # no file may grow further
        try:
            checkpoint.save(sys.argv[1], {"w": np.ones(1_000_000, np.float32)})
        except OSError as error:
            print(error)
        """,
        whole,
    )
    assert done.stdout.count("\n") == 1, done.stderr
    assert "nothing was changed" in done.stdout
    assert str(whole) in done.stdout
    assert_untouched(whole)


def test_a_disk_that_fails_while_flushing_keeps_the_old_file(whole, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device; nothing was changed") as caught:
        save(whole, {"w": tensor([9.0])})
    assert caught.value.errno == 28
    assert caught.value.filename == str(whole)
    assert_untouched(whole)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent.*x\.safetensors"):
        save(tmp_path / "absent" / "x.safetensors", {"w": tensor([1.0])})


def test_an_interrupt_while_writing_keeps_the_old_file(whole, monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(whole, {"w": tensor([9.0])})
    assert_untouched(whole)


@POSIX
def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path):
    path = tmp_path / "run.safetensors"
    code = """
        import sys
        import numpy as np
        from nt_nn import checkpoint
        for step in range(100_000):
            value = np.full(300_000, step, np.float32)
            checkpoint.save_state(sys.argv[1], {"step": step, "w": value})
            print(step, flush=True)
        """
    source = random.Random(0)
    for _ in range(6):
        command = [sys.executable, "-c", textwrap.dedent(code), str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            time.sleep(source.uniform(0.0, 0.03))
            process.send_signal(signal.SIGKILL)
            told = process.stdout.read().split()
        state = load_state(path)
        assert (state["w"] == state["step"]).all()
        assert state["step"] >= (int(told[-1]) if told else 0)
    leftovers = {p.name for p in tmp_path.iterdir()} - {path.name}
    assert leftovers <= {
        ".run.safetensors.partial"
    }  # at most one, and the next save takes its name


def test_checkpoint_exports_its_error_its_result_and_its_reader():
    assert set(checkpoint.__all__) == {
        "Checkpoint",
        "CheckpointError",
        "Reader",
        "load",
        "load_state",
        "save",
        "save_state",
    }
    assert issubclass(CheckpointError, ValueError)


def test_a_reader_knows_all_and_reads_one(tmp_path):
    path = tmp_path / "x.safetensors"
    save(path, ARRAYS, {"made": "by hand"})
    with checkpoint.Reader(path) as reader:
        assert reader.metadata["made"] == "by hand"
        assert sorted(reader) == sorted(ARRAYS)
        assert len(reader) == len(ARRAYS)
        for name, array in ARRAYS.items():
            assert reader.shapes[name] == array.shape
            assert reader.dtypes[name] == array.dtype.newbyteorder("=").name
            np.testing.assert_array_equal(reader[name], array)
        with pytest.raises(KeyError, match="absent"):
            reader["absent"]
    with pytest.raises(Exception, match="closed"):
        reader["half"]


def test_a_reader_widens_bfloat16_and_says_so(tmp_path):
    values = np.float32([1.5, -3.0, 2.0**-120])
    bits = (values.view(np.uint32) >> 16).astype(np.uint16)
    header = json.dumps({"x": {"dtype": "BF16", "shape": [3], "data_offsets": [0, 6]}}).encode()
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + bits.tobytes())
    with checkpoint.Reader(path) as reader:
        assert reader.dtypes == {"x": "bfloat16"}
        np.testing.assert_array_equal(reader["x"], values)
