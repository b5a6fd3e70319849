"""The record of a scaling study: its points, the law that they follow, and what is said of it."""

from __future__ import annotations

import json
import math
import re
import shutil
from pathlib import Path
from typing import Any

from tools.record.keep import shrunk

__all__ = ["clock", "keep_study", "study_report"]


def keep_study(study: Path, record: Path, *, machine: str, note: str = "") -> None:
    """Copy what a reader needs of a finished study.

    Args:
        study: the folder that `nt study scaling` wrote.
        record: where it goes; what stood there is replaced.
        machine: its class, in words.
        note: what else a reader must know.
    """
    told = json.loads((study / "scaling.json").read_text("utf-8"))
    settings = re.sub(
        r"^data_dir = .*\n", "", (study / "scaling.toml").read_text("utf-8"), flags=re.MULTILINE
    )
    p = told["points"][0]
    first = study / f"{p['layers']}x{p['width']}-{p['tokens']}" / "summary.json"
    summary = json.loads(first.read_text("utf-8"))
    kept = {
        "command": summary["command"],
        "text": {key: summary["facts"][key] for key in ("data", "split", "tokens", "tokenizer")},
        "measured_on": summary["measured_on"].partition(", once")[0],
        "seed": summary["seed"], "machine_class": machine, "machine": summary["machine"],
        "note": note, **told,
    }  # fmt: skip
    shutil.rmtree(record, ignore_errors=True)
    record.mkdir(parents=True)
    text = json.dumps(kept, indent=1, ensure_ascii=False) + "\n"
    (record / "scaling.json").write_text(text, "utf-8")
    (record / "scaling.toml").write_text(settings, "utf-8")
    (record / "scaling.png").write_bytes(shrunk((study / "scaling.png").read_bytes()))


def study_report(name: str, records: Path, link: str) -> str:
    """Tell of one study, without a heading.

    Args:
        name: the record's.
        records: the folder of all.
        link: that folder, as the page that the report stands on names it.
    """
    told = json.loads((records / name / "scaling.json").read_text("utf-8"))
    points = told["points"]
    spent = clock(sum(p["seconds"] for p in points))
    predicted = told["costliest"]
    off = math.log(predicted["measured"] / predicted["predicted_by_others"])
    worst = max(points, key=lambda p: abs(p["residual"]))
    rows = {
        "command": f"`{told['command']}`",
        **told["text"],
        "seed": str(told["seed"]),
        "machine": f"{told['machine_class']}; {told['machine']}",
        "trained": f"{len(points)} models in {spent}",
        "measured on": told["measured_on"],
        "law": _law(told),
        "compute-optimal size": f"goes with C^{told['exponent_of_optimal_size']:.2f}",
        "residuals of log L": f"{100 * told['residual_rms']:.2f} % (root mean square), at most "
        f"{100 * abs(worst['residual']):.2f} % ({worst['parameters']:,} parameters, "
        f"{worst['tokens']:,} tokens)",
        "costliest model": f"{predicted['measured']:.4f}; the law of all others says "
        f"{predicted['predicted_by_others']:.4f} ({100 * off:+.2f} %)",
        "note": told["note"],
    }
    lines = ["| | |", "|---|---|"]
    lines += [f"| {key} | {text} |" for key, text in rows.items() if text]
    words = "Losses over tokens and sizes with the fitted law, and what it leaves over"
    plot = f"![{words}]({link}/{name}/scaling.png)"
    return "\n".join([*lines, "", *_table(points), "", plot, ""])


def _law(told: dict[str, Any]) -> str:
    """The law, and between what its numbers lie."""
    both = told["both"]
    (a, b), (alpha, beta) = both["factors"], both["powers"]
    ends = ", ".join(
        f"{name.replace('_', ' ')} {low:.2f} to {high:.2f}"
        for name, (low, high) in (told["intervals"] or {}).items()
    )
    return (
        f"L(N, D) = {both['floor']:.3f} + {a:.3g} / N^{alpha:.3f} + {b:.3g} / D^{beta:.3f}, "
        f"nats a byte; 10th and 90th percentiles by the bootstrap: {ends or 'too few models'}"
    )


def _table(points: list[dict[str, Any]]) -> list[str]:
    """Loss, and its residual, by size and tokens."""
    counts = sorted({p["tokens"] for p in points})
    sizes = sorted({(p["parameters"], p["layers"], p["width"]) for p in points})
    found = {(p["parameters"], p["tokens"]): p for p in points}
    heads = " | ".join(f"{count:,} tokens" for count in counts)
    lines = [f"| parameters (layers x width) | {heads} |", "|---" * (1 + len(counts)) + "|"]
    for parameters, layers, width in sizes:
        cells = [
            f"{p['loss']:.4f} ({100 * p['residual']:+.1f} %)"
            for p in (found[parameters, count] for count in counts)
        ]
        lines.append(f"| {parameters:,} ({layers} x {width}) | {' | '.join(cells)} |")
    return lines


def clock(seconds: float) -> str:
    """A time as hours, minutes and seconds.

    Example:
        >>> clock(3725.2), clock(59)
        ('1:02:05 h', '0:59 min')
    """
    hours, rest = divmod(round(seconds), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d} h" if hours else f"{minutes}:{seconds:02d} min"
