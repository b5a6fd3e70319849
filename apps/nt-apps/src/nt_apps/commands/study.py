"""`nt study scaling`: many small trainings, and the power law that they follow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["study_app"]

study_app = typer.Typer(help="Many small trainings, and what they say together.")


@study_app.callback()
def _studies_stand_below() -> None: ...


@study_app.command()
def scaling(
    out: Annotated[
        Path, typer.Option(help="the study's folder; of one that was stopped, to go on")
    ] = Path("runs", "scaling"),
    recipe: Annotated[
        str | None, typer.Option(help="python (25 models) or quick (9 tiny ones)")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="a TOML file of settings, such as a study's scaling.toml")
    ] = None,
    sizes: Annotated[str | None, typer.Option(help="layers x width, as 2x32,4x64")] = None,
    tokens: Annotated[str | None, typer.Option(help="tokens to train on, as 65536,131072")] = None,
    data: Annotated[
        str | None, typer.Option(help="python-stdlib, tinyshakespeare, wikitext-2, or a text file")
    ] = None,
    data_dir: Annotated[str | None, typer.Option(help="where downloaded texts may lie")] = None,
    context: Annotated[int | None, typer.Option(help="tokens seen at once")] = None,
    batch_size: Annotated[int | None, typer.Option(help="windows a step")] = None,
    lr: Annotated[
        float | None, typer.Option(help="the rate at width 64; others by 1 / sqrt(width)")
    ] = None,
    eval_batches: Annotated[int | None, typer.Option(help="batches that judge a model")] = None,
    seed: Annotated[int | None, typer.Option(help="what all randomness follows from")] = None,
    threads: Annotated[int | None, typer.Option(help="each takes a share of a batch")] = None,
) -> int:
    """Train small GPT-2s over sizes and tokens, and fit L(N, D) = E + A / N^alpha + B / D^beta.

    Every model has a run folder in the study's. Ctrl-C saves and ends; the same command goes on.
    """
    from rich.console import Console

    from nt_apps.study import read_settings, study
    from nt_apps.train.config import read_config
    from nt_apps.train.stop import STOPPED

    file = {} if config is None else read_config(config)
    options = {
        "sizes": sizes, "tokens": tokens, "data": data, "data_dir": data_dir, "context": context,
        "batch_size": batch_size, "lr": lr, "eval_batches": eval_batches, "seed": seed,
        "threads": threads,
    }  # fmt: skip
    named = str(file.pop("recipe", "python"))
    given = {**file, **{name: value for name, value in options.items() if value is not None}}
    settings = read_settings(given, recipe or named)
    console = Console()
    laws = study(settings, out, console)
    if laws is None:
        console.print("stopped; the same command goes on")
        return STOPPED
    told = laws.as_json()
    (alpha, beta), (a, b) = laws.both.powers, laws.both.factors
    for line in (
        f"L(N, D) = {laws.both.floor:.4f} + {a:.4g} / N^{alpha:.4f} + {b:.4g} / D^{beta:.4f}, "
        f"off by {100 * told['residual_rms']:.2f} % (root mean square)",
        *(
            f"L({name}) = {law.floor:.4f} + {law.factors[0]:.4g} / {name}^{law.powers[0]:.4f}, "
            f"at the {most}"
            for name, law, most in (
                ("N", laws.size, "most tokens"), ("D", laws.tokens, "largest size"),
            )
            if law is not None
        ),
        *(
            ["in eight of ten studies drawn from these models: " + ", ".join(
                f"{name.replace('_', ' ')} {low:.3g} to {high:.3g}"
                for name, (low, high) in laws.intervals.items()
            )] if laws.intervals is not None else []
        ),
        f"compute-optimal sizes go with C^{laws.exponent:.2f}",
        *(
            [f"the costliest model: {laws.points[-1].loss:.4f}; the law of all others says "
             f"{laws.predicted:.4f}"] if laws.predicted is not None else []
        ),
        f"wrote {out / 'scaling.json'}", f"wrote {out / 'scaling.png'}",
    ):  # fmt: skip
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return 0
