"""From points to laws: one of size, one of tokens, one of both, and a prediction to check it by."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from nt_apps.errors import UserError, naming
from nt_apps.study._bootstrap import intervals
from nt_apps.study._law import Law, fit_law
from nt_apps.study._plot import draw_laws
from nt_apps.study._runs import Point, run_all
from nt_apps.study._settings import LEAST, ScalingSettings, as_toml

__all__ = ["Laws", "study"]


@dataclass(frozen=True)
class Laws:
    """What the points of a study follow.

    Attributes:
        points: what was trained.
        both: L(N, D) of all points.
        size: L(N) of the points of the most tokens; None where they are fewer than 3.
        tokens: L(D) of the points of the largest model; None where they are fewer than 3.
        predicted: what the costliest model should reach, by L(N, D) of all others; None where
            those are too few.

    Example:
        >>> from nt_apps.study import Point
        >>> grid = [(n, d) for n in (1e3, 1e4, 1e5) for d in (1e5, 1e6, 1e7)]
        >>> points = [Point(1, 8, n, d, 1 + 20 / n**0.5 + 100 / d**0.4, 1.0) for n, d in grid]
        >>> laws = Laws.of(points)
        >>> round(laws.both.floor, 2), round(laws.exponent, 2)
        (1.0, 0.44)
    """

    points: list[Point]
    both: Law
    size: Law | None
    tokens: Law | None
    predicted: float | None

    @classmethod
    def of(cls, points: Sequence[Point]) -> Laws:
        """Fit all of them.

        Raises:
            UserError: there are too few points for L(N, D): it has five numbers.
        """
        ordered = sorted(points, key=lambda p: p.flops)
        if len(ordered) < LEAST:
            raise UserError(
                f"a law of sizes and tokens needs {LEAST} models or more, not {len(ordered)}"
            )
        most = max(p.tokens for p in ordered)
        largest = max(p.parameters for p in ordered)
        *others, costliest = ordered
        known = _both(others) if len(others) >= LEAST else None
        return cls(
            list(ordered),
            _both(ordered),
            _alone([(p.parameters, p.loss) for p in ordered if p.tokens == most]),
            _alone([(p.tokens, p.loss) for p in ordered if p.parameters == largest]),
            None if known is None else known(costliest.parameters, costliest.tokens),
        )

    @property
    def exponent(self) -> float:
        r"""$N_{opt} \propto C^a$, $a = \beta / (\alpha + \beta)$ (Hoffmann et al., equation 4)."""
        return _numbers(self.both)["exponent"]

    @property
    def residuals(self) -> list[float]:
        """The log of each loss less that of the law, L(N, D)."""
        return self.both.residuals(*self._table)

    @cached_property
    def intervals(self) -> dict[str, tuple[float, float]] | None:
        """Of E, log A, alpha, log B, beta and `exponent`; None where there are few points."""
        return intervals(*self._table, self.both, _numbers)

    @property
    def _table(self) -> tuple[list[tuple[int, int]], list[float]]:
        return [(p.parameters, p.tokens) for p in self.points], [p.loss for p in self.points]

    def as_json(self) -> dict[str, Any]:
        """All of it, with the residuals."""
        residuals = np.array(self.residuals)
        return {
            "law": "L = E + A / N^alpha + B / D^beta",
            **{name: law and asdict(law) for name, law in (
                ("both", self.both), ("size", self.size), ("tokens", self.tokens),
            )},
            "exponent_of_optimal_size": self.exponent,
            "intervals": self.intervals,
            "residual_rms": float(np.sqrt((residuals**2).mean())),
            "costliest": {"measured": self.points[-1].loss, "predicted_by_others": self.predicted},
            "points": [
                {**asdict(p), "residual": r} for p, r in zip(self.points, residuals, strict=True)
            ],
        }  # fmt: skip


def study(settings: ScalingSettings, folder: Path, console: Console) -> Laws | None:
    r"""Train, fit, draw; what is trained already is not trained again.

    Args:
        settings: which models, and how.
        folder: where everything goes; the folder of a study that was stopped, to go on.
        console: where a person watches.

    Returns:
        The laws; None where it was stopped from outside.

    Raises:
        UserError: the folder holds a study with other settings or something else, or the data
            cannot be had.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> squares = folder / "squares.txt"
        >>> _ = squares.write_text("".join(f"{i} {i * i}\n" for i in range(500)))
        >>> small = ScalingSettings(
        ...     "1x8,1x16", "256,512,1024", str(squares), context=8, batch_size=2, eval_batches=1
        ... )
        >>> laws = study(small, folder / "study", Console(quiet=True))
        >>> [(p.width, p.tokens) for p in laws.points[:3]], laws.both.powers[1] > 0
        ([(8, 256), (8, 512), (16, 256)], True)
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file, not a folder: name another with --out")
    said, text = folder / "scaling.toml", as_toml(settings)
    if said.exists() and said.read_text("utf-8") != text:
        raise UserError(f"{folder} holds a study with other settings: name another with --out")
    if not said.exists() and folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty, and holds no study: name another with --out")
    with naming(said):
        folder.mkdir(parents=True, exist_ok=True)
        said.write_text(text, "utf-8")
    points = run_all(settings, folder, console)
    if points is None:
        return None
    laws = Laws.of(points)
    with naming(folder / "scaling.json"):
        (folder / "scaling.json").write_text(json.dumps(laws.as_json(), indent=1) + "\n", "utf-8")
    draw_laws(folder / "scaling.png", laws)
    return laws


def _numbers(law: Law) -> dict[str, float]:
    (a, b), (alpha, beta) = law.factors, law.powers
    return {
        "E": law.floor, "log_A": math.log(max(a, 1e-300)), "alpha": alpha,
        "log_B": math.log(max(b, 1e-300)), "beta": beta, "exponent": beta / (alpha + beta),
    }  # fmt: skip


def _both(points: Sequence[Point]) -> Law:
    return fit_law([(p.parameters, p.tokens) for p in points], [p.loss for p in points])


def _alone(pairs: Sequence[tuple[float, float]]) -> Law | None:
    if len(pairs) < 3:
        return None
    return fit_law([(x,) for x, _ in pairs], [loss for _, loss in pairs])
