"""The page as a person meets it: the command in a process of its own, and a real browser."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Start `nt demo` with options; gives the address that it tells."""
    pytest.importorskip("gradio", reason="the page needs Gradio", exc_type=ImportError)
    started: list[subprocess.Popen[str]] = []

    def start(*options: object, folder: Path | None = None) -> str:
        command = [sys.executable, "-m", "nt_apps", "demo", "--no-browser"]
        process = subprocess.Popen(
            [*command, "--port", str(free_port()), *map(str, options)],
            cwd=folder or tmp_path_factory.mktemp("nothing-here"),
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        told = []
        assert process.stdout is not None
        for line in process.stdout:
            told.append(line)
            if line.startswith("nt demo: http"):
                return line.split()[2]
        raise AssertionError("".join(told))

    yield start
    for process in started:
        process.terminate()
        process.wait(30)
        process.stdout.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium that is installed here, driven by Playwright."""
    reason = "the browser's tests need Playwright"
    sync_api = pytest.importorskip("playwright.sync_api", reason=reason, exc_type=ImportError)
    if CHROMIUM is None:
        pytest.skip("the browser's tests need a Chromium on this machine: none is there")
    with sync_api.sync_playwright() as playwright:
        # Without a sandbox: in containers, where these tests run too, there is none.
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open a page that can reach nothing but this machine; whatever else it asks for is noted."""
    contexts = []

    def open_page(address: str, tab: str, **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.asked_outside, page.complaints = [], []

        def only_here(route: Any) -> None:
            if route.request.url.startswith((address, "data:", "blob:")):
                route.continue_()
            else:
                page.asked_outside.append(route.request.url)
                route.abort()

        page.route("**/*", only_here)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(address)
        page.get_by_role("tab", name=tab).click()
        return page

    yield open_page
    for context in contexts:
        context.close()
