"""Whether NumPy's library has one thread: by its own settings, or because it is held to it."""

import pytest
from nt_tensor import threads


@pytest.mark.parametrize(
    ("settings", "processors", "one"),
    [
        ({}, 1, True),
        ({}, 2, False),
        ({}, None, False),
        ({"OMP_NUM_THREADS": "1"}, 64, True),
        ({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "8"}, 64, False),
        ({"OMP_NUM_THREADS": "", "MKL_NUM_THREADS": "1"}, 64, True),
        ({"OPENBLAS_NUM_THREADS": "4"}, 1, False),
    ],
)
def test_the_library_s_own_settings_tell_before_the_processors(settings, processors, one):
    assert threads.begins_with_one(settings, processors) is one


@pytest.mark.parametrize("always", [True, False])
def test_what_was_held_is_let_go(monkeypatch, always):
    monkeypatch.setattr(threads, "_always", always)
    threads.hold_to_one_thread(True)
    held = threads.in_one_thread()
    threads.hold_to_one_thread(False)
    assert held
    assert threads.in_one_thread() is always
