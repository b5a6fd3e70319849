"""The page as a person meets it: the command in a process of its own, and a real browser."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nt_apps.cli import main

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

# What a tab shows when it has been laid out.
INSIDE = {
    "Gradients": "#nt-expression", "Text": "#nt-next", "Images": "#nt-pad",
    "Words to pictures": "#nt-found", "Fill masks": "#nt-gaps",
}  # fmt: skip
# Gradio gives a tab's boxes their first values once more some 20 ms after they are to be seen, and
# overwrites what was typed between. No hand is as quick as that; a test is.
SETTLED = """() => new Promise(done => {
    let calm = setTimeout(done, 250)
    new MutationObserver(() => { clearTimeout(calm); calm = setTimeout(done, 250) }).observe(
        document.body, {attributes: true, characterData: true, childList: true, subtree: true})
})"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


ALIKE = ["--threads=1", "--no-jit"]
LANGUAGE = ["--layers=2", "--heads=2", "--width=32", "--context=24", "--batch-size=8",
            "--steps=60", "--eval-every=30", "--eval-batches=2", "--sample-every=60",
            "--sample-tokens=5", "--tokenizer=char", "--lr=5e-3"]  # fmt: skip
OPTIONS = {
    "gpt2": LANGUAGE,
    "modern": LANGUAGE,
    "vit": ["--patch=2", "--layers=2", "--heads=2", "--width=32", "--steps=80", "--eval-every=40",
            "--warmup=10"],
    "resnet": ["--steps=60", "--eval-every=30", "--width=8", "--warmup=10"],
    "bert": ["--layers=2", "--heads=2", "--width=32", "--vocab-size=150", "--context=16",
             "--length=16", "--steps=60", "--eval-every=30", "--eval-batches=2", "--lr=1e-2",
             "--prompt=the [MASK] divides the [MASK];"],
    "clip": ["--width=32", "--text-width=32", "--text-layers=1", "--heads=2", "--projection=32",
             "--side=16", "--tokenizer=char", "--batch-size=32", "--token-dropout=0",
             "--dropout=0", "--turn=0", "--slant=0", "--shift=0", "--zoom=0", "--lr=5e-3",
             "--steps=80", "--eval-every=40"],
}  # fmt: skip


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of pictures, each a bright square, whose text says where it stands."""
    folder = tmp_path_factory.mktemp("places")
    lines = ["image,text"]
    for row in range(8):
        for column in range(8):
            image = np.zeros((16, 16), np.uint8)
            image[2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = 255
            name = f"{row}{column}.ppm"
            (folder / name).write_bytes(b"P5 16 16 255 " + image.tobytes())
            lines.append(f"{name},{'abcdefgh'[row]} {column}")
    (folder / "pairs.csv").write_text("\n".join(lines), "utf-8")
    return folder / "pairs.csv"


@pytest.fixture(scope="session")
def run_of(
    tmp_path_factory: pytest.TempPathFactory, text: Path, places: Path
) -> Callable[[str], Path]:
    """A small run of a trainer, made when first asked for; all lie in one folder, `runs`."""
    folder = tmp_path_factory.mktemp("home") / "runs"
    data = {"gpt2": text, "modern": text, "bert": text, "clip": places}

    def run(name: str) -> Path:
        out = folder / name
        if not out.exists():
            own = ["--data", str(data[name])] if name in data else []
            with redirect_stdout(StringIO()):
                status = main(["train", name, *own, "--out", str(out), *OPTIONS[name], *ALIKE])
            assert status == 0
        return out

    return run


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
        page.locator(INSIDE[tab]).wait_for()
        page.evaluate(SETTLED)
        return page

    yield open_page
    for context in contexts:
        context.close()
