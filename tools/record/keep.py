"""From a run folder to a record that is small enough for a repository."""

from __future__ import annotations

import io
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

__all__ = ["LARGEST_PLOT", "MOST_LINES", "clean_command", "keep", "shrunk", "thinned"]

MOST_LINES = 200
LARGEST_PLOT = 100_000
PRIVATE = ("out", "data-dir")  # where files lie is no part of what a run is


def keep(run: Path, record: Path, *, machine: str, note: str = "") -> None:
    """Copy what a reader needs of a finished run.

    Args:
        run: the run's folder.
        record: where it goes; what stood there is replaced.
        machine: its class, in words.
        note: what else a reader must know.

    Raises:
        ValueError: the run is not finished.
    """
    summary = json.loads((run / "summary.json").read_text("utf-8"))
    if not summary["finished"]:
        raise ValueError(f"{run} is not finished: step {summary['step']} of {summary['steps']}")
    summary["command"] = clean_command(summary["command"])
    summary |= {"machine_class": machine, "note": note}
    shutil.rmtree(record, ignore_errors=True)
    record.mkdir(parents=True)
    told = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
    (record / "summary.json").write_text(told, "utf-8")
    config = (run / "config.toml").read_text("utf-8")
    config = re.sub(r"^data_dir = .*\n", "", config, flags=re.MULTILINE)
    (record / "config.toml").write_text(config, "utf-8")
    lines = (run / "metrics.jsonl").read_text("utf-8").splitlines(keepends=True)
    (record / "metrics.jsonl").write_text("".join(thinned(lines)), "utf-8")
    for plot in sorted(run.glob("*.png")):
        (record / plot.name).write_bytes(shrunk(plot.read_bytes()))


def clean_command(command: str) -> str:
    """Leave out of a command where its files lay.

    Example:
        >>> clean_command("nt train vit --recipe mnist --out there --data-dir 'my data' --seed 7")
        'nt train vit --recipe mnist --seed 7'
    """
    words, kept = iter(shlex.split(command)), []
    for word in words:
        name = word.removeprefix("--").partition("=")[0]
        if word.startswith("--") and name in PRIVATE:
            if "=" not in word:
                next(words)
            continue
        kept.append(word)
    return shlex.join(kept)


def thinned(lines: list[str], most: int = MOST_LINES) -> list[str]:
    """Choose the first and the last line, those of looks, and others in between, evenly.

    Example:
        >>> thinned([f'{{"step": {i}}}' for i in range(5)], most=3)
        ['{"step": 0}', '{"step": 2}', '{"step": 4}']
    """
    looks = [i for i, line in enumerate(lines) if any("validation" in k for k in json.loads(line))]
    chosen = {0, len(lines) - 1, *looks} if len(looks) + 2 <= most else {0, len(lines) - 1}
    rest = [i for i in range(len(lines)) if i not in chosen]
    room = most - len(chosen)
    if len(rest) > room:
        step = (len(rest) - 1) / max(room - 1, 1)
        rest = [rest[round(i * step)] for i in range(room)] if room > 1 else rest[len(rest) // 2 :]
        rest = rest[:room]
    return [lines[i] for i in sorted(chosen | set(rest))]


def shrunk(content: bytes, most: int = LARGEST_PLOT) -> bytes:
    """Give a PNG with fewer colours, and then smaller, until it has at most so many bytes."""
    from PIL import Image

    image: Any = Image.open(io.BytesIO(content)).convert("RGB")
    scale = 1.0
    while len(content) > most:
        size = round(image.width * scale), round(image.height * scale)
        file = io.BytesIO()
        image.resize(size, Image.Resampling.LANCZOS).quantize(64).save(file, "PNG", optimize=True)
        content, scale = file.getvalue(), scale * 0.85
    return content
