import sys
import threading

import nt_tensor as nt
import numpy as np
import pytest

DEVICE = sys.modules["nt_tensor.device"]


@pytest.mark.parametrize(
    ("spec", "type_", "index", "text"),
    [
        ("cpu", "cpu", 0, "cpu"),
        ("cuda", "cuda", 0, "cuda:0"),
        ("cuda:3", "cuda", 3, "cuda:3"),
        ("mlx", "mlx", 0, "mlx"),
        ("mps", "mlx", 0, "mlx"),
        (nt.Device("cuda", 2), "cuda", 2, "cuda:2"),
    ],
)
def test_a_name_is_read_and_written_back(spec, type_, index, text):
    found = nt.device(spec)
    assert (found.type, found.index, str(found)) == (type_, index, text)
    assert nt.device(str(found)) == found
    assert hash(found) == hash(nt.device(text))


@pytest.mark.parametrize("spec", ["tpu", "cuda:x", "cuda:-1", "", "cpu0", "CPU", None, 0])
def test_a_name_that_is_none_is_refused_with_those_that_are(spec):
    with pytest.raises(ValueError, match="is not one of: cpu, cuda, cuda:<index>, mlx, gpu, mps"):
        nt.device(spec)


@pytest.mark.parametrize("spec", ["cpu:1", "mlx:2"])
def test_only_cuda_has_several_devices(spec):
    with pytest.raises(ValueError, match="has one device, index 0"):
        nt.device(spec)


def test_gpu_is_cuda_before_mlx_and_an_error_without_both(monkeypatch):
    both = [nt.Device("cpu"), nt.Device("mlx"), nt.Device("cuda", 0)]
    for here, expected in ((both, "cuda"), (both[:2], "mlx")):
        monkeypatch.setattr(DEVICE, "devices", lambda here=here: here)
        assert nt.device("gpu").type == expected
    monkeypatch.setattr(DEVICE, "devices", lambda: both[:1])
    with pytest.raises(ValueError, match=r"install nt-tensor\[cuda12\] or nt-tensor\[mlx\]"):
        nt.device("gpu")


def test_the_cpu_is_always_here_and_first():
    assert str(nt.devices()[0]) == "cpu"
    assert str(nt.current_device()) == "cpu"


def test_a_device_holds_what_is_made_there(backend, device):
    with nt.use_device(device) as here:
        assert here == nt.current_device() == nt.device_of(nt.zeros(3))
        assert here.backend is backend
        assert nt.device_of(nt.asarray([1.0])) == here
        assert str(nt.device_of(nt.zeros(3, device="cpu"))) == "cpu"
    assert str(nt.current_device()) == "cpu"


def test_the_device_before_comes_back_after_an_error(device):
    with pytest.raises(KeyError), nt.use_device(device), nt.use_device("cpu"):
        raise KeyError
    assert str(nt.current_device()) == "cpu"


def test_a_device_is_chosen_for_one_thread(device):
    seen = []
    with nt.use_device(device):
        thread = threading.Thread(target=lambda: seen.append(str(nt.current_device())))
        thread.start()
        thread.join()
    assert seen == ["cpu"]


def test_a_device_that_is_not_here_is_refused_with_those_that_are(monkeypatch):
    class Lonely:
        name = "cupy"

        def devices(self):
            return [nt.Device("cuda", 0)]

    monkeypatch.setattr(DEVICE, "backend_named", lambda name: Lonely())
    with pytest.raises(RuntimeError, match="device cuda:7 is not here; cupy finds cuda:0"):
        nt.zeros(3, device="cuda:7")


@pytest.mark.skipif("cuda" in {d.type for d in nt.devices()}, reason="there is a CUDA device here")
def test_without_a_gpu_cuda_says_what_is_missing():
    with pytest.raises((ImportError, RuntimeError), match=r"nt-tensor\[cuda12\]|finds none"):
        nt.zeros(3, device="cuda")
    assert str(nt.device("cuda")) == "cuda:0", "a name may be read where the device is not"
    assert np.ones(1).size == 1
