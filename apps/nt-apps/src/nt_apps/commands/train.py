"""`nt train`: options in, a run folder out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from operator import getitem
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from nt_apps.errors import UserError
from nt_apps.train.config import TrainConfig, read_config
from nt_apps.train.recipes import RECIPES, resolve, sizes_of

__all__ = ["gpt2", "train_app"]

Command = TypeVar("Command", bound=Callable[..., Any])

train_app = typer.Typer(
    help="Train a model, with a run folder to show for it.", no_args_is_help=True
)


@train_app.callback()
def _commands_stand_below() -> None: ...  # with a single command, typer would leave out its name


def with_settings(command: Command) -> Command:
    """Put one option a field of `TrainConfig` in the place of a command's `**settings`."""
    signature = inspect.signature(command, eval_str=True)
    types = get_type_hints(TrainConfig)
    given = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    for each in fields(TrainConfig):
        name = each.name.replace("_", "-")
        option = typer.Option(
            f"--{name}/--no-{name}" if types[each.name] is bool else f"--{name}",
            help=each.metadata["help"],
            rich_help_panel=each.metadata["section"],
            show_default=False,
        )
        wanted = getitem(Annotated, (types[each.name] | None, option))
        kind = inspect.Parameter.KEYWORD_ONLY
        given.append(inspect.Parameter(each.name, kind, default=None, annotation=wanted))
    command.__signature__ = signature.replace(parameters=given)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in given}
    return command


@train_app.command()
@with_settings
def gpt2(
    *,
    recipe: Annotated[
        str | None, typer.Option(help=f"settings to begin with: {', '.join(RECIPES)}")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="sizes by name: nano, gpt2, gpt2-medium, ...")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="a TOML file of settings, such as a run's config.toml")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="the run folder (default: runs/gpt2-DATE-TIME)")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="go on with the run in this folder; no other option fits")
    ] = None,
    **settings: Any,
) -> int:
    """Train a GPT-2: by default, on the source of Python's own standard library.

    Ctrl-C saves and ends the run; --resume RUN_FOLDER goes on exactly there.
    An option overrides the config file, which overrides the recipe.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    named = {"recipe": recipe, "preset": preset, "config": config, "out": out}
    others = [*given, *(name for name, value in named.items() if value is not None)]
    if resume is not None and others:
        option = "--" + others[0].replace("_", "-")
        raise UserError(f"--resume goes on with the run's own settings: leave out {option}")

    from rich.console import Console

    from nt_apps.train.gpt2 import train
    from nt_apps.train.run_folder import RunFolder
    from nt_apps.train.stop import STOPPED
    from nt_apps.train.train_state import read_saved

    console = Console()
    if resume is not None:
        run = RunFolder.existing(resume)
        saved = read_saved(run.last)
        chosen = saved.config
    else:
        saved = None
        file = {} if config is None else read_config(config)
        basis = file.pop("recipe", "python")
        asked = {**sizes_of(file.pop("preset", None)), **file, **sizes_of(preset), **given}
        chosen = resolve(asked, recipe=recipe or basis)
        run = RunFolder.planned(out, "gpt2")
    summary = train(chosen, run, console, saved)
    summary.show(console)
    for file_ in run.files():
        console.print(f"wrote {file_}", markup=False, highlight=False, soft_wrap=True)
    if summary.finished:
        return 0
    console.print(f"go on with: nt train gpt2 --resume {run.path}", markup=False, soft_wrap=True)
    return STOPPED
