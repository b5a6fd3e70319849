"""`nt train`: options in, a run folder out. A trainer's options are the fields of its config."""

from __future__ import annotations

import inspect
import json
import shlex
from collections.abc import Callable
from functools import partial
from operator import getitem
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer
from typer.core import TyperGroup

from nt_apps.errors import UserError
from nt_apps.train.config import ordered, read_config
from nt_apps.train.trainers import TRAINERS, trainer

if TYPE_CHECKING:
    from nt_apps.train.task import Task

__all__ = ["train_app"]


class _Trainers(TyperGroup):
    """The trainers as commands, each loaded when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(TRAINERS)

    def get_command(self, ctx: Any, name: str) -> Any:
        if name not in TRAINERS:
            return None
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(name)(_command(trainer(name)))
        return typer.main.get_command(alone)


train_app = typer.Typer(
    cls=_Trainers, help="Train a model, with a run folder to show for it.", no_args_is_help=True
)


@train_app.callback()
def _trainers_stand_below() -> None: ...


def _command(task: type[Task[Any]]) -> Callable[..., int]:
    """The command of a trainer: the options of every run, and one a field of its config."""
    command = partial(_train, task)
    command.__doc__ = (task.__doc__ or "").partition("Example:")[0] + (
        "Ctrl-C saves and ends the run; --resume RUN_FOLDER goes on exactly there.\n"
        "An option overrides the config file, which overrides the recipe."
    )
    recipes = ", ".join(task.recipes)
    options: dict[str, tuple[Any, str]] = {
        "recipe": (str, f"settings to begin with: {recipes} (default: the first)"),
        "preset": (str, "sizes by name: those of the model's presets"),
        "config": (Path, "a TOML file of settings, such as a run's config.toml"),
        "out": (Path, f"the run folder (default: runs/{task.name}-DATE-TIME)"),
        "resume": (Path, "go on with the run in this folder; no other option fits"),
    }
    given = [
        _parameter(name, kind, typer.Option(f"--{name}", help=about))
        for name, (kind, about) in options.items()
    ]
    types = get_type_hints(task.config_type)
    first = task.config_type(**next(iter(task.recipes.values())))
    for each in ordered(task.config_type):
        name, told = each.name.replace("_", "-"), each.metadata
        default = told["otherwise"] or json.dumps(getattr(first, each.name)).strip('"')
        option = typer.Option(
            f"--{name}/--no-{name}" if types[each.name] is bool else f"--{name}",
            help=told["help"] + ("" if default in ("", "null") else f" (default: {default})"),
            rich_help_panel=told["section"],
            show_default=False,
        )
        given.append(_parameter(each.name, types[each.name], option))
    command.__signature__ = inspect.Signature(given)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in given}
    return command


def _parameter(name: str, kind: Any, option: Any) -> inspect.Parameter:
    wanted = getitem(Annotated, (kind | None, option))
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=wanted)


def _train(
    task: type[Task[Any]],
    /,  # a trainer may have a setting of this name
    *,
    recipe: str | None,
    preset: str | None,
    config: Path | None,
    out: Path | None,
    resume: Path | None,
    **settings: Any,
) -> int:
    given = {name: value for name, value in settings.items() if value is not None}
    named = {"recipe": recipe, "preset": preset, "config": config, "out": out, **given}
    typed = {name: value for name, value in named.items() if value is not None}
    if resume is not None and typed:
        option = "--" + next(iter(typed)).replace("_", "-")
        raise UserError(f"--resume goes on with the run's own settings: leave out {option}")

    from rich.console import Console

    from nt_apps.train.loop import fit
    from nt_apps.train.ranks import join
    from nt_apps.train.recipes import resolve
    from nt_apps.train.reopen import task_of
    from nt_apps.train.run_folder import RunFolder
    from nt_apps.train.stop import STOPPED
    from nt_apps.train.train_state import read_saved

    saved = None
    if resume is not None:
        saved = read_saved(RunFolder.existing(resume).last)
        if saved.trainer != task.name:
            raise UserError(f"{resume} is a run of nt train {saved.trainer}: resume it with that")
        chosen = task_of(saved)
        ranks = join(chosen.config.device)
    else:
        file = {} if config is None else read_config(config)
        basis = file.pop("recipe", None)
        sizes = [{} if name is None else task.preset(name) for name in (_text(file), preset)]
        asked = {**sizes[0], **file, **sizes[1], **given}
        ranks = join(str(asked.get("device", task.config_type.device)))
    with ranks.ending_together():
        if resume is None:
            chosen = task(resolve(task, asked, recipe=recipe or basis, cores=ranks.cores()))
            run = RunFolder(ranks.agreed(ranks.writes and RunFolder.planned(out, task.name).path))
        else:
            run = RunFolder(resume)
        console = Console(quiet=not ranks.writes)
        summary = fit(chosen, run, console, saved, command=_line(task.name, typed), ranks=ranks)
        summary.show(console)
        for file_ in run.files():
            console.print(f"wrote {file_}", markup=False, highlight=False, soft_wrap=True)
        if summary.finished:
            return 0
        console.print(
            f"go on with: nt train {task.name} --resume {run.path}", markup=False, soft_wrap=True
        )
    return STOPPED


def _text(file: dict[str, Any]) -> str | None:
    """A config file's preset, taken out of it."""
    preset = file.pop("preset", None)
    if preset is not None and not isinstance(preset, str):
        raise UserError(f"preset ({preset!r}) must be of type str")
    return preset


def _line(name: str, typed: dict[str, Any]) -> str:
    """The command that asks for the same again."""
    words = ["nt", "train", name]
    for option, value in typed.items():
        dashed = option.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{dashed}" if value else f"--no-{dashed}")
        else:
            words += [f"--{dashed}", str(value)]
    return shlex.join(words)
