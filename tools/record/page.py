"""The page of results: every line of it follows from the records, and a test holds it to them."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from tools.record.study import clock, study_report
from tools.workspace import ROOT

__all__ = ["PAGE", "RECORDS", "page", "report"]

PAGE = ROOT / "docs" / "reference" / "results.md"
RECORDS = ROOT / "docs" / "records"

Bounds = dict[str, Any] | list[dict[str, Any]]  # of one figure, or a list of them: all must be met

HEAD = """# Results

Each run below was made by its one command and finished; its record (config, summary, thinned
metrics, plots) lies under `docs/records`. Validation chose the weights; what a figure was measured
on stands beside it, and the baselines are measured on the same. This page is written by
`python -m tools.record` from the records.
"""


def page(records: Path) -> str:
    """Write the page.

    Args:
        records: a folder a record, and `bounds.toml`: what each was asked to reach.
    """
    bounds = tomllib.loads((records / "bounds.toml").read_text("utf-8"))
    runs = {
        path.parent.name: json.loads(path.read_text("utf-8"))
        for path in sorted(records.glob("*/summary.json"))
    }
    lines = ["| run | reached | bound | best baseline | wall clock |", "|---|---|---|---|---|"]
    lines += [_row(name, run, bounds.get(name, {}), runs) for name, run in runs.items()]
    sections = [f"## {name}\n\n{report(name, records, '../records')}" for name in runs]
    studies = sorted(path.parent.name for path in records.glob("*/scaling.json"))
    sections += [f"## {name}\n\n{study_report(name, records, '../records')}" for name in studies]
    return "\n".join([HEAD, *lines, "", *sections])


def _row(name: str, run: dict[str, Any], bound: Bounds, runs: dict[str, Any]) -> str:
    bounds = bound if isinstance(bound, list) else [bound]
    figures = [each.get("figure", next(iter(run["figures"]))) for each in bounds]
    reached = [
        f"{each.replace('_', ' ')} {_number(each, run['figures'][each])}" for each in figures
    ]
    told = [text for each in bounds if (text := _told(each, runs))]
    if told:
        met = all(_met(each, run, runs) for each in bounds)
        told[-1] += ": met" if met else ": **not met**"
    baselines = [text for each in figures if (text := _best(each, run))]
    cells = (f"[{name}](#{name})", *map("; ".join, (reached, told, baselines)))
    return f"| {' | '.join(cells)} | {clock(run['seconds'])} |"


def _best(figure: str, run: dict[str, Any]) -> str:
    """The baseline that is hardest to beat."""
    better = max if figure not in ("loss", "perplexity", "bits_per_byte") else min
    known = {base: row[figure] for base, row in run["baselines"].items() if figure in row}
    if not known:
        return ""
    best = better(known, key=lambda base: known[base])
    return f"{best} {_number(figure, known[best])}"


def _met(bound: dict[str, Any], run: dict[str, Any], runs: dict[str, Any]) -> bool:
    """Whether the bound's own numbers, its baselines and the other record are kept to."""
    if not bound:
        return True
    figure, baselines = bound["figure"], run["baselines"]
    reached = run["figures"][figure]
    most = [bound["most"]] if "most" in bound else []
    most += [baselines[base][figure] for base in bound.get("below", ())]
    if bound.get("below_run") in runs:
        most.append(runs[bound["below_run"]]["figures"][figure])
    least = [bound["least"]] if "least" in bound else []
    least += [baselines[base][figure] + by for base, by in bound.get("above", {}).items()]
    return all(each <= reached for each in least) and all(reached <= each for each in most)


def _told(bound: dict[str, Any], runs: dict[str, Any]) -> str:
    figure = bound.get("figure", "")
    told = [f"at least {_number(figure, bound['least'])}"] if "least" in bound else []
    told += [f"at most {_number(figure, bound['most'])}"] if "most" in bound else []
    told += [f"below {', '.join(bound['below'])}"] if "below" in bound else []
    told += [f"below {bound['below_run']}"] if bound.get("below_run") in runs else []
    told += [f"{_number(figure, by)} above {base}" for base, by in bound.get("above", {}).items()]
    return "; ".join(told)


def report(name: str, records: Path, link: str) -> str:
    """Tell of one run, without a heading.

    Args:
        name: the record's.
        records: the folder of all.
        link: that folder, as the page that the report stands on names it.
    """
    run = json.loads((records / name / "summary.json").read_text("utf-8"))
    facts = run["facts"]
    rows = {
        "command": f"`{run['command']}`",
        **{key: text for key, text in facts.items() if key not in ("classes", "model")},
        "model": f"{facts.get('model', run['trainer'])}, {run['parameters']:,} parameters",
        "seed": str(run["seed"]),
        "machine": f"{run['machine_class']}; {run['machine']}",
        "trained": f"{run['step']:,} steps in {clock(run['seconds'])}, "
        f"{run['rate']:,.0f} {run['unit']} a second, {run['memory_mb']:,.0f} MB at most",
        "measured on": run["measured_on"],
        "note": run["note"],
    }
    lines = ["| | |", "|---|---|"]
    lines += [f"| {key} | {text} |" for key, text in rows.items() if text]
    names = list(run["figures"])
    heads = [each.replace("_", " ") for each in names]
    lines += ["", f"| | {' | '.join(heads)} |", "|---" * (1 + len(names)) + "|"]
    for who, row in {"**this model**": run["figures"], **run["baselines"]}.items():
        cells = [_number(each, row[each]) if each in row else "" for each in names]
        lines.append(f"| {who} | {' | '.join(cells)} |")
    plots = [
        f"![{plot.stem} of {name}]({link}/{name}/{plot.name})" for plot in _plots(records / name)
    ]
    return "\n".join([*lines, "", *plots, ""])


def _plots(record: Path) -> list[Path]:
    return [record / each for each in ("loss.png", "accuracy.png") if (record / each).exists()]


def _number(figure: str, value: float) -> str:
    if figure == "accuracy" or re.match(r"top_|.*_r\d+$", figure):
        return f"{value:.2%}"
    return f"{value:.2f}" if figure == "perplexity" or "bleu" in figure else f"{value:.4f}"
