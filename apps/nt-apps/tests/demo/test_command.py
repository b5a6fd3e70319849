"""What cannot be served is said in one line."""

import importlib.util
import socket

import pytest
from nt_apps.demo.page import check_port


def test_a_taken_port_is_one_clear_line(nt, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ran = nt("demo", "--port", port, "--no-browser")
    assert ran.status == 2
    assert ran.err.startswith(f"nt: error: port {port} of 127.0.0.1 cannot be used (")
    assert ran.err.endswith("): name another with --port\n")
    assert ran.err.count("\n") == 1


def test_a_free_port_is_no_error():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
    check_port(port)


def test_without_the_extra_the_command_says_what_to_install(nt, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    ran = nt("demo")
    assert (ran.status, ran.err) == (
        2, 'nt: error: nt demo needs Gradio: pip install "nt-apps[demo]"\n'
    )  # fmt: skip


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_that_is_none_is_refused(nt, port):
    ran = nt("demo", "--port", port)
    assert ran.status == 2
    assert "--port" in ran.err
